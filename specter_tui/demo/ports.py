"""Ports of 127.0.0.1 that nothing listens on."""

from __future__ import annotations

import contextlib
import socket

from specter_tui.demo.folder import DemoError


def free_ports(*wanted: int) -> tuple[int, ...]:
    """One port for each of `wanted`: that one where it is free, else what the kernel gives, as it does for 0."""
    with contextlib.ExitStack() as held:
        return tuple(_take(port, held) for port in wanted)


def _take(wanted: int, held: contextlib.ExitStack) -> int:
    for port in (wanted, 0):
        listener = held.enter_context(socket.socket())
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a demo that just ended is no hindrance
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            continue
        return int(listener.getsockname()[1])
    raise DemoError("no free port on 127.0.0.1", "end what holds them: ss -ltnp")

"""Ports of 127.0.0.1 that nothing listens on."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, TypeVar

from specter_tui.demo.folder import DemoError

_TRIES: Final = 3
_TAKEN: Final = ("address already in use", "port is already allocated")  # in the kernel's words, and in Docker's
T = TypeVar("T")


def free_ports(*wanted: int) -> tuple[int, ...]:
    """One port for each of `wanted`: that one where it is free, else what the kernel gives, as it does for 0."""
    with contextlib.ExitStack() as held:
        return tuple(_take(port, held) for port in wanted)


@contextlib.asynccontextmanager
async def on_free_ports(
    start: Callable[[tuple[int, ...]], AbstractAsyncContextManager[T]], *wanted: int
) -> AsyncIterator[T]:
    """What `start` makes on free ports; on others where somebody took one before it listened there."""
    async with contextlib.AsyncExitStack() as stack:
        yield await _enter(stack, start, wanted)


async def _enter(
    stack: contextlib.AsyncExitStack,
    start: Callable[[tuple[int, ...]], AbstractAsyncContextManager[T]],
    wanted: tuple[int, ...],
) -> T:
    for _ in range(_TRIES - 1):
        try:
            return await stack.enter_async_context(start(free_ports(*wanted)))
        except DemoError as error:
            if not any(words in error.sentence() for words in _TAKEN):
                raise
        wanted = (0,) * len(wanted)
    return await stack.enter_async_context(start(free_ports(*wanted)))


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

"""Ends the program when its terminal or its supervisor says so, and never outlives either.

Textual handles neither SIGHUP nor SIGTERM: the default would leave the terminal in its alternate screen. When the
terminal is gone, its writer thread dies and a full queue can block the event loop for good: so a last resort ends the
process from a thread that needs no loop.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

GRACE: Final = 5.0  # seconds for a clean end
HUNG_UP: Final = 128 + signal.SIGHUP
_SIGNALS: Final = (signal.SIGHUP, signal.SIGTERM)


def end_on_signals(leave: Callable[[int], None]) -> None:
    """Calls `leave(128 + signal)` on the running loop for SIGHUP and SIGTERM, with the last resort behind it."""
    loop = asyncio.get_running_loop()

    def handle(number: int) -> None:
        last_resort(128 + number)
        leave(128 + number)

    for one in _SIGNALS:
        loop.add_signal_handler(one, handle, int(one))


def last_resort(code: int) -> None:
    """Ends the process with `code` if it is still there after the grace."""
    timer = threading.Timer(GRACE, os._exit, (code,))
    timer.daemon = True
    timer.start()


def end_without_terminal(leave: Callable[[int], None]) -> None:
    """Calls `leave(129)` on the running loop when the terminal hangs up without a signal that reaches us.

    A thread of its own waits for that: with the terminal gone, a frame or two block the loop for good, and the one
    that reads keys would go on reading nothing.
    """
    stream = sys.__stdin__
    if stream is None or stream.closed:
        return
    loop = asyncio.get_running_loop()
    poll = select.poll()
    poll.register(stream.fileno(), 0)  # a hang-up is told without being asked for

    def watch() -> None:
        poll.poll()
        last_resort(HUNG_UP)
        _let_go_of_terminal()
        with suppress(RuntimeError):  # the loop has ended by itself
            loop.call_soon_threadsafe(leave, HUNG_UP)

    threading.Thread(target=watch, name="terminal", daemon=True).start()


def _let_go_of_terminal() -> None:
    """Sends what is still to be written to a terminal that is gone nowhere: else Python ends with 120 for it."""
    null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    try:
        for stream in (sys.__stdout__, sys.__stderr__):
            if stream is not None and not stream.closed:
                os.dup2(null, stream.fileno())
    finally:
        os.close(null)

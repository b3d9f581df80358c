"""Ends the program when its terminal or its supervisor says so, and never outlives either.

Textual handles neither SIGHUP nor SIGTERM: the default would leave the terminal in its alternate screen. When the
terminal is gone, its writer thread dies and a full queue can block the event loop for good: so a last resort ends the
process from a thread that needs no loop.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Final

GRACE: Final = 5.0  # seconds for a clean end
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


def terminal_is_gone() -> bool:
    """Whether the terminal hung up without a signal reaching us: its ioctl fails from then on."""
    stream = sys.__stdin__
    return stream is not None and not stream.closed and not os.isatty(stream.fileno())

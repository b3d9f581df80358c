"""From the threads that read logs to the event loop: many lines at a time, and never more than there is room for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from operator import attrgetter
from typing import Final

from specter_tui.core.logs import LogBatch, LogLine, LogNotice

EVERY: Final = 0.1  # seconds between two batches: as often as a screen needs to be painted while lines rush by
_MOST_SEEN: Final = (
    5_000  # lines of one batch, those that a filter left out too: the loop must not wait for the threads
)
_MOST_BYTES: Final = 4 * 2**20
_timestamp: Final = attrgetter("timestamp")


class LogChannel:
    """Threads put and wait while it is full, so a flood waits in the engine; the loop takes all there is.

    Made on the event loop for a number of writers, each of which calls `leave` at its end.
    """

    def __init__(self, writers: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._ready = asyncio.Event()
        self._changed = threading.Condition()  # guards all that follows
        self._merge = writers > 1
        self._writers = writers
        self._lines: list[LogLine] = []
        self._notices: list[LogNotice] = []
        self._bytes = 0
        self._skipped = 0
        self._told = False
        self._closed = False

    # In the threads

    def put(self, lines: Sequence[LogLine], skipped: int = 0) -> bool:
        """Hands lines over, waits for room; False when nobody wants them any more."""
        with self._changed:
            while not self._closed and (len(self._lines) + self._skipped >= _MOST_SEEN or self._bytes >= _MOST_BYTES):
                self._changed.wait()
            if self._closed:
                return False
            self._lines.extend(lines)
            self._skipped += skipped
            self._bytes += sum(line.size for line in lines)
            self._tell()
        return True

    def note(self, notice: LogNotice) -> None:
        """Hands a notice over."""
        with self._changed:
            self._notices.append(notice)
            self._tell()

    def leave(self) -> None:
        """One writer less."""
        with self._changed:
            self._writers -= 1
            self._tell()

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            with suppress(RuntimeError):  # the loop ended first
                self._loop.call_soon_threadsafe(self._ready.set)

    # On the event loop

    async def take(self) -> LogBatch | None:
        """What came, as soon as something did and then in steps of `EVERY`; None when all writers have left."""
        await self._ready.wait()
        if self._writers:
            await asyncio.sleep(EVERY)
        with self._changed:
            lines, self._lines = self._lines, []
            batch = LogBatch(lines, self._skipped, tuple(self._notices))
            self._notices.clear()
            self._bytes = self._skipped = 0
            over = not self._writers
            self._told = over
            if not over:
                self._ready.clear()
            self._changed.notify_all()
        if over and not (lines or batch.skipped or batch.notices):
            return None
        if self._merge:
            lines.sort(key=_timestamp)
        return batch

    def close(self) -> None:
        """Wakes the writers that wait and lets them go."""
        with self._changed:
            self._closed = True
            self._lines.clear()
            self._changed.notify_all()

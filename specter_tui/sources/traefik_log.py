"""Traefik's own log, from the file it writes or from its container: the only place that names a bad dynamic file.

Read rarely: a look at the folder and at the file's size says whether anything can be new. A container's log is asked
for when the folder changed or Traefik was restarted, and else now and then.
"""

from __future__ import annotations

import asyncio
import os
import re
import stat
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from specter_tui.core.errors import SourceError
from specter_tui.core.ports import ContainerLog
from specter_tui.core.text import visible
from specter_tui.core.traefik_log import (
    LONGEST_LINE,
    FolderStamp,
    LogEntry,
    LogRead,
    LogRequest,
    is_refusal,
    parse_entry,
    standing_refusal,
)

MOST_BYTES: Final = 4 * 1024 * 1024  # of one read
MOST_LINES: Final = 5000
_HEAD: Final = 256
_STEP: Final = 64 * 1024  # bytes that are looked at in one go, so that other threads get their turn
_MOST_ERRORS: Final = 100
_MOST_FILES: Final = 2000
_SHOWN: Final = 300
_AFTER_CHANGE: Final = 15.0  # seconds in which Traefik may still log what it thinks of a change
_QUIET: Final = 60.0  # seconds between two reads of a container's log where nothing changed
_QUIET_BLIND: Final = 20.0  # where the folder is not seen
_OVERLAP: Final = timedelta(seconds=2)
_WINDOW: Final = timedelta(seconds=_AFTER_CHANGE)
# What every line of an error holds, so that the many others are not decoded at all.
_TELLING: Final = re.compile(
    rb'"level":"(?:error|fatal|panic)"|(?<![A-Z])(?:ERRO?|FTL|FATA|PNC|PANI)(?![A-Z])|\blevel=(?:error|fatal|panic)\b'
    rb"|Error renewing "
)


class TraefikLog:
    """`core.ports.TraefikLogSource`: `log_file` where Traefik writes one, else `container_log`.

    `folder` is the dynamic folder, empty where it is not on this machine; `deadline` is seconds for one read.
    """

    def __init__(
        self,
        log_file: str,
        folder: str,
        container_log: ContainerLog,
        deadline: float = 8.0,
        *,
        ticks: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),  # noqa: TID251  compared with the log's own times
    ) -> None:
        self._file = _LogFile(log_file) if log_file else None
        self._folder = folder
        self._container_log = container_log
        self._deadline = deadline
        self._ticks = ticks
        self._now = now
        self._kept = _Kept()
        self._asked: LogRequest | None = None
        self._last: LogRead | None = None
        self._last_tick = 0.0
        self._last_time: datetime | None = None
        self._last_stamp: datetime | None = None

    async def read(self, asked: LogRequest) -> LogRead:
        """What Traefik's log tells by now; what can't be read stands in `unread`, with what was read before."""
        stamp = await asyncio.to_thread(_stamp, self._folder) if self._folder else None
        begun = self._now()
        if asked != self._asked and (self._asked is None or asked.container != self._asked.container):
            self._kept, self._last_time = _Kept(), None
        if not self._is_due(asked, stamp, begun):
            return self._told(asked, stamp, self._last_time or begun, self._last.unread if self._last else "")
        self._asked, self._last_tick = asked, self._ticks()
        self._last_stamp = stamp.newest if stamp else None
        try:
            async with asyncio.timeout(self._deadline):
                unread = await self._take_news(asked, stamp, begun)
        except SourceError as error:
            unread = error.sentence()
        except TimeoutError:
            unread = f"Traefik's log was not read within {self._deadline:g} s"
        else:
            self._last_time = begun
        self._last = self._told(asked, stamp, begun, unread)
        return self._last

    async def close(self) -> None:
        """Frees the engine's connections."""
        await self._container_log.close()

    def _is_due(self, asked: LogRequest, stamp: FolderStamp | None, now: datetime) -> bool:
        if self._file is not None or self._last is None or asked != self._asked:
            return True
        newest = stamp.newest if stamp else None
        if newest != self._last_stamp or (newest is not None and now - newest < _WINDOW):
            return True
        return self._ticks() - self._last_tick >= (_QUIET if stamp else _QUIET_BLIND)

    async def _take_news(self, asked: LogRequest, stamp: FolderStamp | None, begun: datetime) -> str:
        """Takes in what is new; why that is not all, empty when it is. Raises SourceError."""
        if self._file is not None:
            await asyncio.to_thread(self._kept.take_file, self._file)
            return ""
        return await self._read_container(asked, stamp, begun) if asked.container else asked.missing

    async def _read_container(self, asked: LogRequest, stamp: FolderStamp | None, begun: datetime) -> str:
        since = self._last_time - _OVERLAP if self._last_time else asked.started
        tail = await self._container_log.read(asked.container, since, None, MOST_LINES)
        await asyncio.to_thread(self._kept.take, tail.data)
        if not tail.cut:
            return ""
        # A busy access log has pushed older lines out: what matters was said when the folder last changed.
        moments = [one for one in (asked.started, stamp.newest if stamp else None) if one is not None]
        if stamp is None or not moments:
            name = visible(asked.name, 80)
            return f"only the last {MOST_LINES} lines of the container {name} were read; set log_file in [traefik]"
        last = max(moments)
        tail = await self._container_log.read(asked.container, last - _OVERLAP, min(begun, last + _WINDOW), MOST_LINES)
        await asyncio.to_thread(self._kept.take, tail.data)
        return ""

    def _told(self, asked: LogRequest, stamp: FolderStamp | None, read_at: datetime, unread: str) -> LogRead:
        where = visible(self._file.path, _SHOWN) if self._file else f"container {asked.name}" if asked.container else ""
        errors = self._kept.errors(asked.started)
        told = LogRead(
            where=where,
            errors=errors,
            refusal=standing_refusal(self._kept.refusals, asked.started, stamp, read_at),
            unread=unread,
            configured=self._file is not None,
        )
        return self._last if self._last == told else told


class _Kept:
    """The errors found so far: of those that say the same, the newest."""

    def __init__(self) -> None:
        self._errors: dict[str, LogEntry] = {}
        self._refusal: LogEntry | None = None  # apart, so that no flood of other errors pushes it out

    @property
    def refusals(self) -> tuple[LogEntry, ...]:
        return (self._refusal,) if self._refusal else ()

    def errors(self, started: datetime | None) -> tuple[LogEntry, ...]:
        found = (one for one in self._errors.values() if started is None or one.at + timedelta(seconds=1) > started)
        return tuple(sorted(found, key=lambda one: one.at))

    def take_file(self, file: _LogFile) -> None:
        """What was written to the file since the last time. Raises SourceError."""
        for data in file.news():
            self.take(data)

    def take(self, data: bytes) -> None:
        """Takes in the errors among the lines."""
        for line in data.split(b"\n"):
            if len(line) > LONGEST_LINE or not _TELLING.search(line):
                continue
            entry = parse_entry(line.decode("utf-8", "replace"))
            if entry is not None and entry.is_error:
                self._take(entry)

    def _take(self, entry: LogEntry) -> None:
        if is_refusal(entry) and (self._refusal is None or self._refusal.at <= entry.at):
            self._refusal = entry
        known = self._errors.get(entry.text)
        if known is None or known.at <= entry.at:
            self._errors.pop(entry.text, None)
            self._errors[entry.text] = entry
        while len(self._errors) > _MOST_ERRORS:
            del self._errors[next(iter(self._errors))]


class _LogFile:
    """A log file that is written to, cut off and replaced while it is read."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._offset = 0
        self._head = b""  # how the file began: a new one may have the old one's number, and be longer

    def news(self) -> Iterable[bytes]:
        """What was added since the last time, in pieces that end with a line; at first the end of the file.

        Raises SourceError.
        """
        try:
            handle = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
            try:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise self._error("is no file")
                yield from self._added(handle)
            finally:
                os.close(handle)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not a path"
            raise self._error(f"can't be read ({reason})") from error

    def _added(self, handle: int) -> Iterable[bytes]:
        size = os.fstat(handle).st_size
        head = os.pread(handle, _HEAD, 0)
        if size < self._offset or not head.startswith(self._head):
            self._offset = 0
        self._head = head
        self._offset = max(self._offset, size - MOST_BYTES)
        while data := os.pread(handle, _STEP, self._offset):
            lines = data[: data.rfind(b"\n") + 1] or (data if len(data) == _STEP else b"")
            if not lines:
                return  # a line that is still being written
            self._offset += len(lines)
            yield lines

    def _error(self, what: str) -> SourceError:
        remedy = "correct log_file in [traefik], or let this user read it; empty means the log of Traefik's container"
        return SourceError(f"Traefik's log {visible(self.path, _SHOWN)} {what}", remedy)


def _stamp(folder: str) -> FolderStamp | None:
    """When the folder and what lies in it were changed; None where that can't be seen."""
    try:
        changed = _changed(Path(folder).stat())
        with os.scandir(folder) as entries:
            files = {entry.name: _changed(_look(entry)) for entry, _ in zip(entries, range(_MOST_FILES), strict=False)}
    except (OSError, ValueError, OverflowError):
        return None
    return FolderStamp(changed, files)


def _look(entry: os.DirEntry[str]) -> os.stat_result:
    try:
        return entry.stat()
    except OSError:  # a link that leads nowhere
        return entry.stat(follow_symlinks=False)


def _changed(found: os.stat_result) -> datetime:
    """The later of both times: a moved file keeps that of its content, and nobody sets the other one back."""
    return datetime.fromtimestamp(max(found.st_mtime, found.st_ctime), UTC)

"""A container's output: split into lines, kept up to a size, and framed as the Engine API streams it."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Final

from specter_tui.demo.engine import moments
from specter_tui.demo.engine.ring import Ring

STDOUT: Final = 1
STDERR: Final = 2
_LONGEST: Final = 16384  # the real engine splits longer lines, and so gives each piece a timestamp of its own
_KEPT_BYTES: Final = 1 << 20
_ITEM_BYTES: Final = 200  # what an item costs beside its text


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line with its end, or a piece of one that is too long."""

    stream: int
    time: int
    data: bytes


class Log:
    """The newest lines of both streams, in the order they were read."""

    def __init__(self, most: int = _KEPT_BYTES) -> None:
        self.lines: Ring[LogLine] = Ring(most)
        self._rest = {STDOUT: b"", STDERR: b""}

    def feed(self, stream: int, block: bytes) -> None:
        """Takes output as it comes; an empty block ends the stream, and with it a line that was not ended."""
        now = moments.now()
        *lines, last = (self._rest[stream] + block).split(b"\n")
        for line in lines:
            self._append(LogLine(stream, now, line + b"\n"))
        if last and (not block or len(last) >= _LONGEST):
            self._append(LogLine(stream, now, last))
            last = b""
        self._rest[stream] = last

    def _append(self, line: LogLine) -> None:
        for start in range(0, len(line.data), _LONGEST):
            piece = replace(line, data=line.data[start : start + _LONGEST]) if len(line.data) > _LONGEST else line
            self.lines.append(piece, len(piece.data) + _ITEM_BYTES)


@dataclass(frozen=True, slots=True)
class LogWish:
    """What a client asked for: its streams, bounds in nanoseconds, and whether each line begins with its time."""

    streams: tuple[int, ...]
    since: int | None = None
    until: int | None = None
    timestamps: bool = False

    def frames(self, lines: tuple[LogLine, ...]) -> bytes:
        """The wanted ones of these lines: an 8-byte header (stream, three zeros, length) before each."""
        return b"".join(self._frame(line) for line in lines if self._wanted(line))

    def _wanted(self, line: LogLine) -> bool:
        early = self.since is not None and line.time < self.since
        late = self.until is not None and line.time > self.until
        return line.stream in self.streams and not early and not late

    def _frame(self, line: LogLine) -> bytes:
        text = f"{moments.log_timestamp(line.time)} ".encode() + line.data if self.timestamps else line.data
        return struct.pack(">BxxxL", line.stream, len(text)) + text

"""One line of a container's log."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

LINE_LIMIT: Final = 65_536  # bytes; what a line has beyond is counted and thrown away
_OVERHEAD: Final = 250  # bytes that CPython 3.11 takes for a line's tuple, its timestamp and the head of its text
_WIDEST: Final = 4  # bytes of a character in a text that is not all ASCII


class Stream(StrEnum):
    """Where a line was written to; a container with a terminal has only one."""

    STDOUT = "stdout"
    STDERR = "stderr"
    TTY = "tty"
    MARK = "mark"  # not written by a container: a person drew a line here


class LogLine(NamedTuple):
    """A line as the container wrote it, hostile until shown through `core.text.visible`.

    `timestamp` is the engine's, UTC with nine digits behind the point, so that text order is the order of time; empty
    where it gave none. Bytes that are no UTF-8 are written as escapes. `cut` are the bytes beyond `LINE_LIMIT`.
    """

    container: str  # its name
    stream: Stream
    timestamp: str
    text: str
    cut: int = 0

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return _OVERHEAD + len(self.text) * (1 if self.text.isascii() else _WIDEST)


def mark(timestamp: str) -> LogLine:
    """The line that a person draws to tell what comes from what was there."""
    return LogLine("", Stream.MARK, timestamp, "")

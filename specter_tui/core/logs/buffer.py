"""The lines that are kept: the last ones, by their number and by their memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Final

from specter_tui.core.logs.follow import LineTest
from specter_tui.core.logs.line import LogLine, mark

MOST_LINES: Final = 20_000
MOST_BYTES: Final = 16 * 2**20
_timestamp: Final = attrgetter("timestamp")


class LogBuffer:
    """A ring of lines; the oldest go when there are too many or they take too much memory, and are counted.

    With `merge` lines of several containers stand in the order of time, also those that come late. `offset` plus its
    index is a line's number, which stays the same while others before it go.
    """

    def __init__(self, lines: int = MOST_LINES, size: int = MOST_BYTES, *, merge: bool = False) -> None:
        self._most_lines = lines
        self._most_bytes = size
        self._merge = merge
        self._lines: deque[LogLine] = deque()
        self._size = 0
        self.offset = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, index: int) -> LogLine:
        if index < 0:
            raise IndexError(index)
        return self._lines[index]

    def __iter__(self) -> Iterator[LogLine]:
        return iter(self._lines)

    @property
    def size(self) -> int:
        """About how many bytes of memory the lines take."""
        return self._size

    @property
    def latest(self) -> str:
        """The timestamp of the last line; empty when there is none."""
        return self._lines[-1].timestamp if self._lines else ""

    def extend(self, lines: Sequence[LogLine]) -> int:
        """Takes new lines; the number of the first line that stands at another place than before."""
        kept = lines[-self._most_lines :]
        self._count_dropped(len(lines) - len(kept))
        changed = self._put_in_order(kept) if self._merge else len(self._lines)
        if not self._merge:
            self._lines.extend(kept)
        self._size += sum(line.size for line in kept)
        changed += self.offset
        self._trim()
        return max(changed, self.offset)

    def mark(self) -> int:
        """Draws a line below the last one; its number."""
        return self.extend((mark(self.latest),))

    def clear(self) -> None:
        """Forgets the lines that are there; they do not count as dropped."""
        self.offset += len(self._lines)
        self._lines.clear()
        self._size = 0

    def find(self, test: LineTest, begin: int, step: int) -> int | None:
        """The index of the first line from `begin` on that passes; `step` 1 looks down, -1 up, and never round."""
        place = begin
        while 0 <= place < len(self._lines):
            if test(self._lines[place]):
                return place
            place += step
        return None

    def _put_in_order(self, lines: Sequence[LogLine]) -> int:
        """Adds lines where they belong and gives the first index that changed; lines of one moment keep their order."""
        moved = []
        earliest = min((line.timestamp for line in lines), default="")
        while lines and self._lines and self._lines[-1].timestamp > earliest:
            moved.append(self._lines.pop())
        changed = len(self._lines)
        self._lines.extend(sorted([*reversed(moved), *lines], key=_timestamp))
        return changed

    def _trim(self) -> None:
        gone = 0
        while len(self._lines) > self._most_lines or (self._size > self._most_bytes and len(self._lines) > 1):
            self._size -= self._lines.popleft().size
            gone += 1
        self._count_dropped(gone)

    def _count_dropped(self, number: int) -> None:
        self.dropped += number
        self.offset += number

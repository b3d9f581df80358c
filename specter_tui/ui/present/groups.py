"""Headings between the rows of a table: which line holds which row. Without headings both are the same number."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from specter_tui.ui.present.base import Line


class Groups:
    """Where groups of rows begin, and the heading that stands before each; the rows are those of one order."""

    def __init__(self, heads: Sequence[tuple[int, Line]] = ()) -> None:
        self._firsts = [row for row, _ in heads]
        self._lines = [row + place for place, row in enumerate(self._firsts)]
        self._headings = [heading for _, heading in heads]

    def __len__(self) -> int:
        return len(self._firsts)

    def line_of(self, row: int) -> int:
        """The line on which a row stands, counted from 0."""
        return row + bisect_right(self._firsts, row)

    def row_at(self, line: int) -> int:
        """The row on a line, or the first one below the heading there."""
        before = bisect_right(self._lines, line)
        return line - before + (1 if self._is_heading(line, before) else 0)

    def heading_at(self, line: int) -> Line | None:
        """The heading on a line, None where a row stands."""
        before = bisect_right(self._lines, line)
        return self._headings[before - 1] if self._is_heading(line, before) else None

    def _is_heading(self, line: int, before: int) -> bool:
        return before > 0 and self._lines[before - 1] == line


NO_GROUPS: Final = Groups()

"""How wide the columns of a table are, and which of them fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, Generic, TypeVar

from specter_tui.ui.present.resource import NO_COLUMNS, Column

T = TypeVar("T")
_MOST: Final = 0.9  # of the rows
_STATE: Final = 16  # cells; a column that never gets wider holds states, of which none is cut for what others want


class ColumnWidths(Generic[T]):
    """The widths of the columns that fit, by id and from left to right; `margin` is what the table needs beside them.

    What a column wants only grows until `forget`: none jumps under the reader's eyes.
    """

    def __init__(self, columns: Sequence[Column[T]], margin: int) -> None:
        self._columns = tuple(columns)
        self._margin = margin
        self._widest: dict[str, int] = {}
        self._usual: dict[str, int] = {}
        self._seen: dict[str, Counter[int]] = {}
        self.fitting: Mapping[str, int] = {}

    def forget(self) -> None:
        """The table has another width: what the columns want is found anew."""
        for known in (self._widest, self._usual, self._seen):
            known.clear()

    def fit(self, new: Sequence[T], rows: Sequence[T], width: int, absent: frozenset[str] = NO_COLUMNS) -> bool:
        """Lays the columns out in `width` cells; True when any of them changes.

        `new` are those of the `rows` that may want more room than any before; columns that are `absent` are left out.
        """
        for column in self._columns:
            self._grow(column, new if column.id in self._widest else rows)
        before, self.fitting = self.fitting, self._laid_out(width, absent)
        return self.fitting != before

    def column_at(self, x: int) -> str:
        """The id of the column whose cells `x` is among, counted from where the first begins; empty beside them."""
        right = 0
        for column in self._columns:
            if column.id in self.fitting:
                right += self.fitting[column.id] + column.gap
                if x < right:
                    return column.id
        return ""

    def _grow(self, column: Column[T], items: Sequence[T]) -> None:
        """What all rows and what most rows seen so far want of a column."""
        if column.measure is None:
            self._widest[column.id] = self._usual[column.id] = column.maximum
            return
        seen = self._seen.setdefault(column.id, Counter())
        seen.update(map(column.measure, items))
        widest = max(seen, default=0)
        usual = widest if column.maximum <= _STATE else _enough_for_most(seen)
        for known, wanted in ((self._widest, widest), (self._usual, usual)):
            width = min(max(wanted, column.minimum, len(column.title) + 1), column.maximum)
            known[column.id] = max(known.get(column.id, 0), width)

    def _laid_out(self, width: int, absent: frozenset[str]) -> dict[str, int]:
        kept = [one for one in self._columns if one.id not in absent]
        excess = self._excess(kept, width)
        for column in sorted((one for one in kept if one.drop), key=lambda one: one.drop):
            if excess <= 0:
                break
            kept.remove(column)
            excess = self._excess(kept, width)
        widths = {column.id: self._needed(column) for column in kept}
        for column in kept:
            more = min(max(-excess, 0), self._widest[column.id] - widths[column.id])
            widths[column.id] += more
            excess += more
        for column in reversed(kept):  # what names the row stands at the left and is cut last
            less = max(0, min(excess, widths[column.id] - column.minimum))
            widths[column.id] -= less
            excess -= less
        return widths

    def _needed(self, column: Column[T]) -> int:
        """What a column must have to stay: one that may go gives way down to its minimum before another one goes.

        One that stays gets what most rows want: a single long name, cut at its end, costs no row its other columns.
        """
        return min(column.minimum, self._widest[column.id]) if column.drop else self._usual[column.id]

    def _excess(self, columns: Sequence[Column[T]], width: int) -> int:
        """How many cells more than there are these columns need."""
        needed = sum(self._needed(one) + one.gap for one in columns)
        return needed - columns[-1].gap + self._margin - width


def _enough_for_most(seen: Counter[int]) -> int:
    """The width that is enough for most rows."""
    enough = _MOST * seen.total()
    rows = 0
    for width in sorted(seen):
        rows += seen[width]
        if rows >= enough:
            return width
    return 0

"""The rows of one kind, filtered and in order: of thousands few differ from one snapshot to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Final, Generic, TypeVar

from specter_tui.ui.filters import Filter
from specter_tui.ui.present.resource import SortKey

T = TypeVar("T")
_BETWEEN: Final = "\n"  # between two fields: no word that a person types holds one


class _Row(Generic[T]):
    """A row with what was worked out of it: None, where nobody has asked yet."""

    __slots__ = ("item", "order", "passes", "whole")

    def __init__(self, item: T) -> None:
        self.item = item
        self.order: SortKey | None = None
        self.passes: bool | None = None
        self.whole: str | None = None


class Arranged(Generic[T]):
    """Remembers of each row what it sorts by, whether the filter lets it through, and its text.

    A row that is like the one of its key before stays that object with all of this.
    """

    def __init__(self, key: Callable[[T], str], fields: Mapping[str, Callable[[T], str]]) -> None:
        self._key = key
        self._fields = tuple(fields.values())
        self._rows: list[_Row[T]] = []
        self._known: dict[str, _Row[T]] = {}
        self._filter: Filter[T] | None = None
        self._sort: Callable[[T], SortKey] | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def take(self, items: Iterable[T]) -> None:
        """These are the rows now."""
        last, key = self._known, self._key
        self._known, self._rows = {}, []
        for item in items:
            name = key(item)
            row = last.get(name)
            if row is None or row.item != item:
                row = _Row(item)
            self._known[name] = row
            self._rows.append(row)

    def rows(self, passes: Filter[T], sort: Callable[[T], SortKey], *, turned: bool) -> list[T]:
        """The rows that pass, in the order of `sort`, `turned` round or not."""
        if passes is not self._filter:
            self._filter = passes
            for row in self._rows:
                row.passes = None
        if sort is not self._sort:
            self._sort = sort
            for row in self._rows:
                row.order = None
        shown = [row for row in self._rows if self._passing(row, passes)] if passes else self._rows
        for row in shown:
            if row.order is None:
                row.order = sort(row.item)
        return [row.item for row in sorted(shown, key=attrgetter("order"), reverse=turned)]

    @staticmethod
    def _passing(row: _Row[T], passes: Filter[T]) -> bool:
        if row.passes is None:
            row.passes = passes(row.item)
        return row.passes

    def whole(self, item: T) -> str:
        """All that the filter looks through in a row, letter case aside."""
        row = self._known.get(self._key(item))
        if row is None or row.item is not item:
            return self._whole(item)
        if row.whole is None:
            row.whole = self._whole(item)
        return row.whole

    def _whole(self, item: T) -> str:
        return _BETWEEN.join(field(item) for field in self._fields).casefold()

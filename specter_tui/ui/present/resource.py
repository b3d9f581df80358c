"""What a view needs to know of a kind of thing: one descriptor a kind, all of it pure.

A kind says which rows a snapshot has, what stands in their columns, what the filter looks through, what the detail
tells and where one can go from there. The one generic table view renders any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar

from rich.cells import cell_len

from specter_tui.core.snapshot import Snapshot
from specter_tui.ui.present.base import CELL_LIMIT, Glyphs, Line, Piece, Role, outside
from specter_tui.ui.present.groups import NO_GROUPS, Groups

T = TypeVar("T")
SortKey = tuple[int | str, ...]
NO_COLUMNS: Final[frozenset[str]] = frozenset()


class Reference(NamedTuple):
    """A way to another thing: the kind of the view that shows it, its key there, and how one hangs on the other."""

    kind: str
    key: str
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """A column: its cell, its sort key, its widths, and when it is given up.

    `drop` orders the columns that go when it gets narrow (1 goes first, 0 never). A column with a `measure` is as wide
    as its widest row between `minimum` and `maximum`; without one it has its maximum.
    """

    id: str
    title: str
    cell: Callable[[T, Glyphs], Line]
    sort: Callable[[T], SortKey]
    maximum: int
    minimum: int
    drop: int = 0
    measure: Callable[[T], int] | None = None
    gap: int = 2  # blanks behind it


@dataclass(frozen=True)
class Resource(Generic[T]):
    """A kind of thing. The first of `columns` after the state names the row, and is what it is sorted by at first."""

    id: str
    title: str
    noun: str
    columns: tuple[Column[T], ...]
    search: Mapping[str, Callable[[T], str]]
    items: Callable[[Snapshot], Sequence[T]]
    key: Callable[[T], str]
    name: Callable[[T], str]  # what copying takes
    detail: Callable[[T, Snapshot, Glyphs], Iterable[Line]]
    raw: Callable[[T], str]
    related: Callable[[T, Snapshot], Sequence[Reference]]
    counts: Callable[[Snapshot, Glyphs], Line]
    empty: Callable[[Snapshot, Sequence[str], Glyphs], tuple[Line, ...]]
    gone: str  # "is no longer among Traefik's routers"
    sort: str
    dimmed: Callable[[Snapshot], frozenset[str]] = lambda _snapshot: NO_COLUMNS
    absent: Callable[[Snapshot], frozenset[str]] = lambda _snapshot: NO_COLUMNS  # that nothing is read for
    containers: Callable[[T], Sequence[str]] = lambda _item: ()  # the ids of those whose logs belong to it
    has_logs: bool = False
    groups: Callable[[Sequence[T], Glyphs], Groups] = lambda _rows, _glyphs: NO_GROUPS  # of rows in its first order

    def find(self, snapshot: Snapshot, key: str) -> T | None:
        """The thing of that key, None when the snapshot has none."""
        return next((item for item in self.items(snapshot) if self.key(item) == key), None) if key else None


def text_width(text: str) -> int:
    """The cells that a string from outside takes at most in a table."""
    return len(text) if text.isascii() else cell_len(text[:CELL_LIMIT])


def text_column(
    id: str,  # noqa: A002  the column's own word
    title: str,
    text: Callable[[T], str],
    maximum: int,
    minimum: int,
    *,
    drop: int = 0,
    role: Role = Role.TEXT,
) -> Column[T]:
    """A column of plain text from outside, sorted by it; an empty one shows a dash."""
    return Column(
        id,
        title,
        lambda item, _glyphs: (outside(value, role) if (value := text(item)) else Piece("-", Role.MUTED),),
        lambda item: (text(item).casefold(),),
        maximum,
        minimum,
        drop,
        measure=lambda item: text_width(text(item)),
    )

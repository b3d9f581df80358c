"""A table over a snapshot: rows have keys, only visible rows are made into text, only changed lines are drawn.

Textual's DataTable measures and stores every cell: 5,000 rows cost it 2 s to fill and their re-sorting a repaint of
everything (measured with Textual 8.2.8). Here a refresh costs the visible rows, and the cursor is a key, so rows may
come, go and move while it stays where the person put it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from specter_tui.ui.commands import Scope
from specter_tui.ui.keymap import MOVES, bindings
from specter_tui.ui.present.base import EMPTY, UNICODE, Glyphs, Line, Piece, Role, fit
from specter_tui.ui.present.column_widths import ColumnWidths
from specter_tui.ui.present.groups import NO_GROUPS, Groups
from specter_tui.ui.present.resource import Column
from specter_tui.ui.widgets.paint import Painted, PlainScrollBar, cursor_style, palette_of, strip_of

T = TypeVar("T")
_HEADING = 1  # lines
_GUTTER = 1  # the cursor's mark
_EDGE = 1  # a blank before what stands beside the table


class SnapshotTable(Painted, ScrollView, Generic[T], can_focus=True):
    """Rows of T in the order given, with a cursor on one of them."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.TABLE, only=MOVES)

    class Opened(Message):
        """A row was clicked while the cursor was on it."""

    class HeadingClicked(Message):
        """A heading was clicked."""

        def __init__(self, column: str) -> None:
            super().__init__()
            self.column = column

    def __init__(
        self,
        columns: Sequence[Column[T]],
        key: Callable[[T], str],
        glyphs: Glyphs = UNICODE,
        *,
        moved: Callable[[], None] = lambda: None,
        id: str | None = None,  # noqa: A002  Textual's own word
    ) -> None:
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._key = key
        self._glyphs = glyphs
        self._moved = moved  # called when a key or the mouse has moved the cursor
        self._items: Sequence[T] = ()
        self._index: dict[str, int] = {}
        self._groups = NO_GROUPS
        self._row = 0
        self._held = ""  # the key of the row on which the person put the cursor: it may go and come back
        self._widths: ColumnWidths[T] = ColumnWidths(columns, _GUTTER + _EDGE)
        self._drawn: dict[int, Line] = {}
        self._sorted: tuple[str, bool] = ("", False)
        self._dimmed: frozenset[str] = frozenset()
        self._absent: frozenset[str] = frozenset()

    # What it shows

    @property
    def items(self) -> Sequence[T]:
        """The rows, in their order."""
        return self._items

    @property
    def cursor(self) -> T | None:
        """The row at the cursor."""
        return self._items[self._row] if self._items else None

    @property
    def shown_columns(self) -> tuple[str, ...]:
        """The ids of the columns that fit."""
        return tuple(self._widths.fitting)

    def show(
        self,
        items: Sequence[T],
        *,
        sorted_by: tuple[str, bool],
        dimmed: frozenset[str] = frozenset(),
        groups: Groups = NO_GROUPS,
        absent: frozenset[str] = frozenset(),
    ) -> None:
        """Takes new rows. The cursor stays on its key; while that is gone, it is on the nearest neighbour.

        What is on the screen stays on its line: the row at the cursor, or the first one where the person has scrolled
        away from it. `sorted_by` is a column's id and whether the order is turned round; `dimmed` are the ids of
        columns whose data is old (all of them dim the whole row); `groups` are the headings between these rows;
        `absent` are the ids of columns that nothing is read for.
        """
        old, top = self._items, self.scroll_offset.y
        kept = self._row if top <= self._line_of_cursor < top + self._page else self._groups.row_at(top)
        line = self._groups.line_of(kept)
        before = line, len(old) + len(self._groups)
        self._items, self._groups = items, groups
        keys = [self._key(item) for item in items]
        index, self._index = self._index, {key: place for place, key in enumerate(keys)}
        self._sorted, self._dimmed, self._absent = sorted_by, dimmed, absent
        with_cursor = kept == self._row
        self._row = self._index.get(self._held, self._place_of(old, self._row))
        now = self._row if with_cursor else self._place_of(old, kept)
        places = map(index.get, keys)
        new = [item for item, place in zip(items, places, strict=True) if place is None or old[place] is not item]
        self._measure(new)  # the widths of all others are known
        if (groups.line_of(now), len(items) + len(groups)) != before:
            self._keep_place(now, line - top, with_cursor=with_cursor)
        self._draw_changes()

    def _place_of(self, old: Sequence[T], row: int) -> int:
        """Where a row is among the new ones: its own key, else the nearest old neighbour that is still there."""
        for item in (*old[row:], *reversed(old[:row])):
            place = self._index.get(self._key(item))
            if place is not None:
                return place
        return 0

    def _keep_place(self, row: int, line: int, *, with_cursor: bool) -> None:
        """Keeps a row on the line of the screen where it was."""
        self.virtual_size = self._whole_size
        self.scroll_to(y=max(0, self._groups.line_of(row) - line), animate=False, immediate=True, force=True)
        if with_cursor:
            self._scroll_to_cursor()

    # Widths

    def _measure(self, new: Sequence[T]) -> None:
        """Makes room for rows that were not there before."""
        if not self.size.width:
            return  # hidden; it gets a size, and is measured, before anything of it is seen
        if self._widths.fit(new, self._items, self.size.width, self._absent):
            self._drawn.clear()
            self.refresh()

    def on_mount(self) -> None:
        """Takes the scroll bar that every terminal can show."""
        self.vertical_scrollbar.renderer = PlainScrollBar  # type: ignore[misc]  # Textual's own way, per instance

    def on_resize(self) -> None:
        """Another width: the columns are chosen anew."""
        self._widths.forget()
        self.virtual_size = self._whole_size
        self._measure(self._items)
        self._scroll_to_cursor()

    # Drawing

    def _draw_changes(self) -> None:
        top = self.scroll_offset.y
        for y in range(self.size.height):
            if self._drawn.get(y) != self._line(y, top):
                self.refresh(Region(0, y, self.size.width, 1))

    def _line(self, y: int, top: int) -> Line:
        if y < _HEADING:
            return self._heading()
        line = y - _HEADING + top
        heading = self._groups.heading_at(line)
        if heading is not None:
            return (Piece(" " * _GUTTER), *heading)
        row = self._groups.row_at(line)
        return self._row_line(row) if row < len(self._items) else EMPTY

    def _heading(self) -> Line:
        pieces = [Piece(" " * _GUTTER)]
        for column in self._columns:
            if (width := self._widths.fitting.get(column.id)) is not None:
                title = column.title
                if column.id == self._sorted[0]:
                    title += self._glyphs.down if self._sorted[1] else self._glyphs.up
                pieces += fit((Piece(title, Role.MUTED),), width + column.gap, "")
        return tuple(pieces)

    def _row_line(self, row: int) -> Line:
        item = self._items[row]
        pieces = [Piece(self._glyphs.cursor if row == self._row else " ", Role.FOCUS)]
        for column in self._columns:
            if (width := self._widths.fitting.get(column.id)) is not None:
                cell = column.cell(item, self._glyphs)
                if column.id in self._dimmed:
                    cell = tuple(Piece(text, Role.OFF) for text, _ in cell)
                pieces += [*fit(cell, width, self._glyphs.ellipsis), Piece(" " * column.gap)]
        return tuple(pieces)

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        line = self._line(y, self.scroll_offset.y)
        self._drawn[y] = line
        base = self.base
        if y >= _HEADING and y - _HEADING + self.scroll_offset.y == self._line_of_cursor and self._items:
            base += cursor_style(self.app.theme, focused=self.has_focus)
        return strip_of(line, self.size.width, palette_of(self.app), base)

    # Moving

    @property
    def _line_of_cursor(self) -> int:
        return self._groups.line_of(self._row)

    @property
    def _whole_size(self) -> Size:
        return Size(self.size.width, len(self._items) + len(self._groups) + _HEADING)

    @property
    def _page(self) -> int:
        return max(1, self.size.height - _HEADING)

    def move_to_key(self, key: str) -> bool:
        """Puts the cursor on the row of that key; False when there is none."""
        row = self._index.get(key)
        if row is not None:
            self.move_to(row)
        return row is not None

    def move_to(self, row: int) -> None:
        """Puts the cursor on a row, counted from 0."""
        row = max(0, min(row, len(self._items) - 1))
        old, self._row = self._row, row
        self.hold()
        self._scroll_to_cursor()  # the wheel may have left it
        if row == old:
            return
        for one in (old, row):
            y = self._groups.line_of(one) - self.scroll_offset.y + _HEADING
            self.refresh(Region(0, y, self.size.width, 1))
        self._moved()  # at once, so that what follows the cursor is painted with it

    def hold(self) -> None:
        """The row at the cursor is what the person means: one that comes back no longer takes the cursor."""
        if self._items:
            self._held = self._key(self._items[self._row])

    def _scroll_to_cursor(self) -> None:
        top = self.scroll_offset.y
        here = self._line_of_cursor
        first = here - 1 if self._groups.heading_at(here - 1) is not None else here  # its heading is seen with it
        wanted = min(max(top, here - self._page + 1), first)
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, immediate=True, force=True)

    def action_down(self) -> None:
        """One row down."""
        self.move_to(self._row + 1)

    def action_up(self) -> None:
        """One row up."""
        self.move_to(self._row - 1)

    def action_page_down(self) -> None:
        """One screen down."""
        self.move_to(self._row + self._page)

    def action_page_up(self) -> None:
        """One screen up."""
        self.move_to(self._row - self._page)

    def action_top(self) -> None:
        """The first row."""
        self.move_to(0)

    def action_bottom(self) -> None:
        """The last row."""
        self.move_to(len(self._items) - 1)

    def on_click(self, event: events.Click) -> None:
        """Moves the cursor; on its own row opens it; on a heading sorts by it."""
        if event.y < _HEADING:
            if column := self._widths.column_at(event.x - _GUTTER):
                self.post_message(self.HeadingClicked(column))
            return
        line = event.y - _HEADING + self.scroll_offset.y
        if self._groups.heading_at(line) is not None:
            return
        row = self._groups.row_at(line)
        if row == self._row and self._items:
            self.post_message(self.Opened())
        elif row < len(self._items):
            self.move_to(row)

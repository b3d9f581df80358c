"""Lines of which some lead somewhere: the cursor moves among those."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from specter_tui.ui.commands import Scope
from specter_tui.ui.keymap import MOVES, bindings
from specter_tui.ui.present.base import EMPTY, Glyphs, Line, Piece, Role, fit
from specter_tui.ui.present.home import Entry
from specter_tui.ui.present.resource import Reference
from specter_tui.ui.widgets.paint import Painted, PlainScrollBar, cursor_style, palette_of, strip_of


class LinkList(Painted, ScrollView, can_focus=True):
    """Shows entries; the cursor stays on where its entry leads while the entries change."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.HOME, only=MOVES)

    class Opened(Message):
        """An entry was clicked while the cursor was on it."""

    def __init__(self, glyphs: Glyphs, *, moved: Callable[[], None], id: str) -> None:  # noqa: A002  Textual's own word
        super().__init__(id=id)
        self._moved = moved  # called when a key or the mouse has moved the cursor
        self._glyphs = glyphs
        self._entries: tuple[Entry, ...] = ()
        self._row = 0

    @property
    def target(self) -> Reference | None:
        """Where the entry at the cursor leads."""
        return self._entries[self._row].target if self._row < len(self._entries) else None

    def show(self, entries: Sequence[Entry]) -> None:
        """Takes new entries; the cursor stays on its target, else goes to the first that leads somewhere."""
        old, self._entries = self._entries, tuple(entries)
        before = old[self._row].target if self._row < len(old) else None
        rows = self._rows()
        same = [row for row in rows if before is not None and self._entries[row].target == before]
        near = [row for row in rows if row >= self._row]
        named = [row for row in rows if (target := self._entries[row].target) is not None and target.key]
        self._row = self._row if self._row in same else next(iter(same or (near if old else named) or rows), 0)
        self.virtual_size = Size(self.size.width, len(self._entries))
        for y in range(self.size.height):
            if _at(old, y + self.scroll_offset.y) != _at(self._entries, y + self.scroll_offset.y):
                self.refresh(Region(0, y, self.size.width, 1))
        if self.target != before:
            self.refresh()

    def _rows(self) -> list[int]:
        return [row for row, entry in enumerate(self._entries) if entry.target is not None]

    def on_mount(self) -> None:
        """Takes the scroll bar that every terminal can show."""
        self.vertical_scrollbar.renderer = PlainScrollBar  # type: ignore[misc]  # Textual's own way, per instance

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        row = y + self.scroll_offset.y
        line = _at(self._entries, row)
        base = self.base
        if row == self._row and self.target is not None:
            base += cursor_style(self.app.theme, focused=self.has_focus)
            line = (Piece(self._glyphs.cursor, Role.FOCUS), *_behind_mark(line))
        line = fit(line, self.size.width, self._glyphs.ellipsis)
        return strip_of(line, self.size.width, palette_of(self.app), base)

    # Moving

    def move_to(self, row: int) -> None:
        """Puts the cursor on a line that leads somewhere."""
        if row == self._row:
            return
        old, self._row = self._row, row
        top = self.scroll_offset.y
        rows = self._rows()
        wanted = 0 if rows and row == rows[0] else min(max(top, row - self.size.height + 1), row)
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, immediate=True)
        for one in (old, row):
            self.refresh(Region(0, one - self.scroll_offset.y, self.size.width, 1))
        self._moved()

    def _step(self, steps: int) -> None:
        rows = self._rows()
        if rows:
            here = rows.index(self._row) if self._row in rows else 0
            self.move_to(rows[max(0, min(here + steps, len(rows) - 1))])

    def action_down(self) -> None:
        """The next entry."""
        self._step(1)

    def action_up(self) -> None:
        """The one before."""
        self._step(-1)

    def action_page_down(self) -> None:
        """One screen down."""
        self._step(max(1, self.size.height // 2))

    def action_page_up(self) -> None:
        """One screen up."""
        self._step(-max(1, self.size.height // 2))

    def action_top(self) -> None:
        """The first entry."""
        self._step(-len(self._entries))

    def action_bottom(self) -> None:
        """The last entry."""
        self._step(len(self._entries))

    def on_click(self, event: events.Click) -> None:
        """Moves the cursor; on its own entry opens it."""
        row = event.y + self.scroll_offset.y
        if row == self._row:
            self.post_message(self.Opened())
        elif row in self._rows():
            self.move_to(row)


def _at(entries: Sequence[Entry], row: int) -> Line:
    return entries[row].line if row < len(entries) else EMPTY


def _behind_mark(line: Line) -> Line:
    """The line without its first cell, a blank, where the cursor's mark stands."""
    first, *rest = line
    return (Piece(first.text[1:], first.role), *rest)

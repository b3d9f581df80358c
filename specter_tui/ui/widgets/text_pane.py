"""A scrolling pane of wrapped lines; only what changed is drawn again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from specter_tui.ui.commands import Scope
from specter_tui.ui.keymap import MOVES, bindings
from specter_tui.ui.present.base import EMPTY, Line
from specter_tui.ui.present.wrap import wrapped
from specter_tui.ui.widgets.paint import Painted, PlainScrollBar, palette_of, strip_of


class TextPane(Painted, ScrollView, can_focus=True):
    """Shows lines; keeps its place while they change, and goes to the top for another subject."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PAGE, only=MOVES)

    def __init__(self, *, id: str) -> None:  # noqa: A002  Textual's own word
        super().__init__(id=id)
        self._lines: tuple[Line, ...] = ()
        self._rows: tuple[Line, ...] = ()
        self._subject = ""

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown now, before wrapping."""
        return self._lines

    def show(self, subject: str, lines: Iterable[Line]) -> None:
        """Shows the lines of a subject."""
        new = tuple(lines)
        if new != self._lines:
            self._lines = new
            self._wrap()
        if subject != self._subject:
            self._subject = subject
            self.scroll_to(y=0, animate=False, immediate=True)

    def on_mount(self) -> None:
        """Takes the scroll bar that every terminal can show."""
        self.vertical_scrollbar.renderer = PlainScrollBar  # type: ignore[misc]  # Textual's own way, per instance

    def on_resize(self) -> None:
        """Another width wraps differently."""
        self._wrap()

    def _wrap(self) -> None:
        width = self.scrollable_content_region.width
        if not width:
            return
        old, self._rows = self._rows, tuple(row for line in self._lines for row in wrapped(line, width))
        # Never less than there is room for: another height would lay out the whole screen anew.
        self.virtual_size = Size(width, max(len(self._rows), self.size.height))
        top = self.scroll_offset.y
        for y in range(self.size.height):
            if _at(old, top + y) != _at(self._rows, top + y):
                self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        row = _at(self._rows, y + self.scroll_offset.y)
        return strip_of(row, self.size.width, palette_of(self.app), self.base)

    def _scroll_by(self, lines: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, immediate=True)

    def action_down(self) -> None:
        """One line down."""
        self._scroll_by(1)

    def action_up(self) -> None:
        """One line up."""
        self._scroll_by(-1)

    def action_page_down(self) -> None:
        """One screen down."""
        self._scroll_by(self.size.height)

    def action_page_up(self) -> None:
        """One screen up."""
        self._scroll_by(-self.size.height)

    def action_top(self) -> None:
        """The first line."""
        self.scroll_to(y=0, animate=False, immediate=True)

    def action_bottom(self) -> None:
        """The last line."""
        self.scroll_to(y=len(self._rows), animate=False, immediate=True)


def _at(rows: tuple[Line, ...], place: int) -> Line:
    return rows[place] if place < len(rows) else EMPTY

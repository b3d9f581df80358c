"""A scrolling pane of wrapping lines that is drawn again only when its lines change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from specter_tui.ui.keymap import MOVES, Scope, bindings
from specter_tui.ui.present.base import Line
from specter_tui.ui.widgets.paint import content_of


class TextPane(VerticalScroll):
    """Shows lines; keeps its place while they change, and goes to the top for another subject."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PAGE, only=MOVES)

    def __init__(self, *, id: str) -> None:  # noqa: A002  Textual's own word
        super().__init__(id=id)
        self._text = Static("", markup=False)
        self._lines: tuple[Line, ...] = ()
        self._subject = ""

    def compose(self) -> ComposeResult:
        """The one text."""
        yield self._text

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown now."""
        return self._lines

    def show(self, subject: str, lines: Iterable[Line]) -> None:
        """Shows the lines of a subject."""
        new = tuple(lines)
        if new != self._lines:
            self._lines = new
            self._text.update(content_of(new))
        if subject != self._subject:
            self._subject = subject
            self.scroll_home(animate=False)

    def action_down(self) -> None:
        """One line down."""
        self.scroll_relative(y=1, animate=False)

    def action_up(self) -> None:
        """One line up."""
        self.scroll_relative(y=-1, animate=False)

    def action_page_down(self) -> None:
        """One screen down."""
        self.scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        """One screen up."""
        self.scroll_page_up(animate=False)

    def action_top(self) -> None:
        """The first line."""
        self.scroll_home(animate=False)

    def action_bottom(self) -> None:
        """The last line."""
        self.scroll_end(animate=False)

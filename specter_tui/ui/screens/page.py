"""A page over the views: a scrolling text and the key bar; esc leaves it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from specter_tui.ui.acting.acted_on import ActedOn
from specter_tui.ui.commands import Scope
from specter_tui.ui.keymap import bindings
from specter_tui.ui.navigate import navigator
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Line, plain
from specter_tui.ui.screens.steady import SteadyScreen
from specter_tui.ui.widgets.key_bar import KeyBar
from specter_tui.ui.widgets.text_pane import TextPane


class Page(ActedOn, SteadyScreen[None]):
    """The base of the pages: a subclass says what is shown."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PAGE, only={"back", "copy"})

    def __init__(self, subject: str, options: UiOptions) -> None:
        super().__init__()
        self.subject = subject
        self.options = options
        self.pane = TextPane(id="page-text")

    def compose(self) -> ComposeResult:
        """The text and the key bar."""
        yield self.pane
        yield KeyBar(self.options.keymap, Scope.PAGE)

    def on_mount(self) -> None:
        """Shows the text and takes the keyboard."""
        self.show()
        self.set_focus(self.pane)

    def show(self) -> None:
        """Asks for the lines again."""
        self.pane.show(self.subject, self.lines())

    def lines(self) -> tuple[Line, ...]:
        """What the page shows."""
        raise NotImplementedError

    def action_copy(self) -> None:
        """The whole text of the page."""
        text = "\n".join(plain(line).rstrip() for line in self.lines())
        navigator(self).copy(text, "this page")

    def action_back(self) -> None:
        """Leaves the page."""
        self.dismiss(None)

"""The page that shows what can be done with a thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from specter_tui.ui.commands import Scope
from specter_tui.ui.keymap import bindings
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.resource import Column, text_column
from specter_tui.ui.screens.steady import SteadyScreen
from specter_tui.ui.widgets.key_bar import KeyBar
from specter_tui.ui.widgets.snapshot_table import SnapshotTable

Choice = tuple[str, str, Callable[[], None]]  # what it does, with what, and how it begins

_COLUMNS: Final[tuple[Column[Choice], ...]] = (
    text_column("verb", "ACTION", lambda one: one[0], 24, 12),
    text_column("target", "WITH", lambda one: one[1], 100, 16),
)


class ActionMenu(SteadyScreen[None]):
    """A table of choices; enter begins the one at the cursor, which asks before it does anything."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.TABLE, only={"open", "back"})

    def __init__(self, choices: Sequence[Choice], options: UiOptions) -> None:
        super().__init__()
        self._choices = choices
        self._options = options
        self.table: SnapshotTable[Choice] = SnapshotTable(
            _COLUMNS, lambda one: f"{one[0]} {one[1]}", options.glyphs, id="action-table"
        )

    def compose(self) -> ComposeResult:
        """The table and the key bar."""
        yield self.table
        yield KeyBar(self._options.keymap, Scope.PAGE)

    def on_mount(self) -> None:
        """Shows the choices in their own order and takes the keyboard."""
        self.table.show(self._choices, sorted_by=("", False))
        self.set_focus(self.table)

    @on(SnapshotTable.Opened)
    def action_open(self) -> None:
        """Begins it, in the place of this page."""
        if (one := self.table.cursor) is not None:
            self.dismiss(None)
            one[2]()

    def action_back(self) -> None:
        """Does nothing."""
        self.dismiss(None)

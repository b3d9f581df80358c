"""What the pages have in common that ask for several rows of a table: space marks one, enter goes on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from specter_tui.ui.commands import Scope
from specter_tui.ui.keymap import bindings
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Line
from specter_tui.ui.present.resource import Column
from specter_tui.ui.screens.steady import SteadyScreen
from specter_tui.ui.widgets.key_bar import KeyBar
from specter_tui.ui.widgets.line_bar import LineBar
from specter_tui.ui.widgets.snapshot_table import SnapshotTable

T = TypeVar("T")


class MarkingScreen(SteadyScreen[tuple[str, ...] | None], Generic[T]):
    """A table of things with keys; gives the keys that `chosen` names, None when it is left.

    At most `most` rows can be marked; 0 is no limit.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Scope.TABLE, only={"open", "back"}),
        *bindings(Scope.LOGS, only={"mark-row"}),
    ]

    def __init__(self, key: Callable[[T], str], options: UiOptions, *, name: str, most: int = 0) -> None:
        super().__init__()
        self.marked: frozenset[str] = frozenset()
        self._key = key
        self._options = options
        self._most = most
        self._title = LineBar(self.title_lines, id=f"{name}-title")
        self.table: SnapshotTable[T] = SnapshotTable(self.columns(), key, options.glyphs, id=f"{name}-table")

    @abstractmethod
    def columns(self) -> Sequence[Column[T]]:
        """The columns, the mark among them."""

    @abstractmethod
    def title_lines(self, width: int) -> tuple[Line, ...]:
        """What is asked."""

    @abstractmethod
    def rows(self) -> Sequence[T]:
        """The things to choose from, in their order."""

    def chosen(self) -> tuple[str, ...] | None:
        """The keys that enter gives: those of the marked rows."""
        return tuple(self._key(one) for one in self.rows() if self._key(one) in self.marked)

    def compose(self) -> ComposeResult:
        """What is asked, the table and the key bar."""
        self._title.add_class("title")
        yield self._title
        yield self.table
        yield KeyBar(self._options.keymap, Scope.LOGS)

    def on_mount(self) -> None:
        """Shows the rows and takes the keyboard."""
        self.show()
        self.set_focus(self.table)

    def show(self) -> None:
        """Shows the rows as they are now."""
        self.table.show(self.rows(), sorted_by=("", False))
        self._title.show()

    def action_mark_row(self) -> None:
        """Marks the row at the cursor, or takes the mark away."""
        if self.table.cursor is None:
            return
        key = self._key(self.table.cursor)
        if key in self.marked or not self._most or len(self.marked) < self._most:
            self.marked ^= {key}
            self.table.action_down()
            self.table.refresh()
            self._title.show()

    @on(SnapshotTable.Opened)
    def action_open(self) -> None:
        """Goes on with what is chosen."""
        self.dismiss(self.chosen())

    def action_back(self) -> None:
        """Leaves everything as it is."""
        self.dismiss(None)

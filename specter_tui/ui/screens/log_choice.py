"""The page that asks whose logs are shown: space marks several, enter takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from specter_tui.core.model import Container
from specter_tui.core.snapshot import Snapshot
from specter_tui.ui.commands import Scope
from specter_tui.ui.keymap import bindings
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role
from specter_tui.ui.present.resource import Column, text_column
from specter_tui.ui.present.states import container_words
from specter_tui.ui.widgets.key_bar import KeyBar
from specter_tui.ui.widgets.line_bar import LineBar
from specter_tui.ui.widgets.snapshot_table import SnapshotTable

MOST: Final = 20  # as many as the source follows at once


class LogChoice(Screen[tuple[str, ...] | None]):
    """A table of containers, the running ones first; gives the ids of those that were chosen, None for none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Scope.TABLE, only={"open", "back"}),
        *bindings(Scope.LOGS, only={"mark-row"}),
    ]

    def __init__(self, snapshot: Snapshot | None, chosen: frozenset[str], options: UiOptions) -> None:
        super().__init__()
        self._containers = _in_order(snapshot)
        self._chosen = chosen
        self._options = options
        self._title = LineBar(self._title_lines, id="choice-title")
        self.table: SnapshotTable[Container] = SnapshotTable(
            self._columns(), lambda one: one.id, options.glyphs, id="choice-table"
        )

    def _columns(self) -> tuple[Column[Container], ...]:
        return (
            Column("chosen", "", self._mark, lambda one: (one.name,), 1, 1, gap=1),
            Column(
                "state", "", lambda one, glyphs: container_words(one, glyphs)[:1], lambda one: (one.name,), 1, 1, gap=1
            ),
            text_column("name", "LOGS OF", lambda one: one.name, 60, 16),
            text_column("status", "DOCKER SAYS", lambda one: one.status, 40, 12, role=Role.MUTED),
            text_column("image", "IMAGE", lambda one: one.image, 40, 12, drop=1, role=Role.MUTED),
        )

    def _mark(self, container: Container, glyphs: Glyphs) -> Line:
        return (Piece(glyphs.then if container.id in self._chosen else " ", Role.FOCUS),)

    def _title_lines(self, _width: int) -> tuple[Line, ...]:
        if not self._containers:
            return ((Piece(" no container is known: is Docker read?", Role.WARN),),)
        number = sum(1 for one in self._containers if one.id in self._chosen)  # some may be gone by now
        words = f"{number} marked" if number else "space marks several, enter shows them"
        return ((Piece(" Whose logs?", Role.STRONG), Piece(f"  {words}", Role.MUTED)),)

    def compose(self) -> ComposeResult:
        """What is asked, the table and the key bar."""
        self._title.add_class("title")
        yield self._title
        yield self.table
        yield KeyBar(self._options.keymap, Scope.LOGS)

    def on_mount(self) -> None:
        """Shows the containers and takes the keyboard."""
        self._show()
        self.set_focus(self.table)
        self.watch(self.app, "snapshot", self._take, init=False)

    def _take(self, snapshot: Snapshot | None) -> None:
        self._containers = _in_order(snapshot)
        self._show()

    def _show(self) -> None:
        self.table.show(self._containers, sorted_by=("", False))
        self._title.show()

    def action_mark_row(self) -> None:
        """Marks the container at the cursor, or takes the mark away."""
        one = self.table.cursor
        if one is not None and (one.id in self._chosen or len(self._chosen) < MOST):
            self._chosen ^= {one.id}
            self.table.action_down()
            self.table.refresh()
            self._title.show()

    @on(SnapshotTable.Opened)
    def action_open(self) -> None:
        """Takes all marked, else the one at the cursor."""
        one = self.table.cursor
        ids = tuple(each.id for each in self._containers if each.id in self._chosen)
        self.dismiss(ids or (None if one is None else (one.id,)))

    def action_back(self) -> None:
        """Leaves what is shown as it is."""
        self.dismiss(None)


def _in_order(snapshot: Snapshot | None) -> Sequence[Container]:
    """The running ones first."""
    return sorted(snapshot.containers if snapshot else (), key=lambda one: (one.state != "running", one.name))

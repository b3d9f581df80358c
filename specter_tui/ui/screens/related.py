"""The page that asks which of several related things is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from specter_tui.ui.commands import Scope
from specter_tui.ui.keymap import bindings
from specter_tui.ui.navigate import navigator
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Piece, Role
from specter_tui.ui.present.resource import Column, Reference, text_column
from specter_tui.ui.screens.steady import SteadyScreen
from specter_tui.ui.widgets.key_bar import KeyBar
from specter_tui.ui.widgets.snapshot_table import SnapshotTable

_KINDS: Final = {
    "routes": "route",
    "hosts": "host",
    "middlewares": "middleware",
    "services": "service",
    "containers": "container",
    "certificates": "certificate",
    "doctor": "finding",
}
_COLUMNS: Final[tuple[Column[Reference], ...]] = (
    Column(
        "kind",
        "RELATED",
        lambda one, _glyphs: (Piece(_KINDS.get(one.kind, one.kind), Role.MUTED),),
        lambda one: (one.kind,),
        12,
        12,
    ),
    text_column("name", "NAME", lambda one: one.name, 80, 16),
    text_column("how", "HOW", lambda one: one.words, 24, 12, drop=1, role=Role.MUTED),
)


class RelatedPage(SteadyScreen[None]):
    """A table of references; enter goes to the one at the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.TABLE, only={"open", "back"})

    def __init__(self, references: Sequence[Reference], options: UiOptions) -> None:
        super().__init__()
        self._references = references
        self._options = options
        self.table: SnapshotTable[Reference] = SnapshotTable(
            _COLUMNS, lambda one: f"{one.kind} {one.key}", options.glyphs, id="related-table"
        )

    def compose(self) -> ComposeResult:
        """The table and the key bar."""
        yield self.table
        yield KeyBar(self._options.keymap, Scope.PAGE)

    def on_mount(self) -> None:
        """Shows the references in their own order and takes the keyboard."""
        self.table.show(self._references, sorted_by=("", False))
        self.set_focus(self.table)

    @on(SnapshotTable.Opened)
    async def action_open(self) -> None:
        """Goes there."""
        if (one := self.table.cursor) is not None:
            await navigator(self).visit(one.kind, one.key)

    def action_back(self) -> None:
        """Stays where the person was."""
        self.dismiss(None)

"""The page that asks which records without our marker may be taken over: space marks one, enter goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

from textual import on
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from specter_tui.core.actions.model import Wish
from specter_tui.core.dns.names import canonical
from specter_tui.core.dns.plan import RecordChange
from specter_tui.core.snapshot import Snapshot
from specter_tui.ui.commands import Scope
from specter_tui.ui.keymap import bindings
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role
from specter_tui.ui.present.dns import mending_of, record_text
from specter_tui.ui.present.resource import Column, text_column
from specter_tui.ui.widgets.key_bar import KeyBar
from specter_tui.ui.widgets.line_bar import LineBar
from specter_tui.ui.widgets.snapshot_table import SnapshotTable

_DNS: Final = "dns"


class AdoptChoice(Screen[tuple[str, ...] | None]):
    """A table of records; gives the hosts of those that were marked, none of them at first, None when it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Scope.TABLE, only={"open", "back"}),
        *bindings(Scope.LOGS, only={"mark-row"}),
    ]

    def __init__(self, changes: Sequence[RecordChange], options: UiOptions) -> None:
        super().__init__()
        self._changes = changes
        self._chosen: frozenset[str] = frozenset()
        self._options = options
        self._title = LineBar(self._title_lines, id="adopt-title")
        self.table: SnapshotTable[RecordChange] = SnapshotTable(
            self._columns(), lambda one: one.host, options.glyphs, id="adopt-table"
        )

    def _columns(self) -> tuple[Column[RecordChange], ...]:
        return (
            Column("chosen", "", self._mark, lambda one: (one.host,), 3, 3, gap=1),
            text_column("host", "HOST", lambda one: one.host, 60, 16),
            text_column("before", "ITS RECORD", lambda one: record_text(one.before) if one.before else "", 44, 12),
            text_column("after", "BECOMES", lambda one: record_text(one.after), 44, 12),
            text_column(
                "comment",
                "COMMENT",
                lambda one: one.before.comment if one.before else "",
                60,
                10,
                drop=1,
                role=Role.MUTED,
            ),
        )

    def _mark(self, change: RecordChange, _glyphs: Glyphs) -> Line:
        return (Piece("[x]", Role.FOCUS),) if change.host in self._chosen else (Piece("[ ]", Role.MUTED),)

    def _title_lines(self, _width: int) -> tuple[Line, ...]:
        marked = f"{len(self._chosen)} marked" if self._chosen else "none marked: they are left alone"
        return (
            (Piece(" Which of these may be taken over?", Role.STRONG), Piece(f"  {marked}", Role.MUTED)),
            (Piece(" None is marked as ours: somebody else may have made them. ", Role.WARN),),
            (Piece(" space marks the one at the cursor, enter goes on to the plan", Role.MUTED),),
        )

    def compose(self) -> ComposeResult:
        """What is asked, the table and the key bar."""
        self._title.add_class("title")
        yield self._title
        yield self.table
        yield KeyBar(self._options.keymap, Scope.LOGS)

    def on_mount(self) -> None:
        """Shows the records and takes the keyboard."""
        self.table.show(self._changes, sorted_by=("", False))
        self._title.show()
        self.set_focus(self.table)

    def action_mark_row(self) -> None:
        """Marks the record at the cursor, or takes the mark away."""
        if (one := self.table.cursor) is not None:
            self._chosen ^= {one.host}
            self.table.action_down()
            self.table.refresh()
            self._title.show()

    @on(SnapshotTable.Opened)
    def action_open(self) -> None:
        """Goes on with what is marked, and with nothing else."""
        self.dismiss(tuple(one.host for one in self._changes if one.host in self._chosen))

    def action_back(self) -> None:
        """Changes nothing."""
        self.dismiss(None)


async def with_adopted(app: App[Any], wish: Wish, snapshot: Snapshot, options: UiOptions) -> Wish | None:
    """The wish with the hosts whose unmarked records the person takes over; None when they leave instead.

    Asks only where a wish for DNS meets such records; called from a worker.
    """
    if wish.action != _DNS:
        return wish
    changes = mending_of(snapshot).changes.values()
    unmarked = [one for one in changes if one.adopted and (not wish.target or one.host == canonical(wish.target))]
    if not unmarked:
        return wish
    chosen = await app.push_screen_wait(AdoptChoice(unmarked, options))
    return None if chosen is None else replace(wish, adopted=chosen)

"""The journal: every change with its outcome, the latest first; z takes one back, x ends an interrupted one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from specter_tui.core.actions.model import Entry, Result, Standing
from specter_tui.ui.acting.acted_on import ActedOn
from specter_tui.ui.commands import Scope
from specter_tui.ui.keymap import bindings
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Line, Piece, Role
from specter_tui.ui.present.plan import entry_lines, result_line
from specter_tui.ui.present.resource import Column, text_column
from specter_tui.ui.screens.page import Page
from specter_tui.ui.screens.steady import SteadyScreen
from specter_tui.ui.widgets.key_bar import KeyBar
from specter_tui.ui.widgets.line_bar import LineBar
from specter_tui.ui.widgets.snapshot_table import SnapshotTable

_COLUMNS: Final[tuple[Column[Entry], ...]] = (
    text_column("when", "WHEN (UTC)", lambda one: one.started_at[:16].replace("T", " "), 16, 16),
    text_column("what", "WHAT", lambda one: f"{one.plan.action} {one.plan.target}", 60, 20),
    Column("result", "RESULT", result_line, lambda one: (one.result,), 34, 14),
    text_column("who", "WHO", lambda one: one.who, 24, 8, drop=1, role=Role.MUTED),
)


class EntryPage(Page):
    """One entry, whole."""

    def __init__(self, entry: Entry, options: UiOptions) -> None:
        super().__init__(entry.id, options)
        self._entry = entry

    @property
    def undoable(self) -> str:
        """Its journal id, where it can be taken back."""
        return undoable(self._entry)

    @property
    def interrupted(self) -> Entry | None:
        """The entry, when nobody works on it and it has not ended."""
        return self._entry if self._entry.standing is Standing.INTERRUPTED else None

    def lines(self) -> tuple[Line, ...]:
        """The entry."""
        return tuple(entry_lines(self._entry, self.options.glyphs))


class JournalPage(ActedOn, SteadyScreen[None]):
    """A table of entries."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.TABLE, only={"open", "back"})

    def __init__(self, entries: Sequence[Entry], options: UiOptions) -> None:
        super().__init__()
        self._entries = entries
        self._options = options
        self._title = LineBar(self._title_lines, id="journal-title")
        self.table: SnapshotTable[Entry] = SnapshotTable(
            _COLUMNS, lambda one: one.id, options.glyphs, id="journal-table"
        )

    def compose(self) -> ComposeResult:
        """The title, the table and the key bar."""
        yield self._title
        yield self.table
        yield KeyBar(self._options.keymap, Scope.PAGE)

    def on_mount(self) -> None:
        """Shows the entries and takes the keyboard."""
        self.table.show(self._entries, sorted_by=("", False))
        self.set_focus(self.table)
        self._title.show()

    def _title_lines(self, _width: int) -> tuple[Line, ...]:
        words = "" if self._entries else "  nothing was changed yet"
        return ((Piece(" Journal", Role.STRONG), Piece(words, Role.MUTED)),)

    @property
    def undoable(self) -> str:
        """The journal id at the cursor, where it can be taken back."""
        return undoable(self.table.cursor) if self.table.cursor is not None else ""

    @property
    def interrupted(self) -> Entry | None:
        """The entry at the cursor, when nobody works on it and it has not ended."""
        one = self.table.cursor
        return one if one is not None and one.standing is Standing.INTERRUPTED else None

    @on(SnapshotTable.Opened)
    def action_open(self) -> None:
        """The entry as a page."""
        if (one := self.table.cursor) is not None:
            self.app.push_screen(EntryPage(one, self._options))

    def action_back(self) -> None:
        """Leaves the journal."""
        self.dismiss(None)


def undoable(entry: Entry) -> str:
    """Its journal id, empty when it is not done, or was taken back already, or can't be."""
    ended = entry.standing is Standing.ENDED and entry.result is Result.DONE and not entry.undone_by
    return entry.id if ended and entry.plan.undo else ""

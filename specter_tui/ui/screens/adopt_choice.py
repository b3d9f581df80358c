"""The page that asks which records without our marker may be taken over: space marks one, enter goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from textual.app import App

from specter_tui.core.actions.model import Wish
from specter_tui.core.dns.names import canonical
from specter_tui.core.dns.plan import RecordChange
from specter_tui.core.snapshot import Snapshot
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role
from specter_tui.ui.present.dns import mending_of, record_text
from specter_tui.ui.present.resource import Column, text_column
from specter_tui.ui.screens.marking import MarkingScreen

_DNS: Final = "dns"


class AdoptChoice(MarkingScreen[RecordChange]):
    """A table of records; gives the hosts of those that were marked, none of them at first, None when it is left."""

    def __init__(self, changes: Sequence[RecordChange], options: UiOptions) -> None:
        self._changes = changes
        super().__init__(lambda one: one.host, options, name="adopt")

    def columns(self) -> Sequence[Column[RecordChange]]:
        """The mark, and what becomes of the record."""
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
        return (Piece("[x]", Role.FOCUS),) if change.host in self.marked else (Piece("[ ]", Role.MUTED),)

    def rows(self) -> Sequence[RecordChange]:
        """The changes, in the plan's order."""
        return self._changes

    def title_lines(self, width: int) -> tuple[Line, ...]:  # noqa: ARG002  these fit everywhere
        """What is asked, and why."""
        marked = f"{len(self.marked)} marked" if self.marked else "none marked: they are left alone"
        return (
            (Piece(" Which of these may be taken over?", Role.STRONG), Piece(f"  {marked}", Role.MUTED)),
            (Piece(" None is marked as ours: somebody else may have made them. ", Role.WARN),),
            (Piece(" space marks the one at the cursor, enter goes on to the plan", Role.MUTED),),
        )


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

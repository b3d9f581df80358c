"""What the command line and the dashboard do with actions; changing anything is left to a process of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

import msgspec

from specter_tui.actions.base import Action
from specter_tui.core.actions import Entry, Outcome, Plan, Result, Standing, Wish
from specter_tui.core.actions.ports import Journal, Launcher, Progress
from specter_tui.core.errors import NotFoundError, RefusedError
from specter_tui.core.snapshot import Snapshot
from specter_tui.core.text import visible

READ_ONLY = RefusedError("nothing was changed: this is read-only", "leave --read-only and read_only = true out")


class ActionDesk:
    """`core.actions.ports.Desk`."""

    def __init__(self, actions: Mapping[str, Action], journal: Journal, launcher: Launcher, *, read_only: bool) -> None:
        self._actions = actions
        self._journal = journal
        self._launcher = launcher
        self._read_only = read_only

    async def plan(self, wish: Wish, snapshot: Snapshot) -> Plan:
        """What would be done; changes nothing."""
        return await self._action(wish.action).plan(wish, snapshot)

    def carry_out(self, plan: Plan) -> AsyncGenerator[Progress, None]:
        """Does it in a process of its own; where nothing changes it is done, and no entry is made to be undone."""
        return self._launch(("run",), msgspec.json.encode(plan).decode()) if plan.changes else _nothing_to_do()

    async def plan_undo(self, journal_id: str, snapshot: Snapshot) -> Plan:
        """What taking an ended action back would do; empty id: the last one that was done and not undone."""
        entry = self.to_undo(journal_id)
        if entry.standing is not Standing.ENDED:
            raise RefusedError(f"{entry.id} has not ended", f"finish it, or: specter-tui undo {entry.id}")
        if entry.result not in {Result.DONE, Result.ROLLBACK_FAILED}:
            raise RefusedError(f"{entry.id} changed nothing", "there is nothing to undo")
        if entry.undone_by:
            raise RefusedError(f"{entry.id} is undone already, by {entry.undone_by}")
        receipt = self._journal.backup(entry.id)
        return await self._action(receipt.plan.action).reverse(receipt.plan, entry.id, snapshot)

    def finish(self, journal_id: str) -> AsyncGenerator[Progress, None]:
        """Goes on with an interrupted action."""
        return self._launch(("finish", journal_id), "")

    def take_back(self, journal_id: str) -> AsyncGenerator[Progress, None]:
        """Rolls an interrupted action back."""
        return self._launch(("undo", journal_id), "")

    def history(self) -> tuple[Entry, ...]:
        """All, the latest first."""
        return self._journal.entries()

    def entry(self, journal_id: str) -> Entry:
        """One of them. Raises NotFoundError."""
        found = next((one for one in self.history() if one.id == journal_id), None)
        if found is None:
            raise NotFoundError(f"the journal has no {visible(journal_id, 80)}", "see specter-tui history")
        return found

    def to_undo(self, journal_id: str) -> Entry:
        """The entry of that id, without one the last that can be undone. Raises NotFoundError and RefusedError."""
        return self.entry(journal_id) if journal_id else self._last()

    def _last(self) -> Entry:
        """The last that can be undone: an undo is none, or a second one would do everything again."""
        for one in self.history():
            if one.result is Result.DONE and not one.undone_by and not one.plan.undoes and one.plan.undo:
                return one
        raise RefusedError("there is nothing to undo", "see specter-tui history")

    async def _launch(self, order: Sequence[str], document: str) -> AsyncGenerator[Progress, None]:
        if self._read_only:
            yield Outcome(Result.REFUSED, READ_ONLY.sentence())
            return
        async with aclosing(self._launcher.launch(order, document)) as progress:
            async for one in progress:
                yield one

    def _action(self, name: str) -> Action:
        found = self._actions.get(name)
        if found is None:
            raise RefusedError(f"there is no action {visible(name, 80)}")
        return found


async def _nothing_to_do() -> AsyncGenerator[Progress, None]:
    yield Outcome(Result.DONE)

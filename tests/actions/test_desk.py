"""What both faces get from the desk, over a launcher that only notes what it is told to start."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from specter_tui.actions.desk import ActionDesk
from specter_tui.core.actions import Change, Outcome, Plan, Result
from specter_tui.core.actions.ports import Progress
from specter_tui.effects.journal import FileJournal


class Launcher:
    def __init__(self) -> None:
        self.orders: list[tuple[str, ...]] = []

    async def launch(self, order: Sequence[str], document: str) -> AsyncGenerator[Progress, None]:
        self.orders.append(tuple(order))
        yield Outcome(Result.DONE, journal_id="n1")


async def _outcome(desk: ActionDesk, *changes: Change) -> Progress:
    (outcome,) = [one async for one in desk.carry_out(Plan("dns", "", "f", changes=changes))]
    return outcome


async def test_a_plan_that_changes_nothing_starts_nothing_and_leaves_no_entry(tmp_path: Path) -> None:
    launcher = Launcher()
    desk = ActionDesk({}, FileJournal(tmp_path / "state"), launcher, read_only=False)
    assert await _outcome(desk) == Outcome(Result.DONE)
    assert launcher.orders == []
    assert desk.history() == ()
    assert await _outcome(desk, Change("x", "a", "b")) == Outcome(Result.DONE, journal_id="n1")
    assert launcher.orders == [("run",)]


async def test_read_only_starts_nothing(tmp_path: Path) -> None:
    launcher = Launcher()
    desk = ActionDesk({}, FileJournal(tmp_path / "state"), launcher, read_only=True)
    told = await _outcome(desk, Change("x", "a", "b"))
    assert isinstance(told, Outcome)
    assert told.result is Result.REFUSED
    assert launcher.orders == []

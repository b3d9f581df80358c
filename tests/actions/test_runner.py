"""The runner over an action that fails where it is told to, with real files for journal and locks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from specter_tui.actions.runner import Actor, Runner
from specter_tui.core.actions import Plan, Result, Standing, Step, Wish
from specter_tui.core.actions.ports import Tell
from specter_tui.core.errors import FailedError, RefusedError
from specter_tui.core.snapshot import Snapshot
from specter_tui.effects.journal import FileJournal
from specter_tui.effects.locks import FileLocks
from specter_tui.wiring.actions import SystemClock

PLAN = Plan("paint", "wall", "white", locks=("wall",))


@dataclass
class Paint:
    """Paints a wall; `fails` are the calls that raise, `wall` what it looks like."""

    fails: dict[str, BaseException] = field(default_factory=dict)
    wall: str = "white"

    async def plan(self, wish: Wish, snapshot: Snapshot) -> Plan:
        return PLAN

    async def fingerprint(self, plan: Plan) -> str:
        return self.wall

    async def apply(self, plan: Plan, tell: Tell) -> None:
        self.wall = "red"
        tell("painted")
        self._maybe("apply")

    async def verify(self, plan: Plan, tell: Tell) -> tuple[str, ...]:
        self._maybe("verify")
        return (f"it is {self.wall}",)

    async def rollback(self, plan: Plan, tell: Tell) -> None:
        self._maybe("rollback")
        self.wall = "white"
        tell("painted over")

    async def reverse(self, plan: Plan, journal_id: str, snapshot: Snapshot) -> Plan:
        return replace(plan, undoes=journal_id)

    def _maybe(self, call: str) -> None:
        if call in self.fails:
            raise self.fails[call]


@dataclass
class Bench:
    """A runner with its parts."""

    folder: Path
    paint: Paint = field(default_factory=Paint)
    seen: list[Step] = field(default_factory=list)
    read_only: bool = False

    @property
    def journal(self) -> FileJournal:
        return FileJournal(self.folder / "state")

    @property
    def wall_and_steps(self) -> tuple[str, list[str]]:
        return self.paint.wall, [one.text for one in self.seen]

    @property
    def runner(self) -> Runner:
        locks = FileLocks("ops", self.folder / "locks")
        actor = Actor("ops", "default", self.read_only)
        return Runner({"paint": self.paint}, self.journal, locks, SystemClock(), actor)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def test_what_goes_well_is_proved_and_written_down(bench: Bench) -> None:
    outcome = await bench.runner.run(PLAN, bench.seen.append)
    assert (outcome.result, outcome.proof, bench.wall_and_steps) == (Result.DONE, ("it is red",), ("red", ["painted"]))
    assert [(one.result, one.who) for one in bench.journal.entries()] == [(Result.DONE, "ops")]


@pytest.mark.parametrize("call", ["apply", "verify"])
@pytest.mark.parametrize("error", [FailedError("no paint", "buy some"), ValueError("s3cret")])
async def test_what_fails_is_rolled_back(bench: Bench, call: str, error: Exception) -> None:
    bench.paint.fails[call] = error
    outcome = await bench.runner.run(PLAN, bench.seen.append)
    assert (outcome.result, bench.paint.wall) == (Result.ROLLED_BACK, "white")
    assert outcome.reason in {"no paint; buy some", "a fault of this program (ValueError)"}
    assert [one.result for one in bench.journal.entries()] == [Result.ROLLED_BACK]


async def test_a_rollback_that_fails_is_a_state_of_its_own(bench: Bench) -> None:
    bench.paint.fails = {"verify": FailedError("it is blue"), "rollback": FailedError("no white paint")}
    outcome = await bench.runner.run(PLAN, bench.seen.append)
    assert outcome.result is Result.ROLLBACK_FAILED
    assert outcome.reason == "it is blue. It could not be taken back: no white paint"
    assert [one.result for one in bench.journal.entries()] == [Result.ROLLBACK_FAILED]


async def test_a_stale_plan_read_only_and_an_unknown_action_change_nothing(bench: Bench) -> None:
    told = [await bench.runner.run(replace(PLAN, fingerprint="blue"), bench.seen.append)]
    told.append(await bench.runner.run(replace(PLAN, action="burn"), bench.seen.append))
    bench.read_only = True
    told.append(await bench.runner.run(PLAN, bench.seen.append))
    told.append(await bench.runner.finish("20261123-140201-000001", bench.seen.append))
    assert {one.result for one in told} == {Result.REFUSED}
    assert "has changed meanwhile" in told[0].reason
    assert "read-only" in told[2].reason
    assert bench.wall_and_steps == ("white", [])
    assert bench.journal.entries() == ()


async def test_an_interrupted_one_blocks_its_target_until_it_is_ended(bench: Bench) -> None:
    bench.paint.fails["apply"] = asyncio.CancelledError()  # ends the process in the middle
    with pytest.raises(asyncio.CancelledError):
        await bench.runner.run(PLAN, bench.seen.append)
    bench.paint.fails.clear()
    (entry,) = bench.journal.entries()
    assert (entry.standing, [one.text for one in entry.steps]) == (Standing.INTERRUPTED, ["painted"])
    bench.paint.wall = "white"
    blocked = await bench.runner.run(PLAN, bench.seen.append)
    assert f"specter-tui finish {entry.id}" in blocked.reason
    other = await bench.runner.run(replace(PLAN, locks=("door",)), bench.seen.append)
    assert other.result is Result.DONE
    back = await bench.runner.take_back(entry.id, bench.seen.append)
    assert (back.result, bench.paint.wall) == (Result.ROLLED_BACK, "white")
    assert (await bench.runner.run(PLAN, bench.seen.append)).result is Result.DONE


async def test_a_disk_that_fills_up_after_the_first_effect_does_not_stop_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise RefusedError("the journal can't be written: No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(FileJournal, "note", full)
        patched.setattr(FileJournal, "end", full)
        outcome = await bench.runner.run(PLAN, bench.seen.append)
    assert outcome.result is Result.DONE
    assert "the journal could not be written" in outcome.reason
    assert any("not written down" in one.text for one in bench.seen)
    (entry,) = bench.journal.entries()
    assert entry.standing is Standing.INTERRUPTED
    assert (await bench.runner.finish(entry.id, bench.seen.append)).result is Result.DONE

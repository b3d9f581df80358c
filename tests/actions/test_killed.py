"""SIGKILL between any two steps of a restart: nothing has happened, or the next start finds it and ends it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from specter_tui.config import Options, load
from specter_tui.core.actions import Plan, Wish
from specter_tui.effects.journal import FileJournal
from specter_tui.wiring.actions import build_actions
from specter_tui.wiring.collector import build
from tests.actions.killed import PLACES
from tests.actions.world import World
from tests.real import WHOLE_MATRIX

pytestmark = pytest.mark.live
ROOT = Path(__file__).parents[2]


class Left(NamedTuple):
    """What a kill leaves: how the entry stands (empty: there is none) and whether the container has a new life."""

    standing: str
    restarted: bool


LEFT = {
    ("locks", "before"): Left("", restarted=False),
    ("locks", "after"): Left("", restarted=False),
    ("receipt", "before"): Left("", restarted=False),
    ("receipt", "after"): Left("interrupted", restarted=False),
    ("restart", "before"): Left("interrupted", restarted=False),
    ("restart", "after"): Left("interrupted", restarted=True),
    ("step", "before"): Left("interrupted", restarted=True),
    ("step", "after"): Left("interrupted", restarted=True),
    ("traefik", "before"): Left("interrupted", restarted=True),
    ("traefik", "after"): Left("interrupted", restarted=True),
    ("line", "before"): Left("interrupted", restarted=True),
    ("line", "after"): Left("ended", restarted=True),
    ("backup", "before"): Left("ended", restarted=True),
    ("backup", "after"): Left("ended", restarted=True),
    ("end", "before"): Left("interrupted", restarted=True),
    ("end", "after"): Left("ended", restarted=True),
}


def test_every_point_is_tried() -> None:
    assert set(LEFT) == {(point, side) for point in PLACES for side in ("before", "after")}


async def _plan(world: World) -> Plan:
    config = load(Options(str(world.config)), {})
    collector = build(config)
    try:
        snapshot = await collector.collect_once(probe=False)
    finally:
        await collector.close()
    return await build_actions(config)["restart"].plan(Wish("restart", "wiki"), snapshot)


async def _kill(world: World, point: str, side: str) -> None:
    plan = msgspec.json.encode(await _plan(world))
    command = [sys.executable, "-m", "tests.actions.killed", point, side, "--config", str(world.config), "run"]
    done = await asyncio.to_thread(
        subprocess.run, command, input=plan, env=world.environment, cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == -9, done.stderr


ALL = [(*point, way) for point in sorted(LEFT) for way in ("finish", "undo") if LEFT[point].standing or way == "undo"]
FEW = [one for one in ALL if one[:2] in {("receipt", "after"), ("restart", "after"), ("line", "before")}]
CASES = ALL if WHOLE_MATRIX else FEW  # the whole table takes three minutes


@pytest.mark.parametrize(("point", "side", "way"), CASES)
async def test_a_kill_leaves_nothing_or_what_the_next_start_ends(world: World, point: str, side: str, way: str) -> None:
    world.make()
    before = world.life()
    await _kill(world, point, side)
    left = LEFT[point, side]
    assert (world.life() != before) is left.restarted
    journal = FileJournal(world.state)
    assert [one.standing for one in journal.entries()] == [left.standing] * bool(left.standing)
    if left.standing == "interrupted":
        told = world.told(way, "--yes", code=0 if way == "finish" else 4)
        assert told["result"] == ("done" if way == "finish" else "rolled_back")
        assert (world.life() != before) is (left.restarted or way == "finish")
    assert world.container().attrs["State"]["Health"]["Status"] == "healthy"
    assert all(one.standing == "ended" for one in journal.entries())


async def test_what_was_interrupted_is_shown_and_blocks_its_target(world: World) -> None:
    world.make()
    await _kill(world, "restart", "before")
    assert "was interrupted (nothing was done yet)" in world.run("history").stdout
    blocked = world.run("restart", "wiki", "--yes")
    assert (blocked.returncode, "was interrupted" in blocked.stderr) == (6, True), blocked.stderr
    assert world.run("undo", "--yes").returncode == 4
    assert world.run("restart", "wiki", "--yes").returncode == 0

"""The lock over a dashboard on the real stack: what it refuses, how it is lifted, and that it comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.dashboard import SMALL, WIDE, Dashboard, running_dashboard
from tests.live.harness import Stack
from tests.live.told import write_config
from tests.real import takes_long

pytestmark = [pytest.mark.live, pytest.mark.timeout(600, func_only=True)]
REFUSED = "this dashboard is locked: ! arms it for 5 minutes"
FORBIDDEN = "no key lifts that"
sizes = pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "160x48"])


@pytest.fixture(scope="module", autouse=True)
def application(stack: Stack) -> Iterator[str]:
    with stack.application("armed") as host:
        yield host


def _config(stack: Stack, folder: Path, setting: str) -> Path:
    path = write_config(stack, folder / "config.toml")
    path.write_text(f"{setting}\n{path.read_text()}")
    return path


def _at_its_container(dashboard: Dashboard) -> None:
    dashboard.view("4", "Containers")
    dashboard.keys("/")
    dashboard.wait_for("/regex/  !not")
    dashboard.type("armed")
    dashboard.wait_for(r"1 of \d+ containers(?s:.*)^▌. armed-armed-1")


def _restart(dashboard: Dashboard) -> None:
    dashboard.keys("r")
    dashboard.wait_for("restarts? .*armed-armed-1(?s:.*)Cancel")
    dashboard.keys("Right", "Enter")
    dashboard.wait_for(r"restarted armed-armed-1(?s:.*)^.*done")
    dashboard.keys("Escape")
    dashboard.wait_for(r"1 of \d+ containers")


@takes_long
@sizes
def test_a_locked_dashboard_acts_only_while_it_is_armed(stack: Stack, tmp_path: Path, size: tuple[int, int]) -> None:
    config = _config(stack, tmp_path, "locked = true")
    with running_dashboard(config, size=size, XDG_STATE_HOME=str(tmp_path)) as dashboard:
        _at_its_container(dashboard)
        assert "locked" in dashboard.screen().splitlines()[0]
        dashboard.keys("r")
        dashboard.wait_for(REFUSED)
        dashboard.keys("!")
        dashboard.wait_for(r"\A.*armed 4:5\d")
        _restart(dashboard)
        dashboard.keys("!")
        dashboard.wait_for("locked again")
        dashboard.wait_for(r"\A.*locked")
        dashboard.keys("r")
        dashboard.wait_for(REFUSED)


@takes_long
@sizes
def test_no_key_lifts_read_only(stack: Stack, tmp_path: Path, size: tuple[int, int]) -> None:
    config = _config(stack, tmp_path, "read_only = true\nlocked = true")
    with running_dashboard(config, size=size, XDG_STATE_HOME=str(tmp_path)) as dashboard:
        _at_its_container(dashboard)
        assert "read-only" in dashboard.screen().splitlines()[0]
        for key in ("r", "!", "r", "z"):
            dashboard.keys("1")
            dashboard.wait_for("▌1 Home")
            dashboard.keys("4")
            dashboard.wait_for(r"1 of \d+ containers")
            dashboard.keys(key)
            dashboard.wait_for(FORBIDDEN)
    assert not list(tmp_path.rglob("*.jsonl"))


@pytest.mark.soak
def test_it_locks_again_of_itself_after_five_minutes(stack: Stack, tmp_path: Path) -> None:
    config = _config(stack, tmp_path, "locked = true")
    with running_dashboard(config, size=SMALL, XDG_STATE_HOME=str(tmp_path)) as dashboard:
        _at_its_container(dashboard)
        dashboard.keys("!")
        dashboard.wait_for(r"\A.*armed 4:5\d")
        dashboard.wait_for(r"\A.*armed 0:2\d", 310)
        _restart(dashboard)
        dashboard.wait_for(r"\A.*\blocked", 60)
        dashboard.keys("r")
        dashboard.wait_for(REFUSED)

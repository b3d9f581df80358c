"""SIGKILL at each step of protecting a host on the real stack: what is left, and that finish and undo both end it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from docker.models.containers import Container

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.core.overlay import FILE_NAME
from tests.live.harness import Stack, eventually
from tests.live.protecting import protecting_over
from tests.live.test_protect_command import ROOT, ask
from tests.live.told import write_config
from tests.real import takes_long

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(900, func_only=True),
    takes_long,
]
HTML = {"Accept": "text/html"}


class Left(NamedTuple):
    """What a kill leaves: how the entry stands, whether the file is the new one, and what a visitor gets."""

    standing: str
    written: bool
    status: int  # of the last answer; what comes while a container is made anew is not looked at


# By labels. docs/protecting.md has this table for people.
LEFT = {
    ("locks", "after"): Left("", written=False, status=200),
    ("receipt", "after"): Left("interrupted", written=False, status=200),
    ("write", "before"): Left("interrupted", written=False, status=200),
    ("write", "after"): Left("interrupted", written=True, status=200),
    ("check", "after"): Left("interrupted", written=True, status=200),
    ("up", "before"): Left("interrupted", written=True, status=200),
    ("up", "after"): Left("interrupted", written=True, status=307),
    ("proof", "before"): Left("interrupted", written=True, status=307),
    ("asked", "before"): Left("interrupted", written=True, status=307),
    ("asked", "after"): Left("interrupted", written=True, status=307),
    ("line", "before"): Left("interrupted", written=True, status=307),
    ("line", "after"): Left("ended", written=True, status=307),
    ("backup", "after"): Left("ended", written=True, status=307),
}
LEFT_BY_OVERLAY = {
    ("locks", "after"): Left("", written=False, status=200),
    ("receipt", "after"): Left("interrupted", written=False, status=200),
    ("overlay", "before"): Left("interrupted", written=False, status=200),
    ("overlay", "after"): Left("interrupted", written=True, status=307),
    ("shown", "after"): Left("interrupted", written=True, status=307),
    ("proof", "after"): Left("interrupted", written=True, status=307),
    ("asked", "before"): Left("interrupted", written=True, status=307),
    ("asked", "after"): Left("interrupted", written=True, status=307),
    ("line", "before"): Left("interrupted", written=True, status=307),
    ("line", "after"): Left("ended", written=True, status=307),
    ("backup", "after"): Left("ended", written=True, status=307),
}


class Killed(NamedTuple):
    """One stack's host, the file that decides, and the command line over them."""

    stack: Stack
    host: str
    file: Path
    config: Path
    via: str
    environment: dict[str, str]

    def ask(self, *arguments: str) -> tuple[int, Any]:
        return ask(self.config, self.stack.environment, *arguments)

    def content(self) -> bytes:
        return self.file.read_bytes() if self.file.exists() else b""

    def kill(self, point: str, side: str, plan: bytes) -> None:
        command = [sys.executable, "-m", "tests.actions.killed", point, side, "--config", str(self.config), "run"]
        done = subprocess.run(command, input=plan, env=self.environment, cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == -9, (point, side, done.stdout, done.stderr)

    def answers(self, status: int) -> None:
        eventually(lambda: self.stack.get(self.host, headers=HTML).status == status, f"{self.host} answers {status}")

    def opened(self) -> None:
        """Undoes what was done."""
        code, said = self.ask("undo", "--yes", "--open", self.host)
        assert code == ExitCode.OK, said


@pytest.mark.parametrize("via", ["labels", "overlay"])
def test_whatever_a_kill_leaves_is_finished_and_taken_back(
    stack: Stack, verified: Container, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, via: str
) -> None:
    state = tmp_path / "state"
    with stack.application("slain") as host, protecting_over(stack, tmp_path / "x", monkeypatch) as protecting:
        config = write_config(stack, tmp_path / "config.toml")
        environment = {**os.environ, **stack.environment, "XDG_STATE_HOME": str(state)}
        file = stack.root / ("projects/slain/compose.yml" if via == "labels" else f"traefik/dynamic/{FILE_NAME}")
        one = Killed(stack, host, file, config, via, environment)
        before = one.content()
        for (point, side), left in (LEFT if via == "labels" else LEFT_BY_OVERLAY).items():
            for way in ("finish", "undo") if left.standing == "interrupted" else ("",):
                plan = msgspec.json.encode(asyncio.run(protecting.plan(host, via=via)))
                one.kill(point, side, plan)
                _judge(one, left, before, way, f"{point} {side} {way}")
                assert one.content() == before, (point, side, way)
                one.answers(200)


def _judge(one: Killed, left: Left, before: bytes, way: str, case: str) -> None:
    assert (one.content() != before) is left.written, case
    one.answers(left.status)
    entries = one.ask("history")[1]["actions"]
    assert [entry["standing"] for entry in entries[:1]] == ([left.standing] if left.standing else []), case
    if left.standing == "interrupted":
        blocked, why = one.ask("protect", one.host, f"--via={one.via}", "--yes")
        told = str(why["reason"] if isinstance(why, dict) else why)
        assert blocked in {ExitCode.REFUSED, ExitCode.USAGE}, (case, told)
        code, said = one.ask(way, entries[0]["journal_id"], "--yes")
        wanted = (ExitCode.OK, "done") if way == "finish" else (ExitCode.ROLLED_BACK, "rolled_back")
        assert (code, said["result"]) == wanted, (case, said)
        one.answers(307 if way == "finish" else 200)
    if left.standing == "ended" or way == "finish":
        one.opened()

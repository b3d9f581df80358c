"""What goes wrong around protecting a host on the real stack: nothing is lost, and what is rolled back is as before."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from docker.models.containers import Container

from specter_tui.cli.exit_codes import ExitCode
from tests.live.dashboard import WIDE, running_program
from tests.live.disks import filled, small_disk
from tests.live.harness import Stack, eventually
from tests.live.terminals import lose_terminal, until_nobody_acts
from tests.live.test_protect_command import ROOT, ask
from tests.live.told import write_config
from tests.real import takes_long

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(600, func_only=True),
    takes_long,
]
HTML = {"Accept": "text/html"}


class Site:
    """One stack with a configuration and a state folder of its own."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack = stack
        self.config = write_config(stack, folder / "config.toml")
        self.environment = {**os.environ, **stack.environment, "XDG_STATE_HOME": str(folder / "state")}

    def ask(self, *arguments: str) -> tuple[int, Any]:
        return ask(self.config, self.stack.environment, *arguments)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "specter_tui", "--config", str(self.config), *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True
        )

    def file(self, name: str) -> Path:
        return self.stack.root / "projects" / name / "compose.yml"

    def files(self, name: str) -> dict[str, bytes]:
        """Everything that protecting an application may write, but the journal."""
        folders = (self.file(name).parent, self.stack.root / "traefik/dynamic")
        return {str(one): one.read_bytes() for folder in folders for one in folder.iterdir()}

    def answers(self, host: str, status: int) -> None:
        eventually(lambda: self.stack.get(host, headers=HTML).status == status, f"{host} answers {status}")

    def opened(self, host: str) -> None:
        code, said = self.ask("undo", "--yes", "--open", host)
        assert (code, said["result"]) == (ExitCode.OK, "done"), said


@pytest.fixture
def site(stack: Stack, verified: Container, tmp_path: Path) -> Site:
    return Site(stack, tmp_path)


# Where each change is when its terminal goes: what the screen shows then.
STEPS = {
    "protect": (
        "wrote ",
        "docker compose takes the files",
        "made the containers",
        "all containers are up",
        "Traefik shows",
    ),
    "protect --via=overlay": ("wrote ", "Traefik shows it"),
    "restart": ("undo ", "restarted ", "is healthy"),
}


@pytest.mark.parametrize("order", STEPS)
def test_the_terminal_s_server_killed_at_each_step_does_not_stop_it(site: Site, order: str) -> None:
    with site.stack.application("detached") as host:
        before = site.files("detached")
        action, *options = order.split()
        for step in STEPS[order]:
            arguments = ("--config", str(site.config), action, host, *options, "--yes")
            with running_program(*arguments, size=WIDE, **site.environment) as running:
                lose_terminal(running, step)
            _ended_alone(site, host, action, step)
            assert site.files("detached") == before, step


def test_the_dashboard_s_terminal_killed_at_each_step_does_not_stop_it(site: Site) -> None:
    with site.stack.application("looked") as host:
        before = site.files("looked")
        for step in STEPS["protect"]:
            with running_program("--config", str(site.config), size=WIDE, **site.environment) as running:
                running.view("2", "Routes")
                running.keys("/")
                running.wait_for("/regex/  !not")
                running.type("host:looked")
                running.wait_for(rf"1 of \d+ routes(?s:.*)^▌. {host}")
                running.keys("p")
                running.wait_for("Cancel")
                running.keys("Right", "Enter")
                lose_terminal(running, step)
            until_nobody_acts(site.config)
            with running_program("--config", str(site.config), size=WIDE, **site.environment) as running:
                running.wait_for("^[ ▌]1 Home")
                running.keys("@")
                running.wait_for("▌.* protect looked@docker .*● done")
                running.keys("Escape")
            _ended_alone(site, host, "protect", step)
            assert site.files("looked") == before, step


def _ended_alone(site: Site, host: str, action: str, step: str) -> None:
    """It came to its good end; what was protected is opened again."""
    until_nobody_acts(site.config)
    latest = site.ask("history")[1]["actions"][0]
    assert (latest["plan"]["action"], latest["standing"], latest["result"]) == (action, "ended", "done"), (step, latest)
    if action == "protect":
        site.answers(host, 307)
        site.opened(host)
    site.answers(host, 200)


def test_of_two_processes_at_once_one_is_refused(site: Site) -> None:
    with site.stack.application("twice") as host:
        before = site.file("twice").read_bytes()
        both = [site.start("protect", host, "--yes", "--json") for _ in range(2)]
        told = [json.loads(one.communicate(timeout=200)[0]) for one in both]
        assert sorted(one["result"] for one in told) == ["done", "refused"], told
        reason = next(one["reason"] for one in told if one["result"] == "refused")
        assert "is changing it right now" in reason or "has changed meanwhile" in reason
        site.answers(host, 307)
        site.opened(host)
        assert site.file("twice").read_bytes() == before


def test_a_full_disk_below_the_state_folder_refuses_before_anything_happens(site: Site, tmp_path: Path) -> None:
    with site.stack.application("unwritten") as host, small_disk(tmp_path / "state") as disk, filled(disk):
        before = site.files("unwritten")
        for via in ("labels", "overlay"):
            code, said = site.ask("protect", host, f"--via={via}", "--yes")
            reason = said["reason"] if isinstance(said, dict) else said
            assert (code, "No space left" in reason or "can't be" in reason) == (ExitCode.REFUSED, True), said
            assert site.files("unwritten") == before
        site.answers(host, 200)


def test_a_disk_below_the_state_folder_that_fills_up_midway_takes_it_back(site: Site, tmp_path: Path) -> None:
    """What was asked can't be written down, nor can the end: the receipt stays, and what it says is ended by hand."""
    with site.stack.application("midway") as host, small_disk(tmp_path / "state") as disk:
        before = site.files("midway")
        process = site.start("protect", host, "--yes")
        assert process.stdout is not None
        next(line for line in process.stdout if "wrote " in line)
        with filled(disk):
            _, error = process.communicate(timeout=200)
            assert process.returncode == ExitCode.ROLLED_BACK, error
            assert "protected.json can't be written: No space left on device" in error
            assert site.files("midway") == before
            site.answers(host, 200)
        assert not list(disk.rglob("*.tmp"))
        (entry,) = site.ask("history")[1]["actions"]
        if entry["standing"] != "ended":
            code, said = site.ask("undo", entry["journal_id"], "--yes")
            assert (code, said["result"]) == (ExitCode.ROLLED_BACK, "rolled_back"), said
        assert site.files("midway") == before
        assert site.ask("protect", host, "--yes")[0] == ExitCode.OK
        site.opened(host)


def test_a_full_disk_below_the_files_changes_nothing(site: Site) -> None:
    folder = site.file("full").parent
    with small_disk(folder), site.stack.application("full") as host:
        before = site.files("full")
        with filled(folder) as filler:
            code, said = site.ask("protect", host, "--yes")
            assert (code, said["result"]) == (ExitCode.ROLLED_BACK, "rolled_back"), said
            assert "compose.yml can't be written: No space left on device" in said["reason"]
            assert "check the folder's owner, mode and space" in said["reason"]
            assert sorted(one.name for one in folder.iterdir()) == ["compose.yml", filler.name]
            site.answers(host, 200)
        assert site.files("full") == before
        assert site.ask("protect", host, "--yes")[0] == ExitCode.OK
        site.opened(host)


@pytest.mark.skipif(bool(os.environ.get("SPECTER_TEST_DOCKER_HOST")), reason="a shared engine is not ours to kill")
@pytest.mark.parametrize(
    ("policy", "code"), [("always", ExitCode.ROLLED_BACK), ("unless-stopped", ExitCode.ROLLBACK_FAILED)]
)
def test_an_engine_that_is_killed_midway_is_waited_for_and_things_are_put_back(
    site: Site, policy: str, code: ExitCode
) -> None:
    """Traefik comes back with the engine, or, where its policy lets the engine leave it down, that is said loudly."""
    stack = site.stack
    with stack.application("orphan") as host, restarting(stack, policy):
        before = site.file("orphan").read_bytes()
        process = site.start("protect", host, "--yes")
        assert process.stdout is not None
        next(line for line in process.stdout if "docker compose takes the files" in line)
        stack.engine.down(signal.SIGKILL)
        _start_again(stack)
        told, error = process.communicate(timeout=300)
        assert process.returncode == code, (told, error)
        assert site.file("orphan").read_bytes() == before
        if code == ExitCode.ROLLBACK_FAILED:
            assert "AND SO DID THE WAY BACK" in error
            assert "Traefik does not run, its container traefik is exited; bring Traefik up again" in error
            stack.compose("up", "-d", "--wait")
        site.answers(host, 200)
        stack.compose("up", "-d", "--wait", folder=stack.root / "projects/verify")
        assert site.ask("protect", host, "--yes")[0] == ExitCode.OK
        site.opened(host)


@contextmanager
def restarting(stack: Stack, policy: str) -> Iterator[None]:
    """The stack's own containers with another restart policy."""
    _restart(stack, policy)
    try:
        yield
    finally:
        _restart(stack, "always")


def _restart(stack: Stack, policy: str) -> None:
    command = ["docker", "update", f"--restart={policy}", "traefik", "specter-socket-proxy-1"]
    subprocess.run(command, env=dict(stack.environment), check=True, capture_output=True)


def _start_again(stack: Stack) -> None:
    """A killed engine leaves its own parts behind, which the next one may have to wait for."""
    for _ in range(3):
        with suppress(RuntimeError):
            stack.engine.up()
            return
    raise AssertionError("the engine does not start again")

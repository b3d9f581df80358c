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
from tests.live.harness import Stack, eventually
from tests.live.test_protect_command import ROOT, ask
from tests.live.told import write_config
from tests.real import takes_long

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(600, func_only=True),
    takes_long,
]
HTML = {"Accept": "text/html"}
STEPS = ("wrote ", "docker compose takes the files", "made the containers", "all containers are up", "Traefik shows it")


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

    def answers(self, host: str, status: int) -> None:
        eventually(lambda: self.stack.get(host, headers=HTML).status == status, f"{host} answers {status}")

    def opened(self, host: str) -> None:
        code, said = self.ask("undo", "--yes", "--open", host)
        assert (code, said["result"]) == (ExitCode.OK, "done"), said


@pytest.fixture
def site(stack: Stack, verified: Container, tmp_path: Path) -> Site:
    return Site(stack, tmp_path)


@contextmanager
def small_disk(folder: Path, size: str = "128k") -> Iterator[Path]:
    """A file system of that size in the folder's place."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Leaves no byte free."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as stream:
        try:
            while stream.write(b"x" * 512):
                pass
        except OSError:
            return path
    raise AssertionError("the disk has no end")


def test_the_terminal_s_server_killed_at_each_step_does_not_stop_it(site: Site) -> None:
    with site.stack.application("detached") as host:
        before = site.file("detached").read_bytes()
        for step in STEPS:
            arguments = ("--config", str(site.config), "protect", host, "--yes")
            with running_program(*arguments, size=WIDE, **site.environment) as running:
                running.wait_for(step)
                os.kill(running.server, signal.SIGKILL)
                eventually(running.ended, "the command line went with its terminal")

            def ended() -> bool:
                latest = site.ask("history")[1]["actions"][0]
                return (latest["standing"], latest["result"]) == ("ended", "done")

            eventually(ended, f"the change went on after {step}", 60)
            site.answers(host, 307)
            site.opened(host)
            assert site.file("detached").read_bytes() == before


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
    with site.stack.application("unwritten") as host, small_disk(tmp_path / "state") as disk:
        before = site.file("unwritten").read_bytes()
        fill(disk)
        code, said = site.ask("protect", host, "--yes")
        reason = said["reason"] if isinstance(said, dict) else said
        assert (code, "No space left" in reason or "can't be" in reason) == (ExitCode.REFUSED, True), said
        assert site.file("unwritten").read_bytes() == before
        site.answers(host, 200)


def test_a_full_disk_below_the_compose_file_changes_nothing(site: Site) -> None:
    folder = site.file("full").parent
    with small_disk(folder), site.stack.application("full") as host:
        before = site.file("full").read_bytes()
        filler = fill(folder)
        code, said = site.ask("protect", host, "--yes")
        assert (code, said["result"]) == (ExitCode.ROLLED_BACK, "rolled_back"), said
        assert "No space left" in said["reason"]
        assert site.file("full").read_bytes() == before
        assert sorted(one.name for one in folder.iterdir()) == ["compose.yml", "filler"]
        site.answers(host, 200)
        filler.unlink()
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

"""What goes wrong around a deployment of the verify service: a disk that is full, a terminal that goes."""

from __future__ import annotations

import pytest

from tests.live.dashboard import WIDE, running_program
from tests.live.deploying import WHOAMI, Deploying
from tests.live.disks import filled, small_disk, used
from tests.live.harness import Stack
from tests.live.terminals import lose_terminal, until_nobody_acts
from tests.real import takes_long

pytestmark = [pytest.mark.live, pytest.mark.timeout(600, func_only=True), takes_long]
STEPS = ("laid the build context out", r"Step \d", "descope-auth-1 Started", "containers are healthy")


def test_a_disk_that_is_full_before_or_midway_leaves_the_old_one_running(stack: Stack, deploying: Deploying) -> None:
    """Without a byte, with room for half of the build context, and with room for all of it but the note."""
    with small_disk(stack.root / "verify", "256m") as disk:
        deploying.deploy()
        files, (before,) = deploying.files(), deploying.containers()
        context = used(disk / "context")
        for left in (0, context // 2, context):
            deploying.set(SESSION_TTL="1234")
            with filled(disk, left):
                said = deploying.deploy(code=4)
            deploying.set()
            assert said["result"] == "rolled_back"
            assert "verify can't be written: No space left on device" in said["reason"], left
            assert "check the folder's owner, mode and space" in said["reason"]
            assert deploying.files() == files, left
            (after,) = deploying.containers()
            assert (after.id, after.attrs["State"]["StartedAt"]) == (before.id, before.attrs["State"]["StartedAt"])
            latest = deploying.told("history")["actions"][0]
            assert (latest["standing"], latest["result"]) == ("ended", "rolled_back")
        deploying.set(SESSION_TTL="1234")
        assert deploying.deploy()["result"] == "done"
        assert deploying.setting("SESSION_TTL") == "1234"


def test_a_full_disk_below_the_state_folder_refuses_before_anything_happens(deploying: Deploying) -> None:
    files = deploying.files()
    with small_disk(deploying.folder / "state") as disk, filled(disk):
        said = deploying.deploy(code=6)
    assert "can't be" in said["reason"]
    assert "check the folder's owner, mode and space" in said["reason"]
    assert deploying.files() == files
    assert deploying.containers() == []


def test_the_terminal_s_server_killed_at_each_step_does_not_stop_it(stack: Stack, deploying: Deploying) -> None:
    """One deployment after the other comes to its good end, and one that fails goes back, with nobody looking."""
    deploying.deploy()
    for lifetime, step in enumerate(STEPS, 1234):
        _deploy_and_go(deploying, str(lifetime), step, "done")
        assert deploying.setting("SESSION_TTL") == str(lifetime)
        assert stack.get(WHOAMI, headers={"Accept": "text/html"}).status == 307
    _deploy_and_go(deploying, "never", "descope-auth-1 Started", "rolled_back")
    assert deploying.setting("SESSION_TTL") == str(lifetime)
    assert stack.get(WHOAMI, headers={"Accept": "text/html"}).status == 307


def _deploy_and_go(deploying: Deploying, lifetime: str, step: str, result: str) -> None:
    deploying.set(SESSION_TTL=lifetime)
    arguments = deploying.command("deploy", "verify", f"--wheels={deploying.wheels}", "--yes")[3:]
    with running_program(*arguments, size=WIDE, **deploying.environment) as running:
        lose_terminal(running, step)
    until_nobody_acts(deploying.config, 200)
    latest = deploying.told("history")["actions"][0]
    assert (latest["standing"], latest["result"]) == ("ended", result), (step, latest)

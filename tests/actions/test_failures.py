"""What goes wrong in the middle of a container's action, on a real engine, and what is left then."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from specter_tui.actions.containers import ContainerAction, Patience
from specter_tui.actions.runner import Actor, Runner
from specter_tui.config import LoadedConfig, Options, load
from specter_tui.core.actions import Outcome, Result, Wish
from specter_tui.effects.docker_control import DockerControl
from specter_tui.effects.journal import FileJournal
from specter_tui.effects.locks import FileLocks
from specter_tui.sources.docker_client import EngineClient
from specter_tui.sources.traefik import TraefikApi
from specter_tui.wiring.actions import SystemClock
from specter_tui.wiring.collector import build
from tests.actions.world import SERVE, SICK, SLOW, World

pytestmark = pytest.mark.live
QUICK = Patience(healthy=5, traefik=3, steady=1, engine=30, pause=0.1)


class _Vanishing(DockerControl):
    """Somebody removes the container as soon as it was restarted."""

    world: World

    async def restart(self, container_id: str) -> None:
        await super().restart(container_id)
        self.world.container(container_id).remove(force=True)


async def _restarted(world: World, folder: Path, kind: type[DockerControl] = DockerControl, api: str = "") -> Outcome:
    """A restart by the real parts, with little patience."""
    config: LoadedConfig = load(Options(str(world.config)), {})
    settings = config.settings
    collector = build(config)
    try:
        snapshot = await collector.collect_once(probe=False)
    finally:
        await collector.close()
    clients = [EngineClient(settings.docker, 10), EngineClient(settings.docker, 60)]
    control = kind(*clients)
    if isinstance(control, _Vanishing):
        control.world = world
    traefik = TraefikApi(replace(settings.traefik, api_url=api or settings.traefik.api_url), 2)
    action = ContainerAction(control, traefik, settings, SystemClock(), QUICK)
    actor = Actor("ops", "default", read_only=False)
    runner = Runner(
        {"restart": action}, FileJournal(folder / "state"), FileLocks("ops", folder / "locks"), SystemClock(), actor
    )
    try:
        return await runner.run(await action.plan(Wish("restart", "wiki"), snapshot), lambda _: None)
    finally:
        await traefik.close()
        for one in clients:
            one.close()


async def test_unhealthy_after_a_restart_is_not_called_as_before(world: World, tmp_path: Path) -> None:
    world.make(script=SICK)
    outcome = await _restarted(world, tmp_path)
    assert outcome.result is Result.ROLLBACK_FAILED
    assert "a restart can't be taken back" in outcome.reason
    assert world.container().status == "running"


async def test_a_container_that_is_gone_midway_is_said_loudly(world: World, tmp_path: Path) -> None:
    world.make(script=SERVE)
    outcome = await _restarted(world, tmp_path, _Vanishing)
    assert outcome.result is Result.ROLLBACK_FAILED
    assert outcome.reason.count("any more") == 2


async def test_a_traefik_that_does_not_show_it_is_a_failure(world: World, tmp_path: Path) -> None:
    world.make(script=SERVE)
    outcome = await _restarted(world, tmp_path, api="http://127.0.0.1:9")
    assert outcome.result is Result.ROLLED_BACK
    assert outcome.reason.startswith("after 3 s Traefik does not tell:")
    assert world.container().attrs["State"]["Health"]["Status"] == "healthy"


@pytest.mark.skipif(bool(os.environ.get("SPECTER_TEST_DOCKER_HOST")), reason="a shared engine is not ours to kill")
def test_an_engine_that_dies_midway_is_waited_for_and_things_are_put_back(world: World) -> None:
    world.make(script=SLOW)
    process = subprocess.Popen(
        world.command("restart", "wiki", "--yes"),
        env=world.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    next(line for line in process.stdout if "restarted wiki" in line)
    world.engine.down()
    world.engine.up()
    told, error = process.communicate(timeout=100)
    assert process.returncode == 4, (told, error)
    assert "started wiki again" in told
    assert world.container().attrs["State"]["Health"]["Status"] == "healthy"

"""The clients that people use: the docker SDK, the docker command line, and this project's own source."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import APIError, NotFound

from specter_tui.core.errors import SourceError
from specter_tui.core.model import Container, ContainerHealth
from specter_tui.core.settings import DockerSettings
from specter_tui.sources.docker_engine import DockerEngine
from tests.contract.subject import APP, DECOY, WORKER, Subject, eventually, sdk
from tests.real import require

_SECONDS = 30
Command = Callable[..., str]


@pytest.fixture
def client(subject: Subject) -> Iterator[docker.DockerClient]:
    one = sdk(subject)
    yield one
    one.close()


def test_the_sdk_reads(client: docker.DockerClient) -> None:
    assert client.ping()
    assert client.version()["MinAPIVersion"]
    assert client.info()["ContainersRunning"] == 3
    found = client.containers.list(filters={"label": "traefik.enable=true"})
    assert [one.name for one in found] == [DECOY, APP]
    app = client.containers.get(APP)
    assert (app.status, app.health) == ("running", "healthy")
    assert "bridge" in [one.name for one in client.networks.list()]
    image = client.images.get("specter-contract:1")
    assert (image.tags, image) == (["specter-contract:1"], app.image)
    with pytest.raises(NotFound, match="No such container"):
        client.containers.get("nobody")


def test_the_sdk_acts(client: docker.DockerClient) -> None:
    worker = client.containers.get(WORKER)
    for verb, status in ((worker.stop, "exited"), (worker.start, "running"), (worker.kill, "exited")):
        verb()
        worker.reload()
        assert worker.status == status
    with pytest.raises(APIError, match="not running"):
        worker.kill()
    worker.restart(timeout=1)
    worker.reload()
    assert worker.status == "running"


def test_the_sdk_follows_logs(client: docker.DockerClient) -> None:
    worker = client.containers.get(WORKER)
    assert worker.logs(stdout=True, stderr=False, tail=3) == b"out 1\nout 2\n"
    stream = worker.logs(stream=True, follow=True, tail=0)
    worker.kill("USR1")
    assert next(stream) == b"said\n"
    worker.stop()
    assert list(stream) == []


def test_the_sdk_reads_figures(client: docker.DockerClient) -> None:
    once: Any = client.api.stats(APP, stream=False)
    assert once["precpu_stats"]["system_cpu_usage"]
    stream: Any = client.api.stats(APP, stream=True, decode=True)
    assert [next(stream)["name"] for _ in range(2)] == [f"/{APP}"] * 2
    stream.close()


def test_the_sdk_hears_events(client: docker.DockerClient) -> None:
    stream = client.events(decode=True, since=int(time.time()), filters={"type": ["container"], "container": DECOY})
    client.containers.get(DECOY).restart()
    assert [next(stream)["Action"] for _ in range(5)] == ["kill", "die", "stop", "start", "restart"]
    stream.close()


@pytest.fixture
def command(subject: Subject, tmp_path: Path) -> Command:
    """The docker command line; returns what it printed on both streams."""
    program = shutil.which("docker")
    require("Docker's command line", found=program is not None)
    environment = {"HOME": str(tmp_path), "DOCKER_HOST": subject.host}

    def run(*words: str) -> str:
        line = [str(program), *words]
        done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    return run


@pytest.mark.live
def test_the_command_line_reads(command: Command) -> None:
    shown = command("ps", "--format", "{{.Names}}|{{.Image}}|{{.State}}|{{.Status}}|{{.Ports}}").splitlines()
    assert [one.split("|")[0] for one in shown] == [WORKER, DECOY, APP]
    assert shown[2].startswith(f"{APP}|specter-contract:1|running|Up ")
    assert shown[2].endswith("(healthy)|8000/tcp")
    assert command("inspect", "--format", "{{.State.Health.Status}} {{.RestartCount}}", APP).strip() == "healthy 0"
    assert command("version", "--format", "{{.Server.APIVersion}}").strip() in {"1.41", "1.44"}
    assert command("info", "--format", "{{.ContainersRunning}} {{.Swarm.LocalNodeState}}").strip() == "3 inactive"
    assert {"bridge", "host", "none"} <= set(command("network", "ls", "--format", "{{.Name}}").split())
    assert APP in command("network", "inspect", "bridge")
    assert "specter-contract:1" in command("images", "--format", "{{.Repository}}:{{.Tag}}")
    figures = command("stats", "--no-stream", "--format", "{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}", APP).split()
    assert figures[0] == APP
    assert figures[1].endswith("%")
    assert int(figures[-1]) >= 2


@pytest.mark.live
def test_the_command_line_acts(command: Command, subject: Subject) -> None:
    for verb, running in (("stop", False), ("stop", False), ("start", True), ("kill", False), ("restart", True)):
        assert command(verb, WORKER).strip() == WORKER
        assert subject.inspect(WORKER)["State"]["Running"] is running


@pytest.mark.live
def test_the_command_line_follows_logs(command: Command, subject: Subject) -> None:
    assert {"out 2", "err 1"} <= set(command("logs", "--tail", "3", WORKER).splitlines())
    printed: list[str] = []
    following = threading.Thread(target=lambda: printed.append(command("logs", "-f", "-t", "--tail", "0", WORKER)))
    following.start()

    def said() -> bool:
        subject.wire.post(f"/containers/{WORKER}/kill", signal="USR1")  # nobody tells when it has begun to follow
        return not following.is_alive() or subject.text_of(WORKER).count("said") > 9

    eventually(said, "it has spoken")
    subject.wire.post(f"/containers/{WORKER}/stop")
    following.join(_SECONDS)
    assert printed[0].splitlines()[0].endswith("Z said")


@pytest.mark.live
def test_the_command_line_hears_events(command: Command, subject: Subject) -> None:
    begun = int(time.time())
    command("restart", WORKER)
    # --until is sent as a whole second, so what happened within this one would not be told
    eventually(lambda: int(time.time()) > begun + 1, "the second is over")
    shown = command(
        "events", "--since", str(begun), "--until", "0s", "--filter", f"container={WORKER}", "--format", "{{json .}}"
    )
    actions = [json.loads(line)["Action"] for line in shown.splitlines()]
    assert actions[-5:] == ["kill", "die", "stop", "start", "restart"]


async def _until(source: DockerEngine, condition: Callable[[Container], bool]) -> Container:
    async with asyncio.timeout(_SECONDS):
        while True:
            app = next(one for one in (await source.read()).containers if one.name == APP)
            if condition(app):
                return app
            await asyncio.sleep(0.05)


async def test_our_own_source(subject: Subject) -> None:
    source = DockerEngine(DockerSettings(host=subject.host))
    read = await source.read()
    assert {one.name for one in read.containers} >= {APP, DECOY, WORKER}
    assert read.problems == ()
    app = await _until(source, lambda one: one.health is ContainerHealth.HEALTHY)
    assert (app.image, app.state) == ("specter-contract:1", "running")
    assert [(one.name, bool(one.ip)) for one in app.networks] == [("bridge", True)]
    detail = await source.inspect(app.id)
    assert detail.health_log[-1].startswith("exit 0")
    assert detail.started_at is not None
    subject.set_healthy(False)
    assert (await _until(source, lambda one: one.health is ContainerHealth.UNHEALTHY)).state == "running"
    await asyncio.to_thread(subject.wire.post, f"/containers/{APP}/stop")
    stopped = await _until(source, lambda one: one.state == "exited")
    assert (stopped.networks[0].ip, stopped.health) == ("", ContainerHealth.NONE)
    with pytest.raises(SourceError, match="No such container"):
        await source.inspect("nobody")
    await source.close()


async def test_our_own_source_hears_events(subject: Subject) -> None:
    source = DockerEngine(DockerSettings(host=subject.host))
    await source.read()
    events = source.events()
    waiting = asyncio.ensure_future(anext(events))
    async with asyncio.timeout(_SECONDS):
        while not waiting.done():  # its subscription cannot be seen
            await asyncio.to_thread(subject.wire.post, f"/containers/{WORKER}/restart")
            await asyncio.wait([waiting], timeout=0.5)
    assert waiting.result() in {"kill", "die", "stop", "start", "restart", "connect", "disconnect"}
    await events.aclose()  # type: ignore[attr-defined]  # an async generator, known as the iterator of the Protocol
    await source.close()

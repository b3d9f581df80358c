"""The Docker source against a real engine."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import docker
import pytest

from specter_tui.core.errors import SourceError
from specter_tui.core.model import Container, ContainerHealth
from specter_tui.core.settings import DockerSettings
from specter_tui.sources.docker_engine import DockerEngine
from tests.live_engine import Engine, build_busybox_image, running_engine

pytestmark = pytest.mark.live
IMAGE = "specter-source:1"
CHECK = ["HEALTHCHECK --interval=1s --timeout=2s --retries=1 CMD wget -q -O /dev/null http://127.0.0.1/"]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with running_engine() as one:
        build_busybox_image(one, IMAGE, CHECK)
        yield one


@pytest.fixture
def client(engine: Engine) -> Iterator[docker.DockerClient]:
    one = engine.client()
    yield one
    for container in one.containers.list(all=True, sparse=True):
        container.remove(force=True)
    one.close()


async def seen(source: DockerEngine, health: ContainerHealth) -> Container:
    """The only container, once its health is what it should be."""
    async with asyncio.timeout(30):
        while True:
            (one,) = (await source.read()).containers
            if one.health is health:
                return one
            await asyncio.sleep(0.1)


async def test_a_container_through_its_life(engine: Engine, client: docker.DockerClient) -> None:
    source = DockerEngine(DockerSettings(host=engine.host))
    actions: list[str] = []

    async def listen() -> None:
        async for action in source.events():
            actions.append(action)  # noqa: PERF401  what came before the end counts

    listening = asyncio.create_task(listen())
    while not any(one.name == "docker" for one in threading.enumerate()):  # noqa: ASYNC110  threads have no event
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.5)  # the subscription itself cannot be seen
    container = await asyncio.to_thread(
        client.containers.run,
        IMAGE,
        detach=True,
        name="live-app",
        labels={"traefik.enable": "true", "API_TOKEN": "hunter2"},
        environment={"PASSWORD": "hunter2"},
        ports={"80/tcp": ("127.0.0.1", 0)},
    )
    one = await seen(source, ContainerHealth.HEALTHY)
    assert (one.name, one.image, one.state) == ("live-app", IMAGE, "running")
    assert one.networks[0].name == "bridge"
    assert one.networks[0].ip
    assert (one.published[0].ip, one.published[0].private_port) == ("127.0.0.1", 80)
    assert "hunter2" not in repr(one)
    detail = await source.inspect(one.id)
    assert "hunter2" not in repr(detail)
    assert detail.command[:2] == ("/bin/busybox", "httpd")
    await asyncio.to_thread(container.exec_run, ["rm", "/www/index.html"])
    assert (await seen(source, ContainerHealth.UNHEALTHY)).state == "running"
    await asyncio.to_thread(container.kill)
    stopped = await seen(source, ContainerHealth.NONE)
    assert (stopped.state, stopped.networks[0].ip, stopped.published) == ("exited", "", ())
    assert (await source.inspect(one.id)).exit_code == 137
    await source.close()
    await asyncio.wait_for(listening, 10)
    assert {"create", "start", "health_status: healthy", "health_status: unhealthy", "die"} <= set(actions)
    assert not any(action.startswith("exec_") for action in actions)


async def test_a_container_that_is_gone(engine: Engine) -> None:
    source = DockerEngine(DockerSettings(host=engine.host))
    with pytest.raises(SourceError, match="No such container"):
        await source.inspect("nobody")
    await source.close()


async def test_the_engine_goes_away_and_comes_back(engine: Engine, client: docker.DockerClient) -> None:
    if not engine.pid:
        pytest.skip("the shared engine is not ours to stop")
    source = DockerEngine(DockerSettings(host=engine.host))
    await source.read()
    listening = asyncio.create_task(anext(source.events(), None))
    await asyncio.sleep(0.5)
    await asyncio.to_thread(engine.down)
    assert await asyncio.wait_for(listening, 10) is None
    with pytest.raises(SourceError) as caught:
        await source.read()
    assert caught.value.remedy
    await asyncio.to_thread(engine.up)
    assert (await source.read()).version
    await source.close()

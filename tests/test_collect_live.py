"""The collector over a real engine: events wake it, and it is there before and after the engine's absence."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from specter_tui.collect import Collector, Sources
from specter_tui.core.settings import DockerSettings, RefreshSettings, Settings
from specter_tui.core.snapshot import Snapshot, SourceName, SourceStatus
from specter_tui.sources.docker_engine import DockerEngine
from tests.live_engine import Engine, build_busybox_image, running_engine

pytestmark = pytest.mark.live
IMAGE = "specter-collect:1"
NEVER_BY_ITSELF = RefreshSettings(docker=600)  # so only events bring anything new


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with running_engine() as one:
        remove_all(one)  # tests before these may have left some
        build_busybox_image(one, IMAGE)
        yield one


def run_one(engine: Engine, name: str) -> None:
    client = engine.client()
    client.containers.run(IMAGE, detach=True, name=name)
    client.close()


def remove_all(engine: Engine) -> None:
    client = engine.client()
    for container in client.containers.list(all=True, sparse=True):
        container.remove(force=True)
    client.close()


async def until_status(collector: Collector, status: SourceStatus) -> Snapshot:
    async with asyncio.timeout(60):
        while True:
            snapshot = await collector.collect()
            if snapshot.source(SourceName.DOCKER).status is status:
                return snapshot
            await collector.wait()


async def test_events_wake_it_and_the_engines_absence_is_stale_since_when(engine: Engine) -> None:
    collector = Collector(
        Sources(docker=DockerEngine(DockerSettings(host=engine.host))), Settings(refresh=NEVER_BY_ITSELF), "main"
    )
    try:
        assert (await collector.collect()).containers == ()
        await asyncio.sleep(1)  # the subscription itself cannot be seen
        await asyncio.to_thread(run_one, engine, "first-one")
        async with asyncio.timeout(20):
            while [one.state for one in (await collector.collect()).containers] != ["running"]:
                await collector.wait()
        await asyncio.to_thread(remove_all, engine)
        async with asyncio.timeout(20):
            while (await collector.collect()).containers:
                await collector.wait()
        if engine.pid:
            good = (await until_status(collector, SourceStatus.FRESH)).source(SourceName.DOCKER).fetched_at
            await asyncio.to_thread(engine.down)
            stale = (await until_status(collector, SourceStatus.STALE)).source(SourceName.DOCKER)
            assert good is not None
            assert stale.fetched_at is not None
            assert stale.fetched_at >= good
            assert stale.next_try is not None
            await asyncio.to_thread(engine.up)
            collector.wake()
            await until_status(collector, SourceStatus.FRESH)
    finally:
        await collector.close()
    async with asyncio.timeout(10):
        while any(one.name == "docker" for one in threading.enumerate()):  # noqa: ASYNC110  threads have no event
            await asyncio.sleep(0.01)

"""When the collector reads Traefik's log, and whose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from specter_tui.core.errors import SourceError
from specter_tui.core.traefik_log import LogRead, LogRequest
from tests.builders import a_container
from tests.collecting import DOCKER, TRAEFIK, Fake, Make, soon, worlds

STARTED = replace(TRAEFIK, started_at="2026-11-22T10:00:00Z")
CONTAINER = a_container("traefik", image="traefik:v3.7")
ENGINE = replace(DOCKER, containers=(CONTAINER,))
READ = LogRead("container traefik")


@dataclass
class Log:
    """A log that answers once its gate is open, and notes what it is asked for."""

    answer: LogRead | Exception = READ
    asked: list[LogRequest] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    def __post_init__(self) -> None:
        self.gate.set()

    async def read(self, asked: LogRequest) -> LogRead:
        self.asked.append(asked)
        await self.gate.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    async with worlds() as build:
        yield build


async def test_one_snapshot_has_the_log_of_traefiks_container(make: Make) -> None:
    log = Log()
    world = make(traefik=Fake(STARTED), docker=Fake(ENGINE), traefik_log=log)
    await world.collector.collect_once(probe=False)
    assert log.asked == [LogRequest(CONTAINER.id, "traefik", datetime(2026, 11, 22, 10, tzinfo=UTC))]
    assert world.join.reads[-1].traefik_log is log.answer
    await world.collector.close()
    assert log.closed


async def test_a_snapshot_does_not_wait_for_the_log_and_the_next_one_has_it(make: Make) -> None:
    log = Log()
    log.gate.clear()
    world = make(traefik=Fake(STARTED), docker=Fake(ENGINE), traefik_log=log)
    await world.collector.collect()
    assert [one.traefik_log for one in world.join.reads] == [None]
    log.gate.set()
    await asyncio.wait_for(world.collector.wait(), 5)
    await world.collector.collect()
    assert world.join.reads[-1].traefik_log is log.answer
    assert len(world.join.reads) == 2


async def test_the_same_answer_is_no_reason_to_join_anew(make: Make) -> None:
    log = Log()
    world = make(traefik=Fake(STARTED), docker=Fake(ENGINE), traefik_log=log)
    await world.collector.collect_once(probe=False)
    joins = len(world.join.reads)
    world.pass_time(11)
    await world.collector.collect()
    await soon(lambda: len(log.asked) == 2)
    await world.collector.collect()
    assert len(world.join.reads) == joins
    log.answer = LogRead("container traefik", unread="x")
    world.pass_time(11)
    await world.collector.collect()
    await soon(lambda: len(log.asked) == 3)
    await world.collector.collect()
    assert len(world.join.reads) == joins + 1


async def test_it_is_looked_at_every_ten_seconds(make: Make) -> None:
    log = Log()
    world = make(traefik=Fake(STARTED), docker=Fake(ENGINE), traefik_log=log)
    for seconds in (0, 9, 2):
        world.pass_time(seconds)
        await world.collector.collect()
        await asyncio.sleep(0)
    await soon(lambda: len(log.asked) == 2)


async def test_without_traefik_there_is_no_log_and_nobody_spins_for_it(make: Make) -> None:
    log = Log()
    world = make(traefik=Fake(SourceError("down")), docker=Fake(ENGINE), traefik_log=log)
    await world.collector.collect()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(world.collector.wait(), 0.2)
    assert log.asked == []


async def test_without_docker_the_source_is_told_so(make: Make) -> None:
    log = Log()
    world = make(traefik=Fake(STARTED), docker=None, traefik_log=log)
    await world.collector.collect_once(probe=False)
    assert "Docker is not read" in log.asked[0].missing


async def test_dockers_first_answer_is_awaited(make: Make) -> None:
    log, docker = Log(), Fake(ENGINE)
    docker.gate.clear()
    world = make(traefik=Fake(STARTED), docker=docker, traefik_log=log)
    await world.collector.collect()
    assert log.asked == []
    docker.gate.set()
    await asyncio.wait_for(world.collector.wait(), 5)
    await world.collector.collect()
    await soon(lambda: len(log.asked) == 1)
    assert log.asked[0].container == CONTAINER.id


async def test_a_fault_in_it_takes_nothing_down(make: Make) -> None:
    world = make(traefik=Fake(STARTED), docker=Fake(ENGINE), traefik_log=Log(ValueError("fault")))
    await world.collector.collect_once(probe=False)
    assert world.join.reads[-1].traefik_log is None

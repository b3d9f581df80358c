"""The collector with sources that are told what to do: each state, back-off, slowness, wake-ups, the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from specter_tui.core.errors import SourceError, SourceOff
from specter_tui.core.model import AcmeRead
from specter_tui.core.snapshot import SourceName, SourceState, SourceStatus
from tests.builders import NOW
from tests.collecting import ACME, DOCKER, TRAEFIK, Make, World, soon, worlds


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    async with worlds() as build:
        yield build


async def test_all_good(make: Make) -> None:
    world = make()
    states = await world.states()
    assert states["traefik"] == SourceState(SourceStatus.FRESH, fetched_at=NOW, version="3.7.15")
    assert states["docker"].version == "20.10"
    assert states["cloudflare"] == SourceState(SourceStatus.OFF, reason="not configured")
    assert states["probe"].status is SourceStatus.OFF
    (reads,) = world.join.reads
    assert (reads.traefik, reads.docker, reads.acme, reads.probes) == (TRAEFIK, DOCKER, ACME, ())


async def test_a_source_that_is_none_says_why(make: Make) -> None:
    world = make(acme=None, reasons={SourceName.ACME: "no file"})
    assert (await world.states())["acme"] == SourceState(SourceStatus.OFF, reason="no file")


async def test_never_good_is_failed_and_good_before_is_stale_since_when(make: Make) -> None:
    world = make(acme=None)
    world.docker.answer = SourceError("refused", "start it")
    states = await world.states()
    assert states["docker"].status is SourceStatus.FAILED
    assert states["docker"].error == "refused; start it"
    assert states["docker"].fetched_at is None
    assert states["traefik"].status is SourceStatus.FRESH
    world.traefik.answer = SourceError("gone")
    world.pass_time(2)
    state = (await world.states())["traefik"]
    assert (state.status, state.fetched_at, state.error) == (SourceStatus.STALE, NOW, "gone")
    assert state.next_try is not None
    assert state.next_try > world.clock.now()
    assert world.join.reads[-1].traefik is TRAEFIK
    world.traefik.answer = TRAEFIK
    world.pass_time(2)
    state = (await world.states())["traefik"]
    assert (state.status, state.fetched_at, state.error) == (SourceStatus.FRESH, world.clock.now(), "")
    assert state.next_try is None


async def test_the_pause_doubles_from_the_interval_to_a_minute(make: Make) -> None:
    world = make()
    world.traefik.answer = SourceError("gone")
    pauses = []
    for _ in range(8):
        state = (await world.states())["traefik"]
        assert state.next_try is not None
        pause = (state.next_try - world.clock.now()).total_seconds()
        pauses.append(pause)
        reads = world.traefik.reads
        world.pass_time(pause - 0.01)
        await world.collector.collect()
        assert world.traefik.reads == reads, "read before it was due"
        world.pass_time(0.02)
    for pause, full in zip(pauses, [2, 4, 8, 16, 32, 60, 60, 60], strict=True):
        assert full * 0.9 <= pause <= full


async def test_off_is_not_failed_but_gone_is(make: Make) -> None:
    world = make()
    world.docker.answer = SourceOff("no socket")
    assert (await world.states())["docker"] == SourceState(SourceStatus.OFF, reason="no socket")
    world.docker.answer = DOCKER
    world.pass_time(61)
    assert (await world.states())["docker"].status is SourceStatus.FRESH
    world.docker.answer = SourceOff("no socket")
    world.pass_time(11)
    assert (await world.states())["docker"].status is SourceStatus.STALE


async def test_an_adapters_bug_is_that_sources_failure(make: Make) -> None:
    world = make()
    world.docker.answer = ZeroDivisionError("secret detail")
    states = await world.states()
    assert "ZeroDivisionError" in states["docker"].error
    assert "secret" not in states["docker"].error
    assert states["traefik"].status is SourceStatus.FRESH


async def test_a_slow_source_holds_nothing_up_and_is_in_the_next_snapshot(make: Make) -> None:
    world = make()
    world.docker.gate.clear()
    states = await world.states()
    assert states["traefik"].status is SourceStatus.FRESH
    assert states["docker"].status is SourceStatus.FAILED
    assert "awaited" in states["docker"].error
    waiting = asyncio.create_task(world.collector.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    world.docker.gate.set()
    await asyncio.wait_for(waiting, 5)
    assert (await world.states())["docker"].status is SourceStatus.FRESH
    assert world.docker.reads == 1


async def test_an_answer_that_is_too_old_is_stale(make: Make) -> None:
    world = make()
    await world.collector.collect()
    world.docker.gate.clear()
    world.pass_time(10)
    assert (await world.states())["docker"].status is SourceStatus.FRESH
    world.pass_time(20.1)
    state = (await world.states())["docker"]
    assert (state.status, state.fetched_at) == (SourceStatus.STALE, NOW)
    assert "older than 3 refreshes" in state.error


async def test_a_read_beyond_its_deadline_is_given_up(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specter_tui.collect.collector.DOCKER_DEADLINE", 0.02)
    world = make(patience=5)
    world.docker.gate.clear()
    assert (await world.states())["docker"].error == "no answer within 0.02 s"


async def test_only_what_is_due_is_read(make: Make) -> None:
    world = make()
    await world.collector.collect()
    world.pass_time(2)
    await world.collector.collect()
    assert (world.traefik.reads, world.docker.reads, world.acme.reads) == (2, 1, 1)
    world.collector.wake()
    await world.collector.collect()
    assert (world.traefik.reads, world.docker.reads, world.acme.reads) == (3, 2, 2)


async def test_nothing_new_costs_no_join_but_is_a_snapshot_of_its_own_time(make: Make) -> None:
    world = make()
    first = await world.collector.collect()
    world.acme.answer = AcmeRead((), (), ())  # equal, and another object
    world.collector.wake()
    world.pass_time(1)
    second = await world.collector.collect()
    assert len(world.join.reads) == 1
    assert second is not first
    assert second.taken_at == NOW + timedelta(seconds=1)
    assert second.source(SourceName.TRAEFIK).fetched_at == second.taken_at
    world.pass_time(60)
    await world.collector.collect()
    assert len(world.join.reads) == 2, "what depends on the clock is looked at again each minute"
    world.docker.answer = replace(DOCKER, host="other")
    world.collector.wake()
    await world.collector.collect()
    assert len(world.join.reads) == 3


async def test_wait_sleeps_until_due_and_wakes_up(make: Make) -> None:
    world = make()
    await world.collector.collect()
    waiting = asyncio.create_task(world.collector.wait())
    await asyncio.sleep(0.02)
    assert not waiting.done()
    world.collector.wake()
    await asyncio.wait_for(waiting, 5)
    await world.collector.collect()
    world.pass_time(2)
    await asyncio.wait_for(world.collector.wait(), 5)


async def test_a_docker_event_makes_docker_and_traefik_due_and_traefik_once_more(make: Make) -> None:
    world = make()
    await world.collector.collect()
    world.pass_time(1.9)
    await world.collector.collect()
    await soon(lambda: world.docker.subscribed == 1)
    for action in ("create", "start", "health_status: healthy"):
        world.docker.events_of.put_nowait(action)
    await soon(world.docker.events_of.empty)
    await asyncio.sleep(0.01)
    await world.collector.collect()
    assert (world.docker.reads, world.traefik.reads) == (1, 1), "a burst is waited for"
    world.pass_time(0.3)
    await asyncio.wait_for(world.collector.wait(), 5)
    await world.collector.collect()
    assert (world.docker.reads, world.traefik.reads, world.acme.reads) == (2, 2, 1)
    world.pass_time(1.9)
    await world.collector.collect()
    assert world.traefik.reads == 2
    world.pass_time(0.3)
    await world.collector.collect()
    assert (world.docker.reads, world.traefik.reads) == (2, 3), "its own turn"
    world.pass_time(0.3)
    await world.collector.collect()
    assert (world.docker.reads, world.traefik.reads) == (2, 4), "once more, when Traefik has taken the change"


async def _event(world: World, action: str = "start") -> None:
    await soon(lambda: world.docker.subscribed == 1)
    world.docker.events_of.put_nowait(action)
    await soon(world.docker.events_of.empty)
    await asyncio.sleep(0.01)


async def test_a_later_event_moves_what_is_to_be_read_once_more(make: Make) -> None:
    world = make()
    await world.collector.collect()
    await _event(world)
    for _ in range(2):
        world.pass_time(0.5)
        await world.collector.collect()
    assert world.traefik.reads == 2
    await _event(world, "die")
    world.pass_time(0.3)
    await world.collector.collect()
    world.pass_time(1.3)
    await world.collector.collect()
    assert world.traefik.reads == 3, "2.6 s after the first event, 1.6 s after the second"


async def test_a_read_that_begins_before_a_burst_is_over_does_not_count_for_it(make: Make) -> None:
    world = make()
    await world.collector.collect()
    world.pass_time(9.9)
    await _event(world)
    world.pass_time(0.1)
    await world.collector.collect()
    assert world.docker.reads == 2, "its own turn"
    world.pass_time(0.2)
    await world.collector.collect()
    assert world.docker.reads == 3


async def test_a_changed_acme_file_is_read_at_once(make: Make) -> None:
    world = make()
    await world.collector.collect()
    waiting = asyncio.create_task(world.collector.wait())
    world.acme.events_of.put_nowait("/acme.json")
    await asyncio.wait_for(waiting, 5)
    await world.collector.collect()
    assert (world.acme.reads, world.docker.reads) == (2, 1)


@pytest.mark.parametrize("end", [None, SourceError("cut"), ZeroDivisionError("an adapter's bug")])
async def test_a_listener_comes_back(make: Make, monkeypatch: pytest.MonkeyPatch, end: Exception | None) -> None:
    monkeypatch.setattr("specter_tui.collect.following._PAUSES", (0.01, 0.02))
    world = make()
    await world.collector.collect()
    for _ in range(3):
        world.docker.events_of.put_nowait(end)
    await soon(lambda: world.docker.subscribed == 4)


async def test_a_listener_asks_ever_less_often_until_something_comes(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    rest = asyncio.sleep

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await rest(0)

    world = make(acme=None)
    for _ in range(6):
        world.docker.events_of.put_nowait(SourceError("cut"))
    world.docker.events_of.put_nowait("start")
    world.docker.events_of.put_nowait(None)
    monkeypatch.setattr("specter_tui.collect.collector.asyncio.sleep", sleep)
    await world.collector.collect()
    async with asyncio.timeout(10):
        while len(pauses) < 7:
            await rest(0.005)
    assert pauses == [1, 2, 4, 8, 10, 10, 1]


async def test_the_end_of_the_stream_is_looked_into(make: Make) -> None:
    world = make()
    await world.collector.collect()
    world.docker.events_of.put_nowait(None)
    await soon(world.docker.events_of.empty)
    await asyncio.sleep(0.01)
    world.pass_time(0.3)
    await world.collector.collect()
    assert world.docker.reads == 2

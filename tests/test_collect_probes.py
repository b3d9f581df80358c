"""The collector's probes, its one-shot use and its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from specter_tui.core.proof import ProbeAnswer
from specter_tui.core.snapshot import SourceName, SourceStatus
from tests.builders import NOW, a_middleware, a_route
from tests.collecting import DOCKER, TARGET, TRAEFIK, Make, soon, worlds


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    async with worlds() as build:
        yield build


def answer(status: int = 307) -> ProbeAnswer:
    return ProbeAnswer(TARGET, NOW, status=status)


async def test_probes_are_joined_into_the_same_snapshot(make: Make) -> None:
    world = make(probe=True)
    world.probe.answer = (answer(),)
    assert (await world.states())["probe"].status is SourceStatus.FRESH
    assert [one.probes for one in world.join.reads] == [(), (answer(),)]
    assert world.probe.targets == [(TARGET,)]
    world.pass_time(59)
    await world.collector.collect()
    assert world.probe.reads == 1
    world.pass_time(1)
    await world.collector.collect()
    assert world.probe.reads == 2


async def test_a_round_in_which_nothing_answered_is_a_failure(make: Make) -> None:
    world = make(probe=True)
    silent = ProbeAnswer(TARGET, NOW, error="no answer from 127.0.0.1:443 within 5 s")
    world.probe.answer = (silent, silent)
    state = (await world.states())["probe"]
    assert state.status is SourceStatus.FAILED
    assert state.error == "none of its 2 requests was answered; the first: no answer from 127.0.0.1:443 within 5 s"
    world.probe.answer = (silent, answer(502))
    world.pass_time(60)
    assert (await world.states())["probe"].status is SourceStatus.FRESH, "one silent route is that route's trouble"
    world.probe.answer = (silent,)
    world.pass_time(60)
    state = (await world.states())["probe"]
    assert state.status is SourceStatus.FAILED
    assert state.error == "its only request was not answered: no answer from 127.0.0.1:443 within 5 s"


async def test_a_changed_route_is_proved_anew_and_its_old_proof_dropped(make: Make) -> None:
    world = make(probe=True)
    world.probe.answer = (answer(),)
    world.join.routes = (a_route(),)
    await world.collector.collect()
    world.traefik.answer = replace(TRAEFIK, version="3.7.16")
    world.join.middlewares = (a_middleware(),)
    world.probe.gate.clear()
    world.pass_time(2)
    await world.collector.collect()
    assert world.probe.reads == 2
    assert not world.join.reads[-1].probes, "nothing is proved while the new answer is awaited"
    world.probe.gate.set()
    await asyncio.wait_for(world.collector.wait(), 5)
    await world.collector.collect()
    assert list(world.join.reads[-1].probes) == [answer()]


async def test_other_targets_are_asked_and_the_same_ones_are_not(make: Make) -> None:
    world = make(probe=True)
    await world.collector.collect()
    world.docker.answer = replace(DOCKER, host="other")
    world.collector._docker.ask(0)
    world.pass_time(1)
    await world.collector.collect()
    assert world.probe.reads == 1
    world.plan.append(replace(TARGET, path="/b"))
    world.docker.answer = DOCKER
    world.collector._docker.ask(0)
    await world.collector.collect()
    assert [len(one) for one in world.probe.targets] == [1, 2]


async def test_connections_are_kept_until_something_else_may_be_served(make: Make) -> None:
    world = make(probe=True)
    world.probe.answer = (answer(),)
    await world.collector.collect()
    begun = world.probe.forgotten
    world.pass_time(60)
    await world.collector.collect()
    assert (world.probe.reads, world.probe.forgotten - begun) == (2, 0)
    world.join.middlewares = (a_middleware(),)
    world.traefik.answer = replace(TRAEFIK, version="3.7.16")
    world.pass_time(2)
    await world.collector.collect()
    assert (world.probe.reads, world.probe.forgotten - begun) == (3, 1), "another configuration"
    world.collector.wake()
    await world.collector.collect()
    assert (world.probe.reads, world.probe.forgotten - begun) == (4, 2), "asked for by a person"


async def test_a_new_certificate_is_looked_for_when_traefik_has_had_the_time_to_serve_it(make: Make) -> None:
    world = make(probe=True)
    world.probe.answer = (answer(),)
    await world.collector.collect()
    begun = world.probe.forgotten
    world.acme.events_of.put_nowait("/acme.json")
    await soon(lambda: world.collector._acme.due_at <= world.clock.seconds)
    world.pass_time(11)
    await world.collector.collect()
    assert (world.probe.reads, world.probe.forgotten - begun) == (1, 0)
    world.pass_time(1)
    await world.collector.collect()
    assert (world.probe.reads, world.probe.forgotten - begun) == (2, 1)


async def test_once_waits_for_everything_and_leaves_nothing_running(make: Make) -> None:
    before = asyncio.all_tasks()
    world = make(probe=True, patience=0)
    world.probe.answer = (answer(),)
    world.docker.gate.clear()
    taking = asyncio.create_task(world.collector.collect_once(probe=True))
    await soon(lambda: world.docker.reads == 1)
    assert not taking.done()
    world.docker.gate.set()
    snapshot = await asyncio.wait_for(taking, 5)
    assert {str(name): str(state.status) for name, state in snapshot.sources.items()} == {
        "traefik": "fresh",
        "docker": "fresh",
        "acme": "fresh",
        "cloudflare": "off",
        "probe": "fresh",
    }
    assert world.docker.subscribed == 0
    assert asyncio.all_tasks() == before


async def test_close_ends_every_task_and_every_source(make: Make) -> None:
    before = asyncio.all_tasks()
    world = make(probe=True)
    world.docker.gate.clear()
    await world.collector.collect()
    waiting = asyncio.create_task(world.collector.wait())
    await asyncio.sleep(0)
    await world.collector.close()
    await world.collector.close()
    await asyncio.wait_for(waiting, 5)
    reads = world.traefik.reads
    world.collector.wake()
    await world.collector.collect()
    assert world.traefik.reads == reads, "a closed collector reads nothing"
    assert asyncio.all_tasks() == before
    assert [one.closed for one in (world.traefik, world.docker, world.acme, world.probe)] == [1, 1, 1, 1]


async def test_a_cancelled_collection_loses_nothing(make: Make) -> None:
    world = make()
    for one in (world.traefik, world.docker, world.acme):
        one.gate.clear()
    taking = asyncio.create_task(world.collector.collect())
    await soon(lambda: world.docker.reads == 1)
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    for one in (world.traefik, world.docker, world.acme):
        one.gate.set()
    assert (await world.states())["docker"].status is SourceStatus.FRESH
    assert world.docker.reads == 1


async def test_a_source_that_cannot_close_does_not_keep_the_others_open(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang() -> None:
        await asyncio.sleep(30)

    monkeypatch.setattr("specter_tui.collect.sources._CLOSE_SECONDS", 0.01)
    world = make()
    closing: Callable[[], Awaitable[None]] = hang
    monkeypatch.setattr(world.traefik, "close", closing)
    await world.collector.close()
    assert world.docker.closed == 1


async def test_many_targets_are_given_the_time_of_all_their_rounds(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The probe asks ten at once, so the third round ends when three have passed, not when one has."""
    monkeypatch.setattr("specter_tui.collect.probe_rounds.DEADLINE", 0.01)
    monkeypatch.setattr("specter_tui.collect.probe_rounds._EACH", 5.0)
    world = make(probe=True, patience=10.0)
    world.plan[:] = [replace(TARGET, router_id=f"app{number}@docker") for number in range(21)]
    world.probe.answer = (answer(),)
    world.probe.gate.clear()
    collecting = asyncio.create_task(world.collector.collect())
    await soon(lambda: world.probe.reads == 1)
    await asyncio.sleep(0.1)
    world.probe.gate.set()
    assert (await collecting).source(SourceName.PROBE).status is SourceStatus.FRESH

"""The collector with sources that are told what to do: each state, back-off, slowness, wake-ups, the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from specter_tui.collect import Collector, Sources
from specter_tui.core.errors import SourceError, SourceOff
from specter_tui.core.join import Reads
from specter_tui.core.model import AcmeRead, ContainerDetail, DockerRead, TraefikRead
from specter_tui.core.proof import ProbeAnswer, ProbeTarget
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Snapshot, SourceName, SourceState, SourceStatus
from tests.builders import NOW, a_middleware, a_route

TRAEFIK = TraefikRead("3.7.15", "", (), (), (), ())
DOCKER = DockerRead("20.10", "1.41", "vps", ())
ACME = AcmeRead((), (), ())
TARGET = ProbeTarget("app@docker", "web", "127.0.0.1:80", tls=False, host="a.org", path="/", method="HEAD")


@dataclass
class FakeClock:
    """Time that moves when it is told to."""

    seconds: float = 1000.0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds - 1000)

    def ticks(self) -> float:
        return self.seconds


@dataclass
class Fake:
    """Any of the four ports: answers with `answer`, or raises it, once `gate` is open."""

    answer: Any
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    events_of: asyncio.Queue[str | Exception | None] = field(default_factory=asyncio.Queue)
    reads: int = 0
    subscribed: int = 0
    closed: int = 0
    targets: list[Sequence[ProbeTarget]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate.set()

    async def read(self, targets: Sequence[ProbeTarget] | None = None) -> Any:
        self.reads += 1
        if targets is not None:
            self.targets.append(targets)
        await self.gate.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def inspect(self, container_id: str) -> ContainerDetail:
        raise NotImplementedError

    async def events(self) -> AsyncIterator[str]:
        self.subscribed += 1
        while (item := await self.events_of.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item

    changes = events

    async def close(self) -> None:
        self.closed += 1


@dataclass
class Joined:
    """Stands for `core.join.join`, and keeps what it was asked to join."""

    reads: list[Reads] = field(default_factory=list)
    routes: tuple[Any, ...] = ()
    middlewares: tuple[Any, ...] = ()

    def __call__(
        self, reads: Reads, states: Mapping[SourceName, SourceState], settings: Settings, *, context: str, now: datetime
    ) -> Snapshot:
        self.reads.append(reads)
        return Snapshot(now, context, states, routes=self.routes, middlewares=self.middlewares)


@dataclass
class World:
    clock: FakeClock
    traefik: Fake
    docker: Fake
    acme: Fake
    probe: Fake
    join: Joined
    collector: Collector
    plan: list[ProbeTarget]

    async def states(self) -> dict[str, SourceState]:
        return {str(name): state for name, state in (await self.collector.collect()).sources.items()}

    def pass_time(self, seconds: float) -> None:
        self.clock.seconds += seconds


Make = Callable[..., World]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    made: list[World] = []

    def build(*, probe: bool = False, patience: float = 0.05, **changes: Any) -> World:
        fakes = {"traefik": Fake(TRAEFIK), "docker": Fake(DOCKER), "acme": Fake(ACME), "probe": Fake(())}
        clock, join, plan = FakeClock(), Joined(), [TARGET]
        used: dict[str, Any] = {**fakes, "probe": fakes["probe"] if probe else None, **changes}
        collector = Collector(
            Sources(**used),
            Settings(),
            "main",
            clock=clock,
            join=join,
            plan=lambda _snapshot, _settings: tuple(plan),
            patience=patience,
        )
        made.append(World(clock, **fakes, join=join, collector=collector, plan=plan))
        return made[-1]

    yield build
    for one in made:
        await one.collector.close()


async def soon(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  looks at the fakes, which have no event for everything
            await asyncio.sleep(0.005)


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
    assert (world.docker.reads, world.traefik.reads) == (2, 3)


async def test_a_changed_acme_file_is_read_at_once(make: Make) -> None:
    world = make()
    await world.collector.collect()
    waiting = asyncio.create_task(world.collector.wait())
    world.acme.events_of.put_nowait("/acme.json")
    await asyncio.wait_for(waiting, 5)
    await world.collector.collect()
    assert (world.acme.reads, world.docker.reads) == (2, 1)


@pytest.mark.parametrize("end", [None, SourceError("cut")])
async def test_a_listener_comes_back(make: Make, monkeypatch: pytest.MonkeyPatch, end: Exception | None) -> None:
    monkeypatch.setattr("specter_tui.collect.collector._LISTEN_PAUSES", (0.01, 0.02))
    world = make()
    await world.collector.collect()
    for _ in range(3):
        world.docker.events_of.put_nowait(end)
    await soon(lambda: world.docker.subscribed == 4)


async def test_the_end_of_the_stream_is_looked_into(make: Make) -> None:
    world = make()
    await world.collector.collect()
    world.docker.events_of.put_nowait(None)
    await soon(world.docker.events_of.empty)
    await asyncio.sleep(0.01)
    world.pass_time(0.3)
    await world.collector.collect()
    assert world.docker.reads == 2


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

    monkeypatch.setattr("specter_tui.collect.collector._CLOSE_SECONDS", 0.01)
    world = make()
    closing: Callable[[], Awaitable[None]] = hang
    monkeypatch.setattr(world.traefik, "close", closing)
    await world.collector.close()
    assert world.docker.closed == 1

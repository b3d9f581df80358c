"""Sources that are told what to do, a clock that is told the time, and a collector over them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from specter_tui.collect import Collector, Sources
from specter_tui.core.join import Reads
from specter_tui.core.model import AcmeRead, ContainerDetail, DockerRead, TraefikRead
from specter_tui.core.proof import ProbeTarget
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Snapshot, SourceName, SourceState
from tests.builders import NOW

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
    forgotten: int = 0
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

    async def forget(self) -> None:
        self.forgotten += 1

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


@asynccontextmanager
async def worlds() -> AsyncIterator[Make]:
    """Builds worlds, and closes their collectors at the end."""
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

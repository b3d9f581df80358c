"""What Traefik holds and what names are asked for: when it is read, and that nothing else waits or falls with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest

from specter_tui.collect.collector import SERVED_AFTER
from specter_tui.collect.serving import ServingReader
from specter_tui.core.errors import SourceError
from specter_tui.core.model import Certificate
from specter_tui.core.serving import Handshake, HandshakeTarget, ServingRead, Side
from specter_tui.core.settings import ProbeSettings, Settings
from tests.builders import NOW, a_certificate, a_router
from tests.collecting import Make, World, soon, worlds
from tests.core.joining import joined

HELD = (a_certificate("file.test", source="traefik", resolver=""),)


@dataclass
class Held:
    """`HeldSource` that is told what to answer."""

    answer: tuple[Certificate, ...] | Exception = HELD
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    reads: int = 0
    closed: int = 0

    async def read(self) -> tuple[Certificate, ...]:
        self.reads += 1
        await self.gate.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def close(self) -> None:
        self.closed += 1


@dataclass
class Asked:
    """`HandshakeSource` that remembers for what it was asked."""

    targets: list[HandshakeTarget] = field(default_factory=list)

    async def read(self, targets: Sequence[HandshakeTarget]) -> tuple[Handshake, ...]:
        self.targets += targets
        return tuple(Handshake(one, NOW, error="nobody") for one in targets)


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    async with worlds() as build:
        yield build


def _served(world: World) -> list[ServingRead | None]:
    return [one.serving for one in world.join.reads]


async def test_once_reads_the_list_and_asks_for_names_only_with_probes(make: Make) -> None:
    for probe in (False, True):
        held, asked = Held(), Asked()
        held.gate.set()
        world = make(probe=True, held=held, handshakes=asked)
        await world.collector.collect_once(probe=probe)
        last = _served(world)[-1]
        assert last is not None
        assert last.held == HELD
        assert held.reads == (2 if probe else 1)


async def test_no_snapshot_waits_for_it_and_the_next_one_has_it(make: Make) -> None:
    held = Held()
    world = make(held=held)
    await world.collector.collect()
    await soon(lambda: held.reads == 1)
    assert _served(world) == [None]
    held.gate.set()
    await asyncio.wait_for(world.collector.wait(), 5)
    await world.collector.collect()
    assert _served(world)[-1] == ServingRead(HELD, ())


async def test_it_is_read_once_a_minute_and_soon_after_acme_json_has_changed(make: Make) -> None:
    held = Held()
    held.gate.set()
    world = make(held=held)
    await world.collector.collect()
    await soon(lambda: held.reads == 1)
    world.pass_time(59)
    await world.collector.collect()
    assert held.reads == 1
    await soon(lambda: world.acme.subscribed == 1)
    world.acme.events_of.put_nowait("acme.json")
    await asyncio.sleep(0.05)
    world.pass_time(0.5)
    await world.collector.collect()
    await asyncio.sleep(0)
    assert held.reads == 1, "Traefik may not serve it yet"
    world.pass_time(SERVED_AFTER)
    await world.collector.collect()
    await soon(lambda: held.reads == 2)


@pytest.mark.parametrize("error", [SourceError("404", "none"), TimeoutError()])
async def test_a_list_that_can_not_be_read_is_unknown_and_no_failure(make: Make, error: Exception) -> None:
    held = Held(error)
    held.gate.set()
    world = make(held=held)
    snapshot = await world.collector.collect_once(probe=False)
    assert _served(world)[-1] == ServingRead(None, ())
    assert all(not state.error for state in snapshot.sources.values())


@pytest.mark.parametrize(("version", "reads"), [("", 0), ("2.11.53", 0), ("3.6.24", 0), ("3.7.0", 1), ("3.8.0", 1)])
async def test_before_3_7_the_list_is_not_asked_for(version: str, reads: int) -> None:
    held = Held()
    held.gate.set()
    await ServingReader(held, None, Settings()).read(version, None)
    assert held.reads == reads


async def test_names_are_asked_for_by_the_snapshot() -> None:
    asked = Asked()
    settings = Settings(probe=ProbeSettings(addresses={"websecure": "127.0.0.1:443"}))
    read = await ServingReader(None, asked, settings).read("3.7.15", joined(a_router()))
    assert [one.side for one in asked.targets] == [Side.LOCAL]
    assert [one.error for one in read.handshakes] == ["nobody"]


async def test_closing_frees_it(make: Make) -> None:
    held = Held()
    world = make(held=held)
    await world.collector.collect()
    await world.collector.close()
    assert held.closed == 1

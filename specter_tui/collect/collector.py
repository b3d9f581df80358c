"""Reads the sources side by side, keeps what was last good, and joins it all into snapshots."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Protocol

from specter_tui.collect.following import follow
from specter_tui.collect.probe_rounds import Plan, ProbeRounds
from specter_tui.collect.reader import Clock, Pace, Reader, SystemClock
from specter_tui.collect.serving import DEADLINE as SERVING_DEADLINE
from specter_tui.collect.serving import ServingReader
from specter_tui.collect.sources import Sources
from specter_tui.core.collection import no_collection
from specter_tui.core.dns.model import CloudflareRead
from specter_tui.core.join import Reads
from specter_tui.core.join import join as join_reads
from specter_tui.core.log_request import log_request
from specter_tui.core.model import AcmeRead, DockerRead, TraefikRead
from specter_tui.core.ports import (
    AcmeSource,
    CloudflareSource,
    DockerSource,
    TraefikSource,
)
from specter_tui.core.probing import plan_probes
from specter_tui.core.rejoin import JoinMemory
from specter_tui.core.serving import ServingRead
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Snapshot, SourceName, SourceState
from specter_tui.core.traefik_log import LogRead

TRAEFIK_DEADLINE: Final = 5.0
DOCKER_DEADLINE: Final = 10.0
ACME_DEADLINE: Final = 10.0
CLOUDFLARE_DEADLINE: Final = 30.0
LOG_DEADLINE: Final = 10.0
LOG_INTERVAL: Final = 10.0  # seconds between two looks; the source reads only where something can be new
PATIENCE: Final = 1.0  # seconds a snapshot waits for slow sources once one has answered
EVENT_PAUSE: Final = 0.3  # a container's start is a burst of events
SERVED_AFTER: Final = 12.0  # what is looked at sooner after a change of acme.json may not be served yet
TRAEFIK_AGAIN: Final = 2.5  # Traefik takes a provider's changes at most every 2 s (providersThrottleDuration)


class Join(Protocol):
    """`core.join.join`."""

    def __call__(
        self, reads: Reads, states: Mapping[SourceName, SourceState], settings: Settings, *, context: str, now: datetime
    ) -> Snapshot:
        """One snapshot of all reads at `now`."""
        ...


class Collector:
    """Gives one snapshot after another: `collect`, `wait`, `collect`, ... until `close`.

    A source that is slow or fails never holds up the others: its last good answer is shown as stale, and an
    answer that comes late is in the next snapshot. Nothing here raises what a source raises.

    `settled` is called once, in a thread, when there is a first snapshot.
    """

    def __init__(
        self,
        sources: Sources,
        settings: Settings,
        context: str,
        *,
        clock: Clock | None = None,
        join: Join | None = None,
        plan: Plan = plan_probes,
        patience: float = PATIENCE,
        settled: Callable[[], None] = lambda: None,
    ) -> None:
        self._sources = sources
        self._settings = settings
        self._context = context
        self._clock = clock or SystemClock()
        self._join = join or partial(join_reads, memory=JoinMemory())
        self._patience = patience
        self._settled = settled
        self._reads = Reads()  # what the last snapshot was made of
        self._told: object = None
        self._snapshot: Snapshot | None = None
        self._news = False  # an answer came in that no snapshot shows yet
        self._stirred = asyncio.Event()
        self._lock = asyncio.Lock()
        self._listeners: list[asyncio.Task[None]] = []
        self._closed = False
        refresh = settings.refresh
        self._traefik: Reader[TraefikRead] = self._reader(
            SourceName.TRAEFIK, sources.traefik, Pace(refresh.traefik, TRAEFIK_DEADLINE)
        )
        self._docker: Reader[DockerRead] = self._reader(
            SourceName.DOCKER, sources.docker, Pace(refresh.docker, DOCKER_DEADLINE)
        )
        self._acme: Reader[AcmeRead] = self._reader(SourceName.ACME, sources.acme, Pace(refresh.acme, ACME_DEADLINE))
        self._cloudflare: Reader[CloudflareRead] = self._reader(
            SourceName.CLOUDFLARE, sources.cloudflare, Pace(refresh.cloudflare, CLOUDFLARE_DEADLINE)
        )
        why = sources.reasons.get(SourceName.PROBE, "")
        self._rounds = ProbeRounds(sources.probe, settings, self._clock, self._tell, plan=plan, why=why)
        self._probe = self._rounds.reader
        self._log: Reader[LogRead] = Reader(
            self._read_log if sources.traefik_log else None, Pace(LOG_INTERVAL, LOG_DEADLINE), self._clock, self._tell
        )
        self._serving_source = ServingReader(sources.held, sources.handshakes, settings)
        self._serving: Reader[ServingRead] = Reader(
            self._read_serving if sources.held or sources.handshakes else None,
            Pace(refresh.probe, SERVING_DEADLINE),
            self._clock,
            self._tell,
        )
        self._looks = False  # whether names may be asked for: not on the command line, unless probing was asked for

    async def collect(self) -> Snapshot:
        """Reads what is due and gives a snapshot, without waiting long for what is slow."""
        async with self._lock:
            self._listen()
            await self._settle(self._start_due(), self._patience)
            self._start_log()  # its answer comes with the next snapshot: nothing waits for a log
            snapshot = await self._joined(self._patience)
            self._looks = True
            if self._serving.due_at <= self._clock.ticks() and not self._closed and self._traefik.good is not None:
                self._serving.start()  # as the log's
            return snapshot

    async def collect_once(self, *, probe: bool) -> Snapshot:
        """One snapshot for which every source has answered or used up its deadline; leaves nothing running."""
        async with self._lock:
            tasks = [reader.start() for reader in self._base()]
            await self._settle([task for task in tasks if task is not None], None)
            await self._settle([one for one in (self._start_log(), self._serving.start()) if one is not None], None)
            snapshot = await self._joined(None, probe=probe)
            if not probe or self._sources.handshakes is None:
                return snapshot
            self._looks = True
            await self._settle([one for one in (self._serving.start(),) if one is not None], None)
            return await self._join_all()

    async def wait(self) -> None:
        """Returns when a source is due, when a late answer has come in, or after `wake`."""
        while not self._closed:
            self._stirred.clear()
            readers = (*self._base(), self._probe, *((self._log,) if self._knows_traefik() else ()))
            if self._traefik.good is not None:
                readers = (*readers, self._serving)
            ready = min(reader.due_at for reader in readers) - self._clock.ticks()
            if self._news or ready <= 0:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(min(ready, 3600)):
                    await self._stirred.wait()

    def wake(self) -> None:
        """Makes every source due now."""
        self._rounds.renew()
        for reader in self._all():
            reader.ask(self._clock.ticks())
        self._stirred.set()

    async def close(self) -> None:
        """Ends every task and frees the sources; a second time does nothing."""
        if self._closed:
            return
        self._closed = True
        self._stirred.set()
        for task in self._listeners:
            task.cancel()
        await asyncio.gather(*self._listeners, *(reader.stop() for reader in self._all()), return_exceptions=True)
        await self._sources.close()

    def _reader(
        self, name: SourceName, source: TraefikSource | DockerSource | AcmeSource | CloudflareSource | None, pace: Pace
    ) -> Reader[Any]:
        reason = self._sources.reasons.get(name, "not configured")
        return Reader(source.read if source else None, pace, self._clock, self._tell, reason)

    def _base(self) -> tuple[Reader[Any], ...]:
        return self._traefik, self._docker, self._acme, self._cloudflare

    def _all(self) -> tuple[Reader[Any], ...]:
        return (*self._base(), self._probe, self._log, self._serving)

    def _tell(self) -> None:
        self._news = True
        self._stirred.set()

    def _start_due(self) -> list[asyncio.Task[None]]:
        if self._closed:
            return []
        now, first = self._clock.ticks(), self._snapshot is None
        tasks = [reader.start() for reader in self._base() if first or reader.due_at <= now]
        return [task for task in tasks if task is not None]

    def _start_log(self) -> asyncio.Task[None] | None:
        """Begins to read Traefik's log where that is due."""
        if self._closed or not self._knows_traefik() or self._log.due_at > self._clock.ticks():
            return None
        return self._log.start()

    def _knows_traefik(self) -> bool:
        """Whether it is known whose log it is: Docker's first answer is there, or there will be none soon."""
        return self._traefik.good is not None and (self._docker.good is not None or self._docker.task is None)

    async def _read_log(self) -> LogRead:
        asked = log_request(self._docker.good, self._traefik.good)
        return await self._sources.traefik_log.read(asked) if self._sources.traefik_log else LogRead()

    async def _settle(self, tasks: Iterable[asyncio.Task[None]], patience: float | None) -> None:
        """Waits for the reads as long as `patience` lasts (None: for all); at the very first for one at least."""
        waiting = set(tasks)
        if not waiting:
            return
        if self._snapshot is None:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait(waiting, timeout=patience)

    async def _joined(self, patience: float | None, *, probe: bool = True) -> Snapshot:
        snapshot = await self._join_all()
        if not probe or self._closed or self._sources.probe is None:
            return snapshot
        await self._rounds.replan(snapshot, (self._traefik.good, self._docker.good))
        if self._probe.due_at <= self._clock.ticks() and (task := self._probe.start()) is not None:
            await self._settle([task], patience)
            snapshot = await self._join_all()
        return snapshot

    async def _join_all(self) -> Snapshot:
        """The snapshot of the reads as they are now; only time and states are new where nothing has changed."""
        self._news = False
        states = self._states()
        now = self._clock.now()
        reads = Reads(
            self._traefik.good,
            self._docker.good,
            self._acme.good,
            self._probe.good or (),
            self._log.good,
            self._cloudflare.good,
            self._serving.good,
        )
        told = tuple((name, one.status, one.error, one.version, one.reason) for name, one in states.items())
        minute = now.replace(second=0, microsecond=0)  # what a certificate's dates say changes with time alone
        if self._snapshot is not None and _same(reads, self._reads) and (told, minute) == self._told:
            self._snapshot = replace(self._snapshot, taken_at=now, sources=states)
            return self._snapshot
        self._snapshot = await asyncio.to_thread(self._join_now, reads, states, now, first=self._snapshot is None)
        self._reads, self._told = reads, (told, minute)
        return self._snapshot

    def _join_now(
        self, reads: Reads, states: Mapping[SourceName, SourceState], now: datetime, *, first: bool
    ) -> Snapshot:
        """In a worker thread: everything that takes longer than the event loop may stand still."""
        with no_collection():
            snapshot = self._join(reads, states, self._settings, context=self._context, now=now)
            if first:
                self._settled()
        return snapshot

    def _states(self) -> Mapping[SourceName, SourceState]:
        traefik, docker = self._traefik.good, self._docker.good
        return MappingProxyType(
            {
                SourceName.TRAEFIK: self._traefik.state(traefik.version if traefik else ""),
                SourceName.DOCKER: self._docker.state(docker.version if docker else ""),
                SourceName.ACME: self._acme.state(),
                SourceName.CLOUDFLARE: self._cloudflare.state(),
                SourceName.PROBE: self._rounds.state(),
            }
        )

    async def _read_serving(self) -> ServingRead:
        version = self._traefik.good.version if self._traefik.good else ""
        return await self._serving_source.read(version, self._snapshot if self._looks else None)

    def _listen(self) -> None:
        """Starts the listeners once."""
        if self._listeners or self._closed:
            return
        if self._sources.docker is not None:
            self._listeners.append(asyncio.create_task(follow(self._sources.docker.events, self._on_docker)))
        if self._sources.acme is not None:
            self._listeners.append(asyncio.create_task(follow(self._sources.acme.changes, self._on_acme)))

    def _on_docker(self) -> None:
        now = self._clock.ticks()
        self._docker.ask(now + EVENT_PAUSE)
        self._traefik.ask(now + EVENT_PAUSE)
        self._traefik.ask_again(now + TRAEFIK_AGAIN)
        self._stirred.set()

    def _on_acme(self) -> None:
        self._acme.ask(self._clock.ticks())
        for reader in (self._probe, self._serving):
            reader.ask(self._clock.ticks() + SERVED_AFTER)
        self._rounds.renew(SERVED_AFTER)
        self._stirred.set()


def _same(one: Reads, other: Reads) -> bool:
    """Whether both hold the very same objects: the sources give the same one again where nothing has changed."""
    pairs = (
        (one.traefik, other.traefik),
        (one.docker, other.docker),
        (one.acme, other.acme),
        (one.cloudflare, other.cloudflare),
        (one.traefik_log, other.traefik_log),
        (one.serving, other.serving),
    )
    return all(a is b for a, b in pairs) and one.probes is other.probes

"""Verifies a change of protection by its effect: containers healthy, Traefik shows it, visitors turned away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from specter_tui.core.actions.ports import Tell
from specter_tui.core.compose import PROJECT, SERVICE
from specter_tui.core.errors import SourceError
from specter_tui.core.exposure import stopped_traefik
from specter_tui.core.model import ConfigStatus, Container, ContainerHealth
from specter_tui.core.ports import ProbeSource
from specter_tui.core.probing import judge, plan_probes
from specter_tui.core.proof import Proof, ProofVerdict
from specter_tui.core.protecting.work import LabelWork, RouterChange, Service
from specter_tui.core.settings import Settings
from specter_tui.core.shadow_names import shadow_id
from specter_tui.core.snapshot import Route, Snapshot, SourceName, SourceStatus
from specter_tui.core.text import visible

_SHOWN: Final = 200
Look = Callable[[], Awaitable[Snapshot]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each effect may take to show, in seconds."""

    healthy: float = 120.0
    shown: float = 10.0
    proved: float = 10.0
    pause: float = 0.5  # between two looks


@dataclass(frozen=True, slots=True)
class RouteProof:
    """What anonymous requests to one router got; `verdict` is its weakest entry point's."""

    route_id: str
    proofs: tuple[Proof, ...]

    @property
    def verdict(self) -> ProofVerdict:
        """Unknown when nothing could be asked."""
        found = {proof.verdict for proof in self.proofs}
        for verdict in (ProofVerdict.OPEN, ProofVerdict.UNKNOWN, ProofVerdict.TURNED_AWAY):
            if verdict in found:
                return verdict
        return ProofVerdict.UNKNOWN

    @property
    def sentence(self) -> str:
        """What was seen, for a person."""
        told = "; ".join(visible(proof.reason, _SHOWN) for proof in self.proofs) or "no request could be made"
        return f"{visible(self.route_id, _SHOWN)}: {told}"


class Verifier:
    """Looks again and again until the effect is there or its time is over."""

    def __init__(self, look: Look, probe: ProbeSource, settings: Settings, patience: Patience | None = None) -> None:
        self._look = look
        self._probe = probe
        self._settings = settings
        self._patience = patience or Patience()

    async def prove(self, snapshot: Snapshot, route_ids: Sequence[str]) -> tuple[RouteProof, ...]:
        """Asks every router on each of its entry points, once; where the overlay stands before one, the overlay's."""
        every = plan_probes(snapshot, self._settings)
        asked = {one.router_id for one in every}
        answering = {one: one if one in asked else shadow_id(one) for one in route_ids}
        answers = await self._probe.read([one for one in every if one.router_id in answering.values()])
        return tuple(
            RouteProof(one, tuple(judge(found, self._settings) for found in answers if found.target.router_id == by))
            for one, by in answering.items()
        )

    async def verify(self, work: LabelWork, tell: Tell) -> tuple[RouteProof, ...]:
        """The proof that the work has its effect. Raises SourceError with what is missing when it has not in time."""
        await self._settled(work, tell)
        snapshot = await self.shown(lambda one: _not_shown(one, work))
        tell("Traefik shows it")
        names = [one.route_id for one in work.routers]
        if not work.protects:
            return await self.prove(snapshot, names)
        return await self.turned_away(names)

    async def restored(self, work: LabelWork, tell: Tell) -> None:
        """Returns when Traefik shows the routers as they were before the work. Raises SourceError.

        Given more time than a change is: where the engine died, Traefik itself has to come back first.
        """
        await self._settled(work, tell)
        await self._until(lambda one: _not_as_before(one, work), self._patience.healthy)
        tell("Traefik shows the routers as before")

    async def _settled(self, work: LabelWork, tell: Tell) -> None:
        await self._until(lambda one: _not_healthy(one, work.services), self._patience.healthy)
        tell("all containers are up")

    async def shown(self, missing: Callable[[Snapshot], str]) -> Snapshot:
        """The first snapshot in which nothing is missing of what Traefik shows soon. Raises SourceError."""
        return await self._until(missing, self._patience.shown)

    async def turned_away(self, route_ids: Sequence[str]) -> tuple[RouteProof, ...]:
        """The proof that all of these routers turn visitors away. Raises SourceError when they do not in time."""
        deadline = asyncio.get_running_loop().time() + self._patience.proved
        while True:
            found = await self.prove(await self._look(), route_ids)
            open_ones = [one for one in found if one.verdict is not ProofVerdict.TURNED_AWAY]
            if not open_ones:
                return found
            if asyncio.get_running_loop().time() > deadline:
                raise SourceError(f"not proved: {open_ones[0].sentence}")
            await asyncio.sleep(self._patience.pause)

    async def _until(self, missing: Callable[[Snapshot], str], seconds: float) -> Snapshot:
        """The first snapshot in which nothing is missing."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            snapshot = await self._look()
            what = missing(snapshot)
            if not what:
                return snapshot
            if asyncio.get_running_loop().time() > deadline:
                raise _late(snapshot, f"{what}, even after {seconds:g} s")
            await asyncio.sleep(self._patience.pause)


def _late(snapshot: Snapshot, what: str) -> SourceError:
    """With the reason where Traefik can't be read at all.

    An engine that was killed stops what still runs when it starts again, and then takes it for stopped by hand: what
    has `restart: unless-stopped` stays down (moby/moby#40789; observed on 20.10 without live-restore).
    """
    traefik = snapshot.source(SourceName.TRAEFIK)
    if traefik.status is SourceStatus.FRESH:
        return SourceError(what)
    stopped = stopped_traefik(snapshot.containers)
    if stopped is None:
        return SourceError(f"{what}: Traefik can't be read ({visible(traefik.error, _SHOWN)})")
    told = f"its container {visible(stopped.name, _SHOWN)} is {visible(stopped.state, _SHOWN)}"
    remedy = "bring Traefik up again, with docker compose up -d where its files are; then: specter-tui status"
    return SourceError(f"{what}: Traefik does not run, {told}", remedy)


def _not_healthy(snapshot: Snapshot, services: Iterable[Service]) -> str:
    for service in services:
        origin = service.origin
        name = visible(origin.service, _SHOWN)
        found = [one for one in snapshot.containers if belongs(one, service)]
        up = [one for one in found if one.state == "running" and one.health in _UP]
        if len(up) < service.replicas:
            states = ", ".join(sorted(f"{visible(one.name, _SHOWN)} {_state(one)}" for one in found if one not in up))
            return f"{len(up)} of {service.replicas} containers of {name} are up ({states or 'no other is there'})"
    return ""


_UP: Final = frozenset({ContainerHealth.HEALTHY, ContainerHealth.NONE})


def belongs(container: Container, service: Service) -> bool:
    """Whether Compose made the container for this service."""
    return (container.label(PROJECT), container.label(SERVICE)) == (service.origin.project, service.origin.service)


def _state(container: Container) -> str:
    return container.state if container.state != "running" else container.health.value


def _not_shown(snapshot: Snapshot, work: LabelWork) -> str:
    for change in work.routers:
        route = _route(snapshot, change)
        name = visible(change.route_id, _SHOWN)
        if route is None or route.router.status is ConfigStatus.DISABLED:
            return f"Traefik does not serve {name}"
        if (work.middleware in route.router.middlewares) is not work.protects:
            return f"Traefik {'does not show' if work.protects else 'still shows'} {visible(work.middleware)} on {name}"
    return ""


def _not_as_before(snapshot: Snapshot, work: LabelWork) -> str:
    for change in work.routers:
        route = _route(snapshot, change)
        if route is None or route.router.middlewares != change.middlewares:
            return f"Traefik does not show {visible(change.route_id, _SHOWN)} as before"
    return ""


def _route(snapshot: Snapshot, change: RouterChange) -> Route | None:
    return next((one for one in snapshot.routes if one.id == change.route_id), None)

"""Restarts, starts and stops containers, one after the other, and waits until they and Traefik show it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import msgspec

from specter_tui.core.actions import Plan, Wish
from specter_tui.core.actions.containers import ContainerWork, Verb, find_containers, fingerprint, plan_containers
from specter_tui.core.actions.ports import Clock, ContainerControl, ContainerFacts, Tell
from specter_tui.core.actions.shown import container_shown
from specter_tui.core.errors import FailedError, RefusedError, SourceError
from specter_tui.core.model import ContainerHealth
from specter_tui.core.ports import TraefikSource
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Snapshot
from specter_tui.core.text import visible

_SHOWN: Final = 200
_ALIVE: Final = frozenset({"running", "restarting", "paused"})
_REVERSE: Final = {Verb.START: Verb.STOP, Verb.STOP: Verb.START}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each effect is waited for, in seconds."""

    healthy: float = 120.0
    traefik: float = 10.0
    steady: float = 3.0  # how long one without a health check has to keep running
    engine: float = 60.0  # for an engine that is away while things are put back
    pause: float = 0.5


class ContainerAction:
    """All three verbs; `traefik` None: nobody can tell what Traefik shows."""

    def __init__(
        self,
        control: ContainerControl,
        traefik: TraefikSource | None,
        settings: Settings,
        clock: Clock,
        patience: Patience | None = None,
    ) -> None:
        self._control = control
        self._traefik = traefik
        self._settings = settings
        self._clock = clock
        self._patience = patience or Patience()

    async def plan(self, wish: Wish, snapshot: Snapshot) -> Plan:
        """What would happen to which containers. Raises NotFoundError, RefusedError and SourceError."""
        found = find_containers(snapshot, wish.target)
        facts = [await self._control.look(one.id) for one in found]
        return plan_containers(snapshot, Verb(wish.action), wish.target, facts, self._settings)

    async def fingerprint(self, plan: Plan) -> str:
        """Of the containers as they are now. Raises SourceError, and NotFoundError when one is gone."""
        return fingerprint(plan.action, [await self._control.look(one.id) for one in _work(plan).containers])

    async def apply(self, plan: Plan, tell: Tell) -> None:
        """Does it to each that has not had it yet; a restart waits for each before the next."""
        work = _work(plan)
        for place, before in enumerate(work.containers):
            name = visible(before.name, _SHOWN)
            now = await self._control.look(before.id)
            if _has_had(work.verb, before, now):
                tell(f"{name} was {_DONE[work.verb]} already")
            else:
                await self._do(work.verb, now)
                tell(f"{_DONE[work.verb]} {name}")
            if work.verb is Verb.RESTART and place + 1 < len(work.containers):
                tell(await self._well(before))

    async def verify(self, plan: Plan, tell: Tell) -> tuple[str, ...]:
        """Healthy (or ended), then as Traefik shows it. Raises FailedError."""
        work = _work(plan)
        proof: list[str] = []
        for one in work.containers:
            proof.append(await (self._ended(one) if work.verb is Verb.STOP else self._well(one)))
            tell(proof[-1])
        if work.routes:
            proof.append(await self._shown(work))
            tell(proof[-1])
        return tuple(proof)

    async def rollback(self, plan: Plan, tell: Tell) -> None:
        """Makes each run, or not run, as before. Raises FailedError when one is worse than before."""
        for before in _work(plan).containers:
            await self._patiently(before, tell)

    async def _patiently(self, before: ContainerFacts, tell: Tell) -> None:
        """Puts one back, also when the engine goes away for a while. Raises SourceError when it stays away."""
        deadline = self._clock.monotonic() + self._patience.engine
        while True:
            try:
                return await self._put_back(before, tell)
            except SourceError:
                if self._clock.monotonic() >= deadline:
                    raise
            await self._clock.sleep(self._patience.pause)

    async def _put_back(self, before: ContainerFacts, tell: Tell) -> None:
        name = visible(before.name, _SHOWN)
        now = await self._control.look(before.id)
        if before.state == "running" and now.state != "running":
            await self._control.start(before.id)
            tell(f"started {name} again")
            await self._as_before(before)
        elif before.state != "running" and now.state in _ALIVE:
            await self._control.stop(before.id)
            tell(f"stopped {name} again")
            await self._ended(before)
        elif _is_worse(before, now) and now.health is ContainerHealth.STARTING:
            tell(await self._well(before))
        elif _is_worse(before, now):
            raise FailedError(
                f"{name} runs, but is {now.health} and was {before.health} before; a restart can't be taken back",
                f"see specter-tui logs {name}",
            )
        else:
            tell(f"{name} is as before: {visible(now.state, _SHOWN)}")

    async def reverse(self, plan: Plan, journal_id: str, snapshot: Snapshot) -> Plan:
        """A start for a stop and a stop for a start. Raises RefusedError for a restart."""
        work = _work(plan)
        verb = _REVERSE.get(work.verb)
        if verb is None:
            raise RefusedError("a restart can't be taken back", "there is nothing to undo")
        facts = [await self._control.look(one.id) for one in work.containers]
        made = plan_containers(snapshot, verb, plan.target, facts, self._settings)
        return replace(made, undoes=journal_id)

    async def _do(self, verb: Verb, now: ContainerFacts) -> None:
        if verb is Verb.STOP:
            await self._control.stop(now.id)
        elif verb is Verb.START or now.state != "running":  # a restart that was cut off after the container ended
            await self._control.start(now.id)
        else:
            await self._control.restart(now.id)

    async def _well(self, before: ContainerFacts) -> str:
        """Waits until it is healthy, or keeps running where nothing checks it. Raises FailedError."""
        name = visible(before.name, _SHOWN)
        deadline = self._clock.monotonic() + self._patience.healthy
        life, since = "", 0.0
        while True:
            now = await self._control.look(before.id)
            if now.state == "running" and now.health is ContainerHealth.HEALTHY:
                return f"{name} is running and healthy"
            if now.started_at != life or now.state != "running":
                life, since = now.started_at, self._clock.monotonic()
            steady = self._clock.monotonic() - since
            if now.state == "running" and now.health is ContainerHealth.NONE and steady >= self._patience.steady:
                return f"{name} runs for {self._patience.steady:g} s and has no health check"
            if now.state in {"exited", "dead"}:
                raise FailedError(f"{name} ended with exit code {now.exit_code}", f"see specter-tui logs {name}")
            if self._clock.monotonic() >= deadline:
                how = now.health if now.state == "running" else visible(now.state, _SHOWN)
                raise FailedError(f"{name} is {how} after {self._patience.healthy:g} s", f"see specter-tui logs {name}")
            await self._clock.sleep(self._patience.pause)

    async def _as_before(self, before: ContainerFacts) -> None:
        """Waits for one that was put back; it need not be better than it was."""
        if before.health in {ContainerHealth.HEALTHY, ContainerHealth.NONE}:
            await self._well(before)
            return
        now = await self._control.look(before.id)
        if now.state != "running":
            raise FailedError(f"{visible(before.name, _SHOWN)} does not stay up", "see its log")

    async def _ended(self, before: ContainerFacts) -> str:
        name = visible(before.name, _SHOWN)
        now = await self._control.look(before.id)
        if now.state in _ALIVE:
            raise FailedError(f"{name} is {visible(now.state, _SHOWN)} again", "see its restart policy")
        return f"{name} has ended (exit code {now.exit_code})"

    async def _shown(self, work: ContainerWork) -> str:
        """Waits until Traefik has its routers with these containers as servers, or no longer. Raises FailedError."""
        if self._traefik is None:
            raise FailedError("nobody can tell what Traefik shows: no api_url in [traefik]")
        deadline = self._clock.monotonic() + self._patience.traefik
        facts = [await self._control.look(one.id) for one in work.containers]
        wanted = work.containers if work.verb is Verb.STOP else facts
        while True:
            why = await self._missing(work, tuple(wanted))
            if not why:
                routes = ", ".join(visible(one, _SHOWN) for one in work.routes)
                return (
                    f"Traefik no longer sends to it ({routes})"
                    if work.verb is Verb.STOP
                    else (f"Traefik has {routes} enabled with its address")
                )
            if self._clock.monotonic() >= deadline:
                raise FailedError(f"after {self._patience.traefik:g} s {why}", "see specter-tui doctor")
            await self._clock.sleep(self._patience.pause)

    async def _missing(self, work: ContainerWork, facts: tuple[ContainerFacts, ...]) -> str:
        if self._traefik is None:
            return "nobody can tell what Traefik shows"
        try:
            read = await self._traefik.read()
        except SourceError as error:  # Traefik itself may be what was restarted
            return f"Traefik does not tell: {error.message}"
        return container_shown(read, work, facts)


def _work(plan: Plan) -> ContainerWork:
    try:
        return msgspec.json.decode(plan.work, type=ContainerWork)
    except msgspec.MsgspecError as error:
        raise RefusedError("the plan is not understood", "it was made by another version") from error


def _has_had(verb: Verb, before: ContainerFacts, now: ContainerFacts) -> bool:
    if verb is Verb.STOP:
        return now.state not in _ALIVE
    return now.state == "running" and now.started_at != before.started_at


def _is_worse(before: ContainerFacts, now: ContainerFacts) -> bool:
    return before.health is ContainerHealth.HEALTHY and now.health is not ContainerHealth.HEALTHY


_DONE: Final = {Verb.RESTART: "restarted", Verb.START: "started", Verb.STOP: "stopped"}

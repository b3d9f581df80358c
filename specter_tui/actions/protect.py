"""Protects and unprotects hosts by the labels of their containers' compose files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from specter_tui.actions.label_plan import LabelPlanner
from specter_tui.actions.label_steps import LabelSteps
from specter_tui.actions.protect_checks import demand_provable, demand_reach, doubts, proof_wanted
from specter_tui.actions.route_proof import RouteProof, Verifier
from specter_tui.core.actions.model import Change, Plan, Wish
from specter_tui.core.actions.ports import Tell
from specter_tui.core.ports import ProbeSource
from specter_tui.core.protecting import Target, made_by_labels, restart_risks, risks, to_protect, to_unprotect
from specter_tui.core.protecting.ports import AskedHosts
from specter_tui.core.protecting.work import LabelWork
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Snapshot
from specter_tui.core.text import visible

PROTECT: Final = "protect"
UNPROTECT: Final = "unprotect"
VIA: Final = "labels"
_SHOWN: Final = 200
_PROTECTED: Final = "an anonymous request must be sent to sign in"


@dataclass(frozen=True, slots=True)
class ProtectByLabels:
    """Both actions over their parts."""

    planner: LabelPlanner
    steps: LabelSteps
    verifier: Verifier
    probe: ProbeSource
    asked: AskedHosts
    settings: Settings
    remote: bool = False  # the engine is on another machine, and so are the files

    async def plan(self, wish: Wish, snapshot: Snapshot) -> Plan:
        """What protecting or opening a host or a route would do; changes nothing.

        Raises NotFoundError, RefusedError with the reason, and SourceError.
        """
        protects = wish.action == PROTECT
        ours = self.settings.protection
        demand_reach(snapshot, "the compose files", remote=self.remote)
        targets = (to_protect if protects else to_unprotect)(snapshot, wish.target, ours)
        planned = await self.planner.plan(
            targets, ours.middleware, protects=protects, include_pending=wish.include_pending
        )
        work = msgspec.structs.replace(planned.work, asked=self.asked.hosts())
        now = await self.verifier.prove(snapshot, [one.route_id for one in work.routers])
        told = ["deploys other changes too, and taking it back leaves them:"] if planned.pending else []
        told += planned.pending
        if protects:
            demand_provable(now)
            known = await doubts(snapshot, self.settings, self.probe, work.hosts[0])
            told = [*known, *told, *risks(snapshot, targets)]
        else:
            told += restart_risks(snapshot, targets)
        return replace(self._plan(wish.target, work, targets, now), risks=tuple(told))

    async def fingerprint(self, plan: Plan) -> str:
        """A digest of the work and of all files that decide what Compose would run. Raises RefusedError."""
        return self.planner.fingerprint(_work(plan))

    async def reverse(self, plan: Plan, journal_id: str, snapshot: Snapshot) -> Plan:
        """The plan that takes the change's own lines out of the files as they are now.

        Raises RefusedError where those were changed since, and SourceError.
        """
        demand_reach(snapshot, "the compose files", remote=self.remote)
        done = _work(plan)
        targets = made_by_labels(snapshot, (one.route_id for one in done.routers))
        work = msgspec.structs.replace(await self.planner.reversed(done, targets), asked=self.asked.hosts())
        now = await self.verifier.prove(snapshot, [one.route_id for one in work.routers])
        told = tuple(restart_risks(snapshot, targets))
        return replace(self._plan(plan.target, work, targets, now), risks=told, undoes=journal_id)

    def _plan(self, target: str, work: LabelWork, targets: Sequence[Target], now: Sequence[RouteProof]) -> Plan:
        return Plan(
            action=PROTECT if work.protects else UNPROTECT,
            target=target,
            via=VIA,
            fingerprint=self.planner.fingerprint(work),
            changes=tuple(Change(one.path, one.before, one.after) for one in work.files),
            steps=_steps(work),
            opens=() if work.protects else work.hosts,
            hosts=work.hosts,
            proof=proof_wanted(now, _PROTECTED if work.protects else "Traefik shows the router without it"),
            undo="puts the file back and makes the containers anew",
            locks=_locks(work, targets),
            work=msgspec.json.encode(work).decode(),
        )

    async def apply(self, plan: Plan, tell: Tell) -> None:
        """Does it. Raises RefusedError and SourceError."""
        await self.steps.apply(_work(plan), tell)

    async def verify(self, plan: Plan, tell: Tell) -> tuple[str, ...]:
        """The proof that it has its effect, one sentence a router; then it is remembered as asked for.

        Raises SourceError with what is missing.
        """
        work = _work(plan)
        proofs = await self.verifier.verify(work, tell)
        if work.protects:
            self.asked.add(work.hosts, VIA)
        else:
            self.asked.remove(work.hosts)
        return tuple(one.sentence for one in proofs)

    async def rollback(self, plan: Plan, tell: Tell) -> None:
        """Puts everything back from wherever it ended, and waits until Traefik shows that.

        Raises RefusedError and SourceError.
        """
        work = _work(plan)
        await self.steps.rollback(work, tell)
        known = set(work.asked)
        if work.protects:
            self.asked.remove([one for one in work.hosts if one not in known])
        else:
            self.asked.add([one for one in work.hosts if one in known], VIA)
        await self.verifier.restored(work, tell)


def _work(plan: Plan) -> LabelWork:
    return msgspec.json.decode(plan.work, type=LabelWork)


def _steps(work: LabelWork) -> tuple[str, ...]:
    services = (visible(one.origin.service, _SHOWN) for one in work.services)
    return (
        *(f"write {visible(one.path, _SHOWN)}" for one in work.files),
        *(f"docker compose up -d --no-deps --no-build --pull never {one}" for one in services),
    )


def _locks(work: LabelWork, targets: Sequence[Target]) -> tuple[str, ...]:
    files = [f"file:{path}" for service in work.services for path in service.origin.config_files]
    containers = [f"container:{one.id}" for target in targets for one in target.containers]
    return tuple(sorted({*files, *containers}))

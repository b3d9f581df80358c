"""Deploys the verify service: builds its image, replaces its containers, proves it, and has the old ones back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

import msgspec

from specter_tui.actions.deploy_kept import KeptImages
from specter_tui.actions.deploy_look import DeployLook
from specter_tui.actions.deploy_proof import DeployProof
from specter_tui.actions.deploy_steps import DeploySteps
from specter_tui.core.actions import Plan, Wish
from specter_tui.core.actions.ports import Tell
from specter_tui.core.deploying.plan import TARGET, back_work, build_work, plan_deployment
from specter_tui.core.deploying.preflight import doubts, refuse_settings, refuse_surroundings
from specter_tui.core.deploying.work import DeployWork
from specter_tui.core.errors import NotFoundError, RefusedError
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Snapshot, SourceName, SourceStatus
from specter_tui.core.text import visible


@dataclass(frozen=True, slots=True)
class DeployVerify:
    """`actions.base.Action` over its parts; `remote`: the engine is on another machine, and so are the files."""

    looking: DeployLook
    steps: DeploySteps
    proof: DeployProof
    kept: KeptImages
    settings: Settings
    remote: bool = False

    async def plan(self, wish: Wish, snapshot: Snapshot) -> Plan:
        """What deploying it would do; changes nothing. Raises RefusedError, NotFoundError and SourceError."""
        if wish.target != TARGET:
            raise NotFoundError(f"nothing called {visible(wish.target, 80)} can be deployed", f"deploy {TARGET}")
        self._demand_reach(snapshot)
        facts = await self.looking.facts(wish.wheels)
        refuse_settings(facts.service, self.settings)
        refuse_surroundings(facts, self.settings)
        work = build_work(facts, _token(), turned_away=await self.proof.turns_away(snapshot))
        middleware = self.settings.protection.middleware
        return plan_deployment(work, facts, snapshot, middleware, tuple(doubts(snapshot, self.settings)))

    async def fingerprint(self, plan: Plan) -> str:
        """Of all that the plan was made from, as it is now. Raises RefusedError and SourceError."""
        return (await self.looking.facts(_work(plan).wheels)).fingerprint

    async def apply(self, plan: Plan, tell: Tell) -> None:
        """Does it. Raises RefusedError, SourceError and FailedError."""
        await self.steps.apply(_work(plan), tell)

    async def verify(self, plan: Plan, tell: Tell) -> tuple[str, ...]:
        """The proof; then what is deployed is written down, and what no undo needs any more goes.

        Raises FailedError with what is missing.
        """
        work = _work(plan)
        proof = await self.proof.verify(work, tell)
        await self.steps.note(work)
        await self.kept.prune(work, tell)
        return proof

    async def rollback(self, plan: Plan, tell: Tell) -> None:
        """Has the old one back and sees that it is. Raises RefusedError, SourceError and FailedError."""
        work = _work(plan)
        await self.steps.rollback(work, tell)
        await self.proof.restored(work, tell)

    async def reverse(self, plan: Plan, journal_id: str, snapshot: Snapshot) -> Plan:
        """The plan that brings image and settings of before back. Raises RefusedError and SourceError."""
        self._demand_reach(snapshot)
        facts = await self.looking.facts("")
        done = _work(plan)
        work = back_work(done, facts, _token(), turned_away=await self.proof.turns_away(snapshot))
        if not await self.looking.images.image_id(work.image_id):
            raise RefusedError("the image of before is gone", "deploy the version that is wanted")
        return replace(
            plan_deployment(work, facts, snapshot, self.settings.protection.middleware, ()), undoes=journal_id
        )

    def _demand_reach(self, snapshot: Snapshot) -> None:
        if self.remote:
            raise RefusedError("the stack's files are on another machine", "run specter-tui there")
        traefik = snapshot.source(SourceName.TRAEFIK)
        if traefik.status is not SourceStatus.FRESH:
            why = traefik.error or traefik.reason or "it was not read just now"
            raise RefusedError(f"nothing could prove a deployment while Traefik is not read: {why}")


def _token() -> str:
    return secrets.token_hex(8)


def _work(plan: Plan) -> DeployWork:
    try:
        return msgspec.json.decode(plan.work, type=DeployWork)
    except msgspec.MsgspecError as error:
        raise RefusedError("the plan is not understood", "it was made by another version") from error

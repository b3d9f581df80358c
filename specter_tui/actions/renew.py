"""Has Traefik order one certificate anew: takes its entry out of acme.json while Traefik is stopped.

Where no new certificate comes in time, or it is not served, the old entry is put back. Taking it back later is the
same with the old entry in the place of the new one.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from specter_tui.actions.renew_proof import RenewProof
from specter_tui.actions.renew_steps import RenewSteps
from specter_tui.core.actions import Entry, Plan, Wish
from specter_tui.core.actions.ports import Clock, Tell
from specter_tui.core.errors import RefusedError
from specter_tui.core.renewing.find import find_certificate, target_of
from specter_tui.core.renewing.orders import WINDOW, Budget, OrderLog, budget, names_of
from specter_tui.core.renewing.plan import Planned, fingerprint, plan_renewal, served_at
from specter_tui.core.renewing.ports import OrderLogSource, TraefikLook
from specter_tui.core.renewing.refusals import (
    refuse_certificate,
    refuse_container,
    refuse_orders,
    refuse_sources,
    refuse_wanted,
    the_traefik,
)
from specter_tui.core.renewing.storage import StoredEntry
from specter_tui.core.renewing.wanted import wanted_without
from specter_tui.core.renewing.work import RenewWork, TraefikFacts
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import CertificateStatus, Snapshot
from specter_tui.core.text import visible

_SHOWN: Final = 200
_MOST_LOOKED_AT: Final = 3  # hosts; a few are enough


@dataclass(frozen=True, slots=True)
class Renew:
    """`actions.base.Action` over its parts; `history` are the entries of the journal."""

    looking: TraefikLook
    logs: OrderLogSource
    history: Callable[[], tuple[Entry, ...]]
    steps: RenewSteps
    proof: RenewProof
    settings: Settings
    clock: Clock
    remote: bool = False

    async def plan(self, wish: Wish, snapshot: Snapshot) -> Plan:
        """What renewing it would do; changes nothing. Raises RefusedError, NotFoundError and SourceError."""
        refuse_sources(snapshot, remote=self.remote)
        status = find_certificate(snapshot, wish.target)
        one = status.certificate
        refuse_certificate(status, snapshot.acme_files)
        wanted = wanted_without(snapshot, one)
        refuse_wanted(one, wanted)
        work = await self._work(snapshot, status)
        now = self.clock.now()
        log = await self.logs.read(work.traefik.id, now - WINDOW)
        known = budget(one, log, await asyncio.to_thread(self.history), now, wish.orders)
        target = target_of(snapshot, status)
        refuse_orders(known, log, work.traefik.started_at, now, target)
        return plan_renewal(snapshot, Planned(target, one, work, known, log, wanted))

    async def fingerprint(self, plan: Plan) -> str:
        """Of Traefik's container and the entry, as they are now. Raises RefusedError, NotFoundError and SourceError."""
        work = _work(plan)
        traefik = await self.steps.control.look(work.traefik.id)
        there = any(_is_out(one, work) for one in await self.steps.look(work))
        return fingerprint(traefik, work.path, work.resolver, work.digest if there else "")

    async def apply(self, plan: Plan, tell: Tell) -> None:
        """Does it. Raises RefusedError, SourceError and FailedError."""
        await self.steps.apply(_work(plan), tell)

    async def verify(self, plan: Plan, tell: Tell) -> tuple[str, ...]:
        """The proof; then what came is remembered, so that it can be taken back. Raises FailedError."""
        work = _work(plan)
        found, proof = await self.proof.verify(work, tell)
        await asyncio.to_thread(self.steps.storage.note_new, work, found.digest)
        return proof

    async def rollback(self, plan: Plan, tell: Tell) -> None:
        """Puts the entry back and sees that Traefik has it. Raises RefusedError, SourceError and FailedError."""
        work = _work(plan)
        await self.steps.rollback(work, tell)
        await self.proof.restored(work, tell)

    async def reverse(self, plan: Plan, journal_id: str, snapshot: Snapshot) -> Plan:
        """The old entry in the place of the new one. Raises RefusedError where something else came in between."""
        done = _work(plan)
        if done.back:
            raise RefusedError("the old certificate is back already", "to have a new one: specter-tui certs renew")
        refuse_sources(snapshot, remote=self.remote)
        name = visible(plan.target, _SHOWN)
        if done.ends <= self.clock.now():
            raise RefusedError(f"the old certificate for {name} has ended meanwhile", "leave the new one")
        noted = await asyncio.to_thread(self.steps.storage.noted, done.token)
        status = _status_of(snapshot, done)
        work = await self._work(snapshot, status) if status is not None else None
        if status is None or work is None or not noted or work.digest != noted:
            raise RefusedError(f"the certificate for {name} was changed since", "leave the one that is there")
        old = replace(
            status.certificate,
            fingerprint=done.fingerprint,
            not_after=done.ends,
        )
        back = msgspec.structs.replace(
            work, back=done.token, back_digest=done.digest, back_fingerprint=done.fingerprint
        )
        planned = Planned(plan.target, status.certificate, back, Budget(()), OrderLog(), back=old)
        return replace(plan_renewal(snapshot, planned), undoes=journal_id)

    async def _work(self, snapshot: Snapshot, status: CertificateStatus) -> RenewWork:
        """What carries it out, from Traefik's container and the file as they are now. Raises RefusedError."""
        one = status.certificate
        facts = await self.looking.look(the_traefik(snapshot.containers).id, one.source)
        refuse_container(facts, one.source)
        stored = await self._stored(status, facts)
        names = names_of(one)
        places = served_at(snapshot, one, self.settings)
        if not places:
            raise RefusedError(
                f"nothing could prove it: where Traefik serves {visible(one.main, _SHOWN)} is not known here",
                "enable [probe], and name the entry point's address in probe.addresses",
            )
        serving = await self.proof.serving(places, one.fingerprint)
        return RenewWork(
            token=secrets.token_hex(8),
            path=one.source,
            resolver=one.resolver,
            names=tuple(sorted(names)),
            digest=stored.digest,
            fingerprint=one.fingerprint,
            ends=one.not_after,
            traefik=facts.container,
            owner=facts.user,
            served_at=(serving or places)[:_MOST_LOOKED_AT],
            was_served=bool(serving),
        )

    async def _stored(self, status: CertificateStatus, facts: TraefikFacts) -> StoredEntry:
        one = status.certificate
        entries = await asyncio.to_thread(self.steps.storage.look, one.source, facts.user)
        found = [each for each in entries if each.resolver == one.resolver and one.fingerprint in each.fingerprints]
        if len(found) == 1:
            return found[0]
        how = "holds it twice" if found else "does not hold it any more"
        raise RefusedError(f"{visible(one.source, _SHOWN)} {how}", "see specter-tui certs, and repeat it")


def _status_of(snapshot: Snapshot, work: RenewWork) -> CertificateStatus | None:
    """The one certificate of the same resolver, file and names."""
    found = [
        one
        for one in snapshot.certificates
        if (one.certificate.resolver, one.certificate.source) == (work.resolver, work.path)
        and tuple(sorted(names_of(one.certificate))) == work.names
    ]
    return found[0] if len(found) == 1 else None


def _is_out(one: StoredEntry, work: RenewWork) -> bool:
    return (one.resolver, one.digest) == (work.resolver, work.digest)


def _work(plan: Plan) -> RenewWork:
    try:
        return msgspec.json.decode(plan.work, type=RenewWork)
    except msgspec.MsgspecError as error:
        raise RefusedError("the plan is not understood", "it was made by another version") from error

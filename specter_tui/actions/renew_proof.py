"""Whether a new certificate came, and whether Traefik serves it: seen in acme.json and in TLS handshakes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from specter_tui.actions.renew_steps import RenewSteps
from specter_tui.core.acme_log import order_failures
from specter_tui.core.actions.ports import Tell
from specter_tui.core.errors import FailedError
from specter_tui.core.findings.orders import listed
from specter_tui.core.ports import HandshakeSource
from specter_tui.core.renewing.ports import OrderLogSource
from specter_tui.core.renewing.storage import StoredEntry
from specter_tui.core.renewing.work import RenewWork, ServedAt
from specter_tui.core.serving import Handshake, HandshakeTarget, Side
from specter_tui.core.text import visible
from specter_tui.core.traefik_log import parse_time

_SHOWN: Final = 200
_RENEWED: Final = "Traefik's own renewal of the"
_STEP: Final = timedelta(seconds=1)  # the log's times have whole seconds


@dataclass(frozen=True, slots=True)
class RenewProof:
    """Over the storage, the entry points, and Traefik's log for why nothing comes."""

    steps: RenewSteps
    logs: OrderLogSource
    handshakes: HandshakeSource

    async def verify(self, work: RenewWork, tell: Tell) -> tuple[StoredEntry, tuple[str, ...]]:
        """The entry that is there now, and the proof. Raises FailedError."""
        if work.back:
            found = await self._there(work, work.back_digest)
            which = "the old" if found.digest == work.back_digest else _RENEWED
        else:
            found, which = await self._ordered(work), "a new"
        stored = f"acme.json has {which} certificate for {listed(work.names)}"
        tell(stored)
        served = await self._served(work, found.fingerprints)
        tell(served)
        return found, (stored, served)

    async def restored(self, work: RenewWork, tell: Tell) -> None:
        """Sees that the entry is in acme.json behind Traefik's start, and served where it was. Raises FailedError."""
        found = await self._there(work, work.digest)
        which = "the old" if found.digest == work.digest else _RENEWED
        tell(f"acme.json has {which} certificate for {listed(work.names)}")
        if work.was_served:
            tell(await self._served(work, found.fingerprints))

    async def serving(self, places: Sequence[ServedAt], fingerprint: str) -> tuple[ServedAt, ...]:
        """Those of the places at which Traefik serves the certificate now."""
        looks = await self._looks(places)
        return tuple(place for place, one in zip(places, looks, strict=True) if _fingerprint(one) == fingerprint)

    async def _there(self, work: RenewWork, digest: str) -> StoredEntry:
        """The entry that was put in; a Traefik that finds it due when it starts has renewed it by now."""
        found = [one for one in await self.steps.look(work) if one.resolver == work.resolver]
        same = [one for one in found if one.digest == digest]
        renewed = [one for one in found if one.names == work.names and one.digest not in {work.digest, digest}]
        if not (same or renewed):
            told = f"{visible(work.path, _SHOWN)} does not have the entry that was put in"
            raise FailedError(told, f"see backups/acme-{work.token}.json of the state folder")
        return (same or renewed)[0]

    async def _ordered(self, work: RenewWork) -> StoredEntry:
        """Waits for a new entry; a failed order ends that at once, since Traefik does not try again by itself."""
        clock, patience = self.steps.clock, self.steps.patience
        started = parse_time((await self.steps.control.look(work.traefik.id)).started_at) or clock.now()
        deadline = clock.monotonic() + patience.ordered
        while True:
            for one in await self.steps.look(work):
                if (one.resolver, one.names) == (work.resolver, work.names) and one.digest != work.digest:
                    return one
            if why := await self._failure(work, started):
                raise FailedError(*why)
            if clock.monotonic() >= deadline:
                told = f"Traefik has ordered no certificate for {listed(work.names)} within {patience.ordered:g} s"
                raise FailedError(told, "its log tells why: specter-tui doctor")
            await clock.sleep(patience.pause)

    async def _failure(self, work: RenewWork, started: datetime) -> tuple[str, str] | None:
        log = await self.logs.read(work.traefik.id, started - _STEP)
        names = frozenset(work.names)
        for one in order_failures(log.entries):
            if frozenset(one.domains) == names and one.resolver in {"", work.resolver}:
                return (
                    f"the order for {listed(work.names)} failed: {one.cause} ({visible(one.text, _SHOWN)})",
                    one.remedy,
                )
        return None

    async def _served(self, work: RenewWork, fingerprints: Collection[str]) -> str:
        """Waits until it is served for all its hosts: one sentence. Raises FailedError."""
        clock, patience = self.steps.clock, self.steps.patience
        deadline = clock.monotonic() + patience.served
        while True:
            looks = await self._looks(work.served_at)
            wrong = next((one for one in looks if _fingerprint(one) not in fingerprints), None)
            if wrong is None:
                hosts = listed([one.target.host for one in looks])
                return f"Traefik serves it for {hosts} (sha256 {_fingerprint(looks[0])[:16]})"
            if clock.monotonic() >= deadline:
                what = wrong.error or f"serves sha256 {_fingerprint(wrong)[:16]}"
                host = visible(wrong.target.host, _SHOWN)
                raise FailedError(
                    f"Traefik does not serve it for {host} after {patience.served:g} s: {what}",
                    "see specter-tui certs --probe",
                )
            await clock.sleep(patience.pause)

    async def _looks(self, places: Sequence[ServedAt]) -> tuple[Handshake, ...]:
        return await self.handshakes.read([HandshakeTarget(one.host, Side.LOCAL, one.address) for one in places])


def _fingerprint(one: Handshake) -> str:
    return one.certificate.fingerprint if one.certificate is not None else ""

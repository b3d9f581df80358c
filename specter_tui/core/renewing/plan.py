"""The plan of a renewal, and of taking one back: what changes, what it costs visitors, and what proves it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from specter_tui.core.actions.model import Change, Plan
from specter_tui.core.actions.ports import ContainerFacts
from specter_tui.core.certificates import CertificateIndex, covers
from specter_tui.core.findings.orders import listed
from specter_tui.core.model import Certificate
from specter_tui.core.probing import entry_point_addresses
from specter_tui.core.renewing.orders import MOST, RENEW, Budget, OrderLog, lock_of, names_of
from specter_tui.core.renewing.wanted import WantedNames
from specter_tui.core.renewing.work import RenewWork, ServedAt
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Snapshot
from specter_tui.core.text import visible

ORDERED_WITHIN: Final = 180  # seconds: lego waits up to 120 for a DNS record to be seen, then the authority looks
_SHOWN: Final = 200
_MOST_ASKED: Final = 12  # hosts
_ID: Final = 16


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan is written from; `others` are orders that the missing entry causes beside its own."""

    target: str
    certificate: Certificate  # the one that is taken out
    work: RenewWork
    budget: Budget
    log: OrderLog
    others: Sequence[WantedNames] = ()
    back: Certificate | None = None  # undo: the one that is put in


def served_at(snapshot: Snapshot, one: Certificate, settings: Settings) -> tuple[ServedAt, ...]:
    """Where this machine may see the certificate served: the hosts that no other certificate answers for better.

    A host with a certificate of its own is served that instead of a wildcard; only where no other is left it is asked.
    """
    addresses = entry_point_addresses(snapshot, settings) if settings.probe.enabled else {}
    index, names = CertificateIndex(snapshot.certificates), names_of(one)
    found: dict[bool, dict[str, ServedAt]] = {True: {}, False: {}}
    for route in snapshot.routes:
        if route.router.tls is None or route.router.tls.passthrough:
            continue
        address = next((addresses[one] for one in route.router.entry_points if addresses.get(one)), "")
        for host in route.hosts if address else ():
            if covers(names, host):
                best = index.find(host)
                found[best is not None and best.certificate == one].setdefault(host, ServedAt(host, address))
    return tuple((found[True] or found[False]).values())[:_MOST_ASKED]


def fingerprint(traefik: ContainerFacts, path: str, resolver: str, digest: str) -> str:
    """Another one when Traefik's container has another life, or the entry is no longer there (`digest` empty)."""
    told = (traefik.id, traefik.state, traefik.started_at, path, resolver, digest)
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()


def plan_renewal(snapshot: Snapshot, planned: Planned) -> Plan:
    """What renewing it does."""
    work, one = planned.work, planned.certificate
    name, path = visible(work.traefik.name, _SHOWN), visible(work.path, _SHOWN)
    hosts = tuple(sorted({host for route in snapshot.routes for host in route.hosts}))
    if planned.back is None:
        after = f"resolver {visible(one.resolver, _SHOWN)}: a new one for the same names, ordered by Traefik"
        entry, undo = "remove just that entry", "puts the old entry back, while nothing else for these names changed"
        proof = (
            f"within {ORDERED_WITHIN} s acme.json has a new certificate for these names, and Traefik serves it; "
            "else the old entry is put back"
        )
    else:
        after, entry, undo = _shown(planned.back), "put the entry of before in its place", ""
        proof = "Traefik serves the certificate of before; else this one is put back"
    return Plan(
        action=RENEW,
        target=planned.target,
        fingerprint=fingerprint(work.traefik, work.path, work.resolver, work.digest),
        changes=(
            Change(work.path, _shown(one), after),
            Change(f"container {work.traefik.name}", "running", "running, started anew"),
        ),
        steps=(
            f"stop {name}",
            f"copy {path} into the state folder (mode 0600, kept for 30 days)",
            f"{entry}, everything else in the file stays as it is",
            f"start {name}",
        ),
        risks=tuple(_risks(planned, hosts)),
        hosts=hosts,
        proof=proof,
        undo=undo,
        locks=(f"container:{work.traefik.id}", f"file:{work.path}", lock_of(one)),
        work=msgspec.json.encode(work).decode(),
    )


def _shown(one: Certificate) -> str:
    return "\n".join(
        (
            f"resolver {visible(one.resolver, _SHOWN)}: {listed(sorted(names_of(one)))}",
            f"main {visible(one.main, _SHOWN)}, until {one.not_after:%Y-%m-%d %H:%M} UTC",
            f"of {visible(one.issuer, _SHOWN)}, sha256 {one.fingerprint[:_ID]}",
        )
    )


def _risks(planned: Planned, hosts: Sequence[str]) -> Iterable[str]:
    work = planned.work
    name = visible(work.traefik.name, _SHOWN)
    count = f"{len(hosts)} host{'s' * (len(hosts) != 1)}"
    yield (
        f"drops {count} from the stop of {name} until it serves again: {listed(hosts) or 'none is routed'}; "
        f"it has at most {work.traefik.stop_seconds} s to end by itself"
    )
    names = names_of(planned.certificate)
    if planned.back is None:
        yield f"until the new one is there, visitors get Traefik's self-signed certificate for {listed(sorted(names))}"
        yield _limit(planned.budget, planned.log)
    for other in planned.others:
        if other.names != names:
            yield (
                f"Traefik may order a certificate of its own for {listed(sorted(other.names))} meanwhile: "
                f"{visible(other.router, _SHOWN)} names no tls.domains that cover it"
            )
    if not work.was_served:
        yield "Traefik does not serve this certificate now: see specter-tui certs --probe"
    yield f"killed in the middle it may leave {name} stopped: specter-tui finish, or undo, starts it"


def _limit(budget: Budget, log: OrderLog) -> str:
    used = len(budget.orders)
    since = f", from Traefik's log ({visible(log.where, _SHOWN)}) and the journal" if log.where else ""
    return f"it is order {used + 1} of {MOST} for exactly these names in 7 days (Let's Encrypt's limit){since}"

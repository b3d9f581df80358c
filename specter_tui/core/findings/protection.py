"""Hosts that let strangers in, and what about that is not known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Final

from specter_tui.core.findings.model import Finding, Remedy, Severity, Subject, SubjectKind
from specter_tui.core.guard import CONTROL_SERVICES
from specter_tui.core.model import ConfigStatus, Protocol
from specter_tui.core.proof import ProofVerdict
from specter_tui.core.shadow_names import is_shadow, shadow_id
from specter_tui.core.snapshot import ProtectionState, Route, Snapshot, SourceName, SourceStatus
from specter_tui.core.text import visible
from specter_tui.core.verifier import Away, away

_NO_VERDICT: Final = 500  # Traefik's answer when it can't ask a forwardAuth
_MOST_ROUTES: Final = 5
_SHOWN: Final = 80


def host_bypassed(snapshot: Snapshot) -> Iterator[Finding]:
    """One way into the host authenticates, another does not."""
    remedy = Remedy("protect the other way in too, or close it: unpublish the port, remove the router")
    for subject, reasons in _in_state(snapshot, ProtectionState.BYPASSED):
        yield Finding("host-bypassed", Severity.ERROR, subject, "authentication can be skipped", reasons, remedy)


def verify_down(snapshot: Snapshot) -> Iterator[Finding]:
    """Traefik asks the verify service before each request of a protected route, and answers 500 without it."""
    if snapshot.source(SourceName.DOCKER).status is not SourceStatus.FRESH:
        return
    guarded_by: defaultdict[str, list[Route]] = defaultdict(list)
    for route in snapshot.routes:
        for name in route.protection.by:
            guarded_by[name].append(route)
    for middleware in snapshot.middlewares:
        guarded = guarded_by.get(middleware.name, [])
        gone = away(middleware, snapshot.containers) if guarded else None
        if gone is None:
            continue
        proofs = [route.protection.proof for route in guarded]
        failing = any(proof is not None and proof.status == _NO_VERDICT for proof in proofs)
        yield Finding(
            "verify-down",
            Severity.ERROR
            if gone.container or failing
            else Severity.WARNING,  # the name may be an alias, which is not listed
            Subject(SubjectKind.MIDDLEWARE, middleware.id),
            "the verify service does not run, so protected hosts answer 500",
            (
                gone.told,
                f"{len(guarded)} routes need it: {', '.join(route.id for route in guarded[:_MOST_ROUTES])}",
            ),
            _verify_remedy(gone),
        )


def _verify_remedy(gone: Away) -> Remedy:
    if gone.container is None:
        return Remedy("deploy it: specter-tui deploy verify", "deploy")
    name = visible(gone.container.name, _SHOWN)
    start = f"start it: specter-tui start {name}; its log tells why it ended: specter-tui logs {name}"
    return Remedy(f"{start}. Or deploy it anew: specter-tui deploy verify", "start")


def overlay_only(snapshot: Snapshot) -> Iterator[Finding]:
    """Only the overlay guards a host: a file that Traefik can't load, or the overlay's loss, opens it."""
    covered = {one.id: one for one in snapshot.routes if is_shadow(one.id)}
    if not covered:
        return
    bare: defaultdict[str, list[str]] = defaultdict(list)
    for route in snapshot.routes:
        behind = route.protection.state is not ProtectionState.PROTECTED and route.id not in covered
        if behind and shadow_id(route.id) in covered:
            for host in route.hosts:
                bare[host].append(route.id)
    for host, routes in bare.items():
        yield Finding(
            "overlay-only",
            Severity.WARNING,
            Subject(SubjectKind.HOST, host),
            "overlay only: nothing but a dynamic file of Traefik's guards it",
            tuple(f"{one} itself asks for no sign-in; {shadow_id(one)} stands before it" for one in routes),
            Remedy(f"specter-tui protect {host}, then: specter-tui unprotect {host} --via overlay", "protect"),
        )


def protection_contradicted(snapshot: Snapshot) -> Iterator[Finding]:
    """The configuration says that strangers are turned away; an anonymous request was let in."""
    for route in snapshot.routes:
        proof = route.protection.proof
        if proof is not None and proof.verdict is ProofVerdict.OPEN and route.protection.by:
            yield Finding(
                "protection-contradicted",
                Severity.ERROR,
                Subject(SubjectKind.ROUTE, route.id),
                "configured as protected, yet an anonymous request was let in",
                (proof.reason, f"it should be guarded by {', '.join(route.protection.by)}"),
                Remedy("look at the verify service's policy and at what answers on that entry point"),
            )


def host_unprotected(snapshot: Snapshot) -> Iterator[Finding]:
    """Nothing authenticates; that may be meant so."""
    remedy = Remedy("protect it unless it is meant to be public")
    for subject, reasons in _in_state(snapshot, ProtectionState.UNPROTECTED):
        yield Finding("host-unprotected", Severity.INFO, subject, "open to everyone", reasons, remedy)


def protection_unknown(snapshot: Snapshot) -> Iterator[Finding]:
    """Whether strangers are turned away can't be told."""
    remedy = Remedy("`specter-tui explain` on an address of it shows what answers")
    for subject, reasons in _in_state(snapshot, ProtectionState.UNKNOWN):
        yield Finding(
            "protection-unknown", Severity.UNKNOWN, subject, "whether it is protected is not known", reasons, remedy
        )


def ways_unseen(snapshot: Snapshot) -> Iterator[Finding]:
    """Without Docker only routers count: a published port past Traefik would not be seen."""
    guarded = any(host.protection.state is ProtectionState.PROTECTED for host in snapshot.hosts)
    if guarded and snapshot.source(SourceName.DOCKER).status is SourceStatus.OFF:
        yield Finding(
            "ways-unseen",
            Severity.INFO,
            Subject(SubjectKind.SOURCE, SourceName.DOCKER),
            "Docker is off, so protection counts routers alone",
            ("a container that publishes its port past Traefik would not be seen",),
            Remedy("set docker.host when the backends are containers"),
        )


def api_public(snapshot: Snapshot) -> Iterator[Finding]:
    """Traefik's own API answers strangers: it leaks addresses and basic-auth hashes, and `rest` takes configuration."""
    for route in snapshot.routes:
        if route.service.name not in CONTROL_SERVICES:
            continue
        open_to_all = route.protection.state is ProtectionState.UNPROTECTED
        mounted = route.protocol is Protocol.HTTP and route.router.status is not ConfigStatus.DISABLED
        if open_to_all and mounted:
            yield Finding(
                "api-public",
                Severity.ERROR,
                Subject(SubjectKind.ROUTE, route.id),
                "Traefik's API is open to everyone who reaches its entry point",
                (f"entry point {', '.join(route.router.entry_points)}",),
                Remedy("publish that port on 127.0.0.1 only, or protect the router"),
            )


def _in_state(snapshot: Snapshot, state: ProtectionState) -> Iterator[tuple[Subject, tuple[str, ...]]]:
    """The hosts in this state, and the routers that name none: with what is known of them by their pattern alone."""
    for host in snapshot.hosts:
        if host.protection.state is state:
            yield Subject(SubjectKind.HOST, host.name), host.protection.reasons
    for route in snapshot.routes:
        if route.hosts or route.protection.state is not state:
            continue
        told = route.rule_error or route.service.name in CONTROL_SERVICES  # by a finding of their own
        if not told:
            yield Subject(SubjectKind.ROUTE, route.id), route.protection.reasons


CHECKS: Final[tuple[Callable[[Snapshot], Iterator[Finding]], ...]] = (
    host_bypassed,
    verify_down,
    overlay_only,
    protection_contradicted,
    host_unprotected,
    protection_unknown,
    ways_unseen,
    api_public,
)

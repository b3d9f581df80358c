"""Where acme.json, what Traefik serves here and what the edge serves disagree, with the cause of each disagreement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from specter_tui.core.acme_log import missing_resolvers
from specter_tui.core.certificates import covers
from specter_tui.core.findings.model import Finding, Remedy, Severity, Subject, SubjectKind
from specter_tui.core.findings.orders import listed, standing_failures
from specter_tui.core.model import Certificate
from specter_tui.core.renewing.find import command
from specter_tui.core.snapshot import Route, Seen, Snapshot
from specter_tui.core.text import visible
from specter_tui.core.triangle import Gap, Triangle, Triangles

_NAME: Final = 120
_RESTART: Final = "restart Traefik: it reads acme.json only when it starts"
_OF_FILE: Final = "renew or remove it where it comes from: tls.certificates or tls.stores of Traefik's file provider"
_EDGE: Final = "see Cloudflare's edge certificates (SSL/TLS) of the zone"


@dataclass(frozen=True, slots=True)
class _GapFinding:
    """What is said of a gap; `why` is added to the evidence."""

    code: str
    severity: Severity
    title: str
    why: str
    remedy: str


_LOCAL: Final[Mapping[Gap, _GapFinding]] = {
    Gap.REFUSED: _GapFinding(
        "handshake-refused",
        Severity.ERROR,
        "Traefik ends the TLS handshake for {hosts}",
        "with sniStrict it does so where it has no certificate for the name",
        "see why there is no certificate for it: its resolver, and Traefik's log; or the TLS options of its router",
    ),
    Gap.WRONG_NAME: _GapFinding(
        "served-certificate-wrong",
        Severity.ERROR,
        "the certificate served for {hosts} is for other names",
        "no certificate that Traefik holds has the name, so it serves its configured default (tls.stores)",
        "give the router a certificate resolver, or Traefik a certificate with the name",
    ),
    Gap.EXPIRED: _GapFinding(
        "served-certificate-expired",
        Severity.ERROR,
        "the certificate served for {hosts} has expired",
        "it is none of acme.json's",
        _OF_FILE,
    ),
    Gap.NOT_LOADED: _GapFinding(
        "certificate-not-loaded",
        Severity.WARNING,
        "acme.json holds another certificate for {hosts} than the running Traefik knows",
        "Traefik has not reloaded: it keeps what it read at its start, and writes that back at its next renewal",
        _RESTART,
    ),
    Gap.SHADOWED: _GapFinding(
        "certificate-shadowed",
        Severity.WARNING,
        "another certificate than acme.json's is served for {hosts}",
        "a certificate of Traefik's file provider has the name too, or Traefik does not use this acme.json",
        "remove one of them: the file provider's from tls.certificates, or the resolver from the router",
    ),
    Gap.OTHER: _GapFinding(
        "certificate-shadowed",
        Severity.UNKNOWN,
        "another certificate than acme.json's is served for {hosts}",
        "of which nothing but its fingerprint is known",
        "specter-tui certs --probe looks at it; then restart Traefik, or see its file provider",
    ),
}
_OUTSIDE: Final[Mapping[Gap, _GapFinding]] = {
    Gap.EDGE_REFUSED: _GapFinding(
        "edge-refused",
        Severity.ERROR,
        "the edge ends the TLS handshake for {hosts}",
        "Cloudflare has no certificate for the name; its universal one covers the zone and one label below it",
        f"{_EDGE}: order one with the name (Advanced Certificate Manager), or use a name with one label less",
    ),
    Gap.EDGE_WRONG_NAME: _GapFinding(
        "edge-certificate-wrong",
        Severity.ERROR,
        "the edge's certificate for {hosts} is for other names",
        "browsers refuse it",
        _EDGE,
    ),
    Gap.EDGE_EXPIRED: _GapFinding(
        "edge-certificate-expired", Severity.ERROR, "the edge's certificate for {hosts} has expired", "", _EDGE
    ),
    Gap.EDGE_ENDS: _GapFinding(
        "edge-certificate-ends",
        Severity.WARNING,
        "the edge's certificate for {hosts} ends soon",
        "Cloudflare renews its own a month before: its validation fails, or it was uploaded by hand",
        _EDGE,
    ),
    Gap.EDGE_PASSED: _GapFinding(
        "edge-passed",
        Severity.INFO,
        "{hosts} leads to this server's own certificate, though its record is proxied",
        "DNS has not spread yet, or this machine resolves the name to itself",
        "nothing while DNS spreads; else set probe.edge_address, or see what this machine's resolver answers",
    ),
}


def served_otherwise(snapshot: Snapshot) -> Iterator[Finding]:
    """One finding for all hosts for which the same is served in the place of the same."""
    alike = defaultdict[tuple[Gap, str, str], list[Triangle]](list)
    for triangle in Triangles(snapshot).differing():
        for gap in triangle.gaps:
            stored = triangle.stored.certificate.fingerprint if triangle.stored else ""
            seen = triangle.edge if gap in _OUTSIDE else triangle.local
            alike[gap, seen.fingerprint if seen else "", stored].append(triangle)
    for (gap, _, _), triangles in alike.items():
        if gap is Gap.DEFAULT:
            yield from _default_served(snapshot, triangles)
        else:
            yield _finding(gap, triangles)


def _finding(gap: Gap, triangles: list[Triangle]) -> Finding:
    words = _OUTSIDE[gap] if gap in _OUTSIDE else _LOCAL[gap]
    first = triangles[0]
    seen = first.edge if gap in _OUTSIDE else first.local
    evidence = (*_served(seen, "the edge" if gap in _OUTSIDE else "Traefik"), *_stored(first), words.why)
    return _told(words, triangles, evidence, words.remedy)


def _default_served(snapshot: Snapshot, triangles: list[Triangle]) -> Iterator[Finding]:
    """By its cause: the hosts of one file may have several."""
    words = _GapFinding(
        "default-certificate-served",
        Severity.ERROR,
        "visitors of {hosts} get Traefik's self-signed default certificate",
        "",
        "",
    )
    causes = defaultdict[tuple[str, str], list[Triangle]](list)
    routes = _by_host(snapshot)
    for triangle in triangles:
        causes[_cause_of_default(snapshot, triangle, routes.get(triangle.host, []))].append(triangle)
    for (why, remedy), found in causes.items():
        yield _told(words, found, (*_served(found[0].local, "Traefik"), *_stored(found[0]), why), remedy)


def _cause_of_default(snapshot: Snapshot, triangle: Triangle, routes: list[Route]) -> tuple[str, str]:
    """Why Traefik has nothing better, and the remedy."""
    stored = triangle.stored.certificate if triangle.stored else None
    for file in snapshot.acme_files:
        if file.too_open and (stored is None or stored.source == file.path):
            return (
                f"{visible(file.path, _NAME)} is open to others (mode {file.mode:03o}), so Traefik skips its resolvers",
                "chmod 600 on it, then restart Traefik",
            )
    without = missing_resolvers(snapshot.traefik_log.errors) if snapshot.traefik_log else frozenset()
    resolvers = {(route.router.name, route.router.tls.cert_resolver) for route in routes if route.router.tls}
    if lacking := sorted(resolver for name, resolver in resolvers if (name, resolver) in without):
        return (
            f"its router names certificate resolver {visible(lacking[0], _NAME)}, which does not exist",
            "name a resolver of Traefik's static configuration, or define it there and restart Traefik",
        )
    if stored is not None:
        if stored.chain_problem:
            remedy = f"renew it: {command(stored.main)}"
            return f"the certificate in acme.json {stored.chain_problem}", remedy
        return "acme.json holds a certificate for it that the running Traefik does not know", _RESTART
    for failure in standing_failures(snapshot):
        if covers(failure.domains, triangle.host):
            return f"the last certificate order for it failed: {failure.cause}", failure.remedy
    if not any(resolver for _, resolver in resolvers):
        return (
            "its router names no certificate resolver, and no certificate that Traefik holds has the name",
            "add tls.certresolver to the router, or a certificate with the name to tls.certificates",
        )
    return "no acme.json holds a certificate for it", "wait a minute where the route is new; else see Traefik's log"


def _told(words: _GapFinding, triangles: list[Triangle], evidence: tuple[str, ...], remedy: str) -> Finding:
    hosts = [one.host for one in triangles]
    subject = Subject(SubjectKind.HOST, hosts[0])
    title = words.title.format(hosts=listed(hosts))
    return Finding(words.code, words.severity, subject, title, tuple(filter(None, evidence)), Remedy(remedy))


def _served(seen: Seen | None, who: str) -> Iterator[str]:
    if seen is None:
        return
    at = f"{visible(seen.address, _NAME)} at {seen.checked_at:%H:%M:%S} UTC"
    if seen.error:
        yield f"{who}, {at}: {visible(seen.error, _NAME)}"
    elif seen.certificate is None:
        yield f"{who} serves, {at}: SHA-256 {seen.fingerprint[:16]}"
    else:
        yield f"{who} serves, {at}: {_described(seen.certificate)}"


def _stored(triangle: Triangle) -> Iterator[str]:
    if triangle.stored is not None:
        one = triangle.stored.certificate
        yield f"{visible(one.source, _NAME)} holds: {_described(one)}"


def _described(one: Certificate) -> str:
    return (
        f"{visible(one.main, _NAME) or 'no name'} of {visible(one.issuer, _NAME)}, "
        f"until {one.not_after:%Y-%m-%d %H:%M} UTC, SHA-256 {one.fingerprint[:16]}"
    )


def _by_host(snapshot: Snapshot) -> dict[str, list[Route]]:
    found = defaultdict[str, list[Route]](list)
    for route in snapshot.routes:
        for host in route.hosts:
            found[host].append(route)
    return found


CHECKS: Final[tuple[Callable[[Snapshot], Iterator[Finding]], ...]] = (served_otherwise,)

"""Hosts: the exposure audit, one line a host name, the open ones first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from specter_tui.core.findings.model import SubjectKind
from specter_tui.core.proof import ProofVerdict
from specter_tui.core.shadow_names import is_shadow_auth
from specter_tui.core.snapshot import Host, ProtectionState, Route, Snapshot
from specter_tui.ui.present import sections, triangle
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role, joined, outside
from specter_tui.ui.present.detail import words_of
from specter_tui.ui.present.kinds.dimming import dims, without_dns
from specter_tui.ui.present.raw import raw_json
from specter_tui.ui.present.references import to_containers, to_routes
from specter_tui.ui.present.resource import Column, Reference, Resource, SortKey, text_column
from specter_tui.ui.present.routes import HEALTH_ORDER, PROTECTION_ORDER, chain_line
from specter_tui.ui.present.sections import BLANK, heading
from specter_tui.ui.present.states import (
    DNS,
    HEALTH,
    PROOF,
    PROTECTION,
    certificate_cell,
    dns_cell,
    dns_order,
    health_words,
    protection_words,
    sign,
)
from specter_tui.ui.present.welcome import empty_page

_NO_CERTIFICATE: Final = 1_000_000  # sorts behind every real number of days
_AUDIT: Final = (
    ProtectionState.PROTECTED,
    ProtectionState.OTHER_AUTH,
    ProtectionState.UNPROTECTED,
    ProtectionState.BYPASSED,
    ProtectionState.UNKNOWN,
    ProtectionState.NOT_APPLICABLE,
)


class HostRow(NamedTuple):
    """A host with the routes that can answer for it, the strongest priority first."""

    host: Host
    routes: tuple[Route, ...]


def host_rows(snapshot: Snapshot) -> list[HostRow]:
    """One row a host name."""
    routes = {route.id: route for route in snapshot.routes}
    return [HostRow(host, tuple(routes[one] for one in host.routes if one in routes)) for host in snapshot.hosts]


def why(row: HostRow) -> str:
    """What decides the protection: what guards, or why nothing does."""
    protection = row.host.protection
    if protection.state in {ProtectionState.PROTECTED, ProtectionState.OTHER_AUTH}:
        return ", ".join("the overlay" if is_shadow_auth(name) else name for name in protection.by)
    if protection.reasons:
        return protection.reasons[0]
    if protection.state is ProtectionState.UNPROTECTED:
        return f"{row.host.weakest} asks for no sign-in"
    return ""


def _proof_cell(row: HostRow, glyphs: Glyphs) -> Line:
    proof = row.host.protection.proof
    if proof is None:
        return (Piece("-", Role.MUTED),)
    name, role, _ = PROOF[proof.verdict]
    if proof.verdict is ProofVerdict.UNKNOWN:
        return (sign((name, role), glyphs),)
    return (sign((name, role), glyphs), Piece(f" {proof.status}", role))


def _certificate_cell(row: HostRow, _glyphs: Glyphs) -> Line:
    one = row.host.certificate
    return (Piece("-", Role.MUTED),) if one is None else certificate_cell(one)


def _dns_cell(row: HostRow, glyphs: Glyphs) -> Line:
    return dns_cell(row.host.dns, glyphs)


def _by_dns(row: HostRow) -> SortKey:
    return (dns_order(row.host.dns), row.host.name)


def _by_name(row: HostRow) -> SortKey:
    return (row.host.name,)


def _by_protection(row: HostRow) -> SortKey:
    return (PROTECTION_ORDER[row.host.protection.state], row.host.name)


def _by_proof(row: HostRow) -> SortKey:
    proof = row.host.protection.proof
    return ("" if proof is None else proof.verdict, row.host.name)


def _days(row: HostRow) -> SortKey:
    one = row.host.certificate
    return (_NO_CERTIFICATE if one is None else one.days_left, row.host.name)


COLUMNS: Final[tuple[Column[HostRow], ...]] = (
    Column(
        "state",
        "",
        lambda row, glyphs: (sign(HEALTH[row.host.health], glyphs),),
        lambda row: (HEALTH_ORDER[row.host.health], row.host.name),
        1,
        1,
        gap=1,
    ),
    text_column("host", "HOST", lambda row: row.host.name, 60, 16),
    Column(
        "protection",
        "PROT",
        lambda row, glyphs: protection_words(row.host.protection.state, glyphs),
        _by_protection,
        12,
        12,
    ),
    Column("proof", "PROOF", _proof_cell, _by_proof, 6, 6, drop=2),
    text_column("why", "BECAUSE", why, 60, 24, drop=4, role=Role.MUTED),
    Column(
        "routes",
        "ROUTES",
        lambda row, _glyphs: (Piece(f"{len(row.host.routes):>6}"),),
        lambda row: (-len(row.host.routes), row.host.name),
        6,
        6,
        drop=1,
    ),
    Column("certificate", "CERT", _certificate_cell, _days, 7, 7),
    Column("dns", "DNS", _dns_cell, _by_dns, 9, 9, drop=3),
)


def _detail(row: HostRow, snapshot: Snapshot, glyphs: Glyphs) -> Iterator[Line]:
    host = row.host
    yield (outside(host.name, Role.STRONG), Piece("   "), *health_words(host.health, glyphs))
    yield BLANK
    subjects = {SubjectKind.HOST: {host.name}, SubjectKind.ROUTE: set(host.routes)}
    yield from sections.findings(sections.about(snapshot, subjects), glyphs)
    yield from sections.protection(host.protection, glyphs)
    if len(row.routes) > 1:
        yield (Piece("  as weak as ", Role.MUTED), outside(host.weakest))
    yield heading("routes that can answer, the first to match wins")
    for route, line in zip(row.routes, sections.routes(row.routes, glyphs), strict=False):
        yield line
        yield (Piece("    "), outside(words_of(route, snapshot) or route.router.rule, Role.MUTED))
        yield (Piece("    "), *chain_line(route, glyphs))
    yield heading("certificate")
    if host.certificate is None:
        yield (Piece("  none found for it", Role.MUTED),)
    else:
        yield from sections.certificate(host.certificate, glyphs)
    yield from sections.dns((host.name,), (host.dns,) if host.dns else (), snapshot, glyphs)
    if host.certificate is not None or host.name in snapshot.served:
        yield from triangle.of_hosts((host.name,), snapshot, glyphs)


def _related(row: HostRow, snapshot: Snapshot) -> Sequence[Reference]:
    found = [*to_routes(row.routes, "can answer for it")]
    found += to_containers((one for route in row.routes for one in route.containers), snapshot, "stands behind it")
    if row.host.certificate is not None:
        leaf = row.host.certificate
        found.append(Reference("certificates", leaf.key, leaf.certificate.main, "is shown for it"))
    return found


def audit_line(snapshot: Snapshot, glyphs: Glyphs) -> Line:
    """`14  ▣ 11 protected  □ 1 open`: how many hosts are in which state."""
    counts = Counter(host.protection.state for host in snapshot.hosts)
    parts = [Piece(str(len(snapshot.hosts)))]
    for state in _AUDIT:
        if counts[state]:
            name, role, word = PROTECTION[state]
            parts.append(Piece(f"{sign((name, role), glyphs).text} {counts[state]} {word}", role))
    return joined(parts, Piece("  "))


HOSTS: Final[Resource[HostRow]] = Resource(
    id="hosts",
    title="Hosts",
    noun="host",
    columns=COLUMNS,
    search={
        "host": lambda row: row.host.name,
        "prot": lambda row: f"{row.host.protection.state} {PROTECTION[row.host.protection.state][2]}",
        "why": why,
        "route": lambda row: " ".join(row.host.routes),
        "dns": lambda row: f"{row.host.dns.state} {DNS[row.host.dns.state][2]}" if row.host.dns else "",
        "state": lambda row: row.host.health.value,
        "cert": lambda row: row.host.certificate.certificate.main if row.host.certificate else "",
    },
    items=host_rows,
    key=lambda row: row.host.name,
    name=lambda row: row.host.name,
    detail=_detail,
    raw=lambda row: raw_json(host=row.host, routes=row.routes),
    related=_related,
    counts=audit_line,
    empty=empty_page,
    gone="is no longer named by any router",
    sort="protection",
    dimmed=dims(COLUMNS, certificate=("certificate",), dns=("dns",)),
    absent=without_dns,
    containers=lambda row: tuple(dict.fromkeys(one for route in row.routes for one in route.containers)),
    has_logs=True,
)

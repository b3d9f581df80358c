"""Certificates of acme.json against the clock and Traefik's own renewal window, the first to end first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from specter_tui.core.findings.model import SubjectKind
from specter_tui.core.snapshot import CertificateState, CertificateStatus, Snapshot, SourceName, SourceStatus
from specter_tui.ui.present import sections, triangle
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role, joined, outside
from specter_tui.ui.present.raw import raw_json
from specter_tui.ui.present.references import to_routes
from specter_tui.ui.present.resource import NO_COLUMNS, Column, Reference, Resource, SortKey, text_column
from specter_tui.ui.present.sections import BLANK, fact, heading
from specter_tui.ui.present.states import CERTIFICATE, certificate_cell, certificate_look, days_words, sign
from specter_tui.ui.present.timeline import AXIS, life, until_the_end
from specter_tui.ui.present.welcome import source_page

_ORDER: Final = {state: rank for rank, state in enumerate(reversed(CertificateState))}


def _sign(one: CertificateStatus, glyphs: Glyphs) -> Line:
    name, role, _ = certificate_look(one)
    return (sign((name, role), glyphs),)


def _word(one: CertificateStatus, _glyphs: Glyphs) -> Line:
    _, role, word = certificate_look(one)
    return (Piece(word, role),)


def _names(one: CertificateStatus) -> str:
    others = [name for name in one.certificate.sans if name != one.certificate.main]
    return one.certificate.main + (f" +{len(others)}" if others else "")


def _by_days(one: CertificateStatus) -> SortKey:
    return (one.days_left, one.key)


COLUMNS: Final[tuple[Column[CertificateStatus], ...]] = (
    Column("state", "", _sign, lambda one: (_ORDER[one.state], one.days_left, one.key), 1, 1, gap=1),
    text_column("name", "NAME", _names, 50, 24),
    Column("word", "STATE", _word, lambda one: (one.state, one.days_left, one.key), 15, 15),
    Column(
        "certificate", "LEFT", lambda one, _glyphs: certificate_cell(one), lambda one: (one.days_left, one.key), 7, 7
    ),
    Column("timeline", AXIS, until_the_end, lambda one: (one.days_left, one.key), len(AXIS), len(AXIS), drop=6),
    Column(
        "ends",
        "ENDS",
        lambda one, _glyphs: (Piece(f"{one.certificate.not_after:%Y-%m-%d}", Role.MUTED),),
        lambda one: (one.certificate.not_after.isoformat(), one.key),
        10,
        10,
        drop=4,
    ),
    Column(
        "used",
        "USED BY",
        lambda one, _glyphs: (Piece(f"{len(one.used_by):>7}") if one.used_by else Piece("nobody", Role.MUTED),),
        lambda one: (-len(one.used_by), one.key),
        7,
        7,
        drop=5,
    ),
    text_column("resolver", "RESOLVER", lambda one: one.certificate.resolver, 16, 8, drop=3, role=Role.MUTED),
    text_column("issuer", "ISSUER", lambda one: one.certificate.issuer, 24, 8, drop=2, role=Role.MUTED),
    text_column("key", "KEY", lambda one: one.certificate.key_type, 12, 8, drop=1, role=Role.MUTED),
)


def _detail(one: CertificateStatus, snapshot: Snapshot, glyphs: Glyphs) -> Iterator[Line]:
    leaf = one.certificate
    name, role, word = certificate_look(one)
    yield (outside(leaf.main, Role.STRONG), Piece("   "), sign((name, role), glyphs), Piece(f" {word}", role))
    yield BLANK
    subjects = {SubjectKind.CERTIFICATE: {leaf.main, one.key}, SubjectKind.HOST: _told(snapshot, one)}
    yield from sections.findings(sections.about(snapshot, subjects), glyphs)
    yield heading("time")
    yield (Piece("  "), *life(one, snapshot.taken_at, glyphs))
    yield fact("from", Piece(f"{leaf.not_before:%Y-%m-%d %H:%M} UTC"))
    yield fact("until", Piece(f"{leaf.not_after:%Y-%m-%d %H:%M} UTC, "), Piece(days_words(one), role))
    if one.renews_at is None:
        yield fact("renews", Piece("not by Traefik: no acme.json that is read holds it"))
    else:
        yield fact("renews", Piece(f"from {one.renews_at:%Y-%m-%d %H:%M} UTC, by Traefik's own window"))
    yield from triangle.of_certificate(one, snapshot, glyphs)
    yield heading("names")
    yield from sections.listed(sections.said(san) for san in leaf.sans or (leaf.main,))
    yield heading("origin")
    yield fact("issuer", outside(leaf.issuer))
    if leaf.chain:
        yield fact("chain", *joined((outside(name) for name in leaf.chain), Piece(f" {glyphs.then} ", Role.MUTED)))
    if leaf.chain_problem:
        yield fact("", Piece("the certificate ", Role.WARN), outside(leaf.chain_problem, Role.WARN))
    yield fact("resolver", outside(leaf.resolver) if leaf.resolver else Piece("none", Role.MUTED))
    yield fact("key", outside(leaf.key_type))
    yield fact("file", outside(leaf.source) if one.renews_at else Piece("none that is read; Traefik's API lists it"))
    yield fact("sha256", outside(leaf.fingerprint, Role.MUTED))
    yield heading("shown for")
    used = set(one.used_by)
    routes = [route for route in snapshot.routes if route.id in used]
    yield from sections.routes(routes, glyphs) if routes else [(Piece("  no route: it may be left over", Role.MUTED),)]


def _told(snapshot: Snapshot, one: CertificateStatus) -> set[str]:
    """The hosts of its routes for which something else is served than should be."""
    used = set(one.used_by)
    hosts = {host for route in snapshot.routes if route.id in used for host in route.hosts}
    return {host for host in hosts if triangle.triangles(snapshot).of(host).gaps}


def _counts(snapshot: Snapshot, glyphs: Glyphs) -> Line:
    counts = Counter(one.state for one in snapshot.certificates)
    parts = [Piece(str(len(snapshot.certificates)))]
    for state in CertificateState:
        if counts[state]:
            name, role, word = CERTIFICATE[state]
            parts.append(Piece(f"{sign((name, role), glyphs).text} {counts[state]} {word}", role))
    if snapshot.certificates and snapshot.source(SourceName.ACME).status in {SourceStatus.FAILED, SourceStatus.OFF}:
        parts.append(Piece(f"{glyphs.unknown} acme.json not read", Role.OFF))
    return joined(parts, Piece("  "))


def _related(one: CertificateStatus, snapshot: Snapshot) -> Sequence[Reference]:
    used = set(one.used_by)
    return tuple(to_routes((route for route in snapshot.routes if route.id in used), "shows it"))


def _dimmed(snapshot: Snapshot) -> frozenset[str]:
    """All while acme.json is stale; where it was never read, what there is is Traefik's own list."""
    stale = snapshot.source(SourceName.ACME).status is SourceStatus.STALE
    return frozenset(column.id for column in COLUMNS) if stale else NO_COLUMNS


CERTIFICATES: Final[Resource[CertificateStatus]] = Resource(
    id="certificates",
    title="Certificates",
    noun="certificate",
    columns=COLUMNS,
    search={
        "name": lambda one: " ".join((one.certificate.main, *one.certificate.sans)),
        "state": lambda one: f"{one.state} {certificate_look(one)[2]}",
        "resolver": lambda one: one.certificate.resolver,
        "issuer": lambda one: one.certificate.issuer,
        "key": lambda one: one.certificate.key_type,
        "route": lambda one: " ".join(one.used_by),
    },
    items=lambda snapshot: snapshot.certificates,
    key=lambda one: one.key,
    name=lambda one: one.certificate.main,
    detail=_detail,
    raw=lambda one: raw_json(certificate=one),
    related=_related,
    counts=_counts,
    empty=lambda snapshot, _proposal, glyphs: source_page(snapshot, SourceName.ACME, "certificate", glyphs),
    gone="is no longer in acme.json",
    sort="certificate",
    dimmed=_dimmed,
)

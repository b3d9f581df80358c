"""Certificates of acme.json against the clock and Traefik's own renewal window, the first to end first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from specter_tui.core.findings.model import SubjectKind
from specter_tui.core.snapshot import CertificateState, CertificateStatus, Snapshot, SourceName
from specter_tui.ui.present import sections
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role, joined, outside
from specter_tui.ui.present.kinds.dimming import dims
from specter_tui.ui.present.raw import raw_json
from specter_tui.ui.present.references import to_routes
from specter_tui.ui.present.resource import Column, Reference, Resource, SortKey, text_column
from specter_tui.ui.present.sections import BLANK, fact, heading
from specter_tui.ui.present.states import CERTIFICATE, certificate_cell, days_words, sign
from specter_tui.ui.present.welcome import source_page

_ORDER: Final = {state: rank for rank, state in enumerate(reversed(CertificateState))}


def _sign(one: CertificateStatus, glyphs: Glyphs) -> Line:
    name, role, _ = CERTIFICATE[one.state]
    return (sign((name, role), glyphs),)


def _word(one: CertificateStatus, _glyphs: Glyphs) -> Line:
    _, role, word = CERTIFICATE[one.state]
    return (Piece(word, role),)


def _names(one: CertificateStatus) -> str:
    others = [name for name in one.certificate.sans if name != one.certificate.main]
    return one.certificate.main + (f" +{len(others)}" if others else "")


def _by_days(one: CertificateStatus) -> SortKey:
    return (one.days_left, one.key)


COLUMNS: Final[tuple[Column[CertificateStatus], ...]] = (
    Column("state", "", _sign, lambda one: (_ORDER[one.state], one.days_left, one.key), 1, 1, gap=1),
    text_column("name", "NAME", _names, 50, 20),
    Column("word", "STATE", _word, lambda one: (one.state, one.days_left, one.key), 15, 15),
    Column(
        "certificate", "LEFT", lambda one, _glyphs: certificate_cell(one), lambda one: (one.days_left, one.key), 7, 7
    ),
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
    ),
    text_column("resolver", "RESOLVER", lambda one: one.certificate.resolver, 16, 8, drop=3, role=Role.MUTED),
    text_column("issuer", "ISSUER", lambda one: one.certificate.issuer, 24, 8, drop=2, role=Role.MUTED),
    text_column("key", "KEY", lambda one: one.certificate.key_type, 12, 8, drop=1, role=Role.MUTED),
)


def _detail(one: CertificateStatus, snapshot: Snapshot, glyphs: Glyphs) -> Iterator[Line]:
    leaf = one.certificate
    name, role, word = CERTIFICATE[one.state]
    yield (outside(leaf.main, Role.STRONG), Piece("   "), sign((name, role), glyphs), Piece(f" {word}", role))
    yield BLANK
    yield from sections.findings(sections.about(snapshot, {SubjectKind.CERTIFICATE: {leaf.main, one.key}}), glyphs)
    yield heading("time")
    yield fact("from", Piece(f"{leaf.not_before:%Y-%m-%d %H:%M} UTC"))
    yield fact("until", Piece(f"{leaf.not_after:%Y-%m-%d %H:%M} UTC, "), Piece(days_words(one), role))
    yield fact("renews", Piece(f"from {one.renews_at:%Y-%m-%d}, by Traefik's own window"))
    yield heading("names")
    yield from sections.listed(sections.said(san) for san in leaf.sans or (leaf.main,))
    yield heading("origin")
    yield fact("issuer", outside(leaf.issuer))
    yield fact("resolver", outside(leaf.resolver))
    yield fact("key", outside(leaf.key_type))
    yield fact("file", outside(leaf.source))
    yield fact("sha256", outside(leaf.fingerprint, Role.MUTED))
    yield heading("shown for")
    used = set(one.used_by)
    routes = [route for route in snapshot.routes if route.id in used]
    yield from sections.routes(routes, glyphs) if routes else [(Piece("  no route: it may be left over", Role.MUTED),)]


def _counts(snapshot: Snapshot, glyphs: Glyphs) -> Line:
    counts = Counter(one.state for one in snapshot.certificates)
    parts = [Piece(str(len(snapshot.certificates)))]
    for state in CertificateState:
        if counts[state]:
            name, role, word = CERTIFICATE[state]
            parts.append(Piece(f"{sign((name, role), glyphs).text} {counts[state]} {word}", role))
    return joined(parts, Piece("  "))


def _related(one: CertificateStatus, snapshot: Snapshot) -> Sequence[Reference]:
    used = set(one.used_by)
    return tuple(to_routes((route for route in snapshot.routes if route.id in used), "shows it"))


CERTIFICATES: Final[Resource[CertificateStatus]] = Resource(
    id="certificates",
    title="Certificates",
    noun="certificate",
    columns=COLUMNS,
    search={
        "name": lambda one: " ".join((one.certificate.main, *one.certificate.sans)),
        "state": lambda one: f"{one.state} {CERTIFICATE[one.state][2]}",
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
    dimmed=dims(COLUMNS, SourceName.ACME),
)

"""Everything known of one route, as lines: the same text in the side pane and on the page."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator
from datetime import datetime

from specter_tui.core.findings.model import Finding, SubjectKind
from specter_tui.core.model import Container
from specter_tui.core.proof import Proof, ProofVerdict
from specter_tui.core.snapshot import ChainLink, ProtectionState, Snapshot
from specter_tui.ui.present.base import TEXT_LIMIT, Glyphs, Line, Piece, Role, joined, outside
from specter_tui.ui.present.routes import RouteRow, chain_line
from specter_tui.ui.present.states import (
    CERTIFICATE,
    CONFIG,
    PROOF,
    SERVER,
    SEVERITY,
    container_words,
    health_words,
    protection_words,
    sign,
)

_SPACE = Piece(" ")
_BLANK: Line = (_SPACE,)


def route_detail(row: RouteRow, snapshot: Snapshot, glyphs: Glyphs) -> tuple[Line, ...]:
    """The lines of a route's detail; each may be longer than the screen and is wrapped where it is shown."""
    route = row.route
    lines: list[Line] = [
        (outside(route.id, Role.STRONG), Piece("   "), *health_words(route.health, glyphs)),
    ]
    if route.health_reason:
        lines.append((outside(route.health_reason, limit=TEXT_LIMIT),))
    lines += [_BLANK, *_findings(row, snapshot, glyphs)]
    lines += _rule(row, glyphs)
    lines += _protection(row, glyphs)
    lines += _service(row, glyphs)
    lines += _containers(row, glyphs)
    lines += _certificate(row, glyphs)
    return tuple(lines)


def _heading(word: str) -> Line:
    return (Piece(word, Role.MUTED),)


def _findings(row: RouteRow, snapshot: Snapshot, glyphs: Glyphs) -> Iterator[Line]:
    found = False
    for finding in _about(row, snapshot):
        found = True
        look = SEVERITY[finding.severity]
        yield (sign(look, glyphs), _SPACE, outside(finding.title, look[1], TEXT_LIMIT))
        for text in finding.evidence:
            yield (Piece("  "), outside(text, limit=TEXT_LIMIT))
        if finding.remedy.text:
            yield (Piece("  remedy: ", Role.MUTED), outside(finding.remedy.text, Role.STRONG, TEXT_LIMIT))
    if found:
        yield _BLANK


def _about(row: RouteRow, snapshot: Snapshot) -> Iterator[Finding]:
    route = row.route
    ids = {
        SubjectKind.ROUTE: {route.id},
        SubjectKind.HOST: set(route.hosts),
        SubjectKind.SERVICE: {route.service.name},
        SubjectKind.MIDDLEWARE: {link.name for link in route.chain},
        SubjectKind.CONTAINER: {name for one in row.containers for name in (one.id, one.name)},
        SubjectKind.CERTIFICATE: set()
        if route.certificate is None
        else {route.certificate.key, route.certificate.certificate.main},
    }
    return (one for one in snapshot.findings if one.subject.id in ids.get(one.subject.kind, ()))


def _rule(row: RouteRow, glyphs: Glyphs) -> Iterator[Line]:
    route = row.route
    yield _heading("rule")
    yield (Piece("  "), outside(route.router.rule or "(none: UDP has no rules)", limit=TEXT_LIMIT))
    if len(route.router.rule) > TEXT_LIMIT:
        yield (Piece(f"  cut here: {len(route.router.rule)} characters, y shows them all", Role.MUTED),)
    if route.rule_error:
        yield (sign(("bad", Role.BAD), glyphs), _SPACE, outside(route.rule_error, Role.BAD, TEXT_LIMIT))
    yield (Piece("  priority ", Role.MUTED), Piece(str(route.priority)))
    look = CONFIG[route.router.status]
    if route.router.status != "enabled":
        yield (sign(look, glyphs), Piece(f" Traefik says the router is {route.router.status}", look[1]))
    yield from _errors(route.router.errors)
    yield _heading("path of a request")
    yield (Piece("  "), *chain_line(route, glyphs))
    yield from (line for link in route.chain for line in _broken_link(link, glyphs))


def _errors(errors: Iterable[str]) -> Iterator[Line]:
    return ((Piece("  "), outside(text, Role.BAD, TEXT_LIMIT)) for text in errors)


def _broken_link(link: ChainLink, glyphs: Glyphs) -> Iterator[Line]:
    if link.status != "enabled":
        word = "does not exist" if link.status is None else f"is {link.status}"
        yield (sign(("bad", Role.BAD), glyphs), _SPACE, outside(link.name, Role.BAD), Piece(f" {word}", Role.BAD))


def _protection(row: RouteRow, glyphs: Glyphs) -> Iterator[Line]:
    protection = row.route.protection
    yield _heading("protection")
    words = protection_words(protection.state, glyphs)
    if protection.by:
        by = joined((outside(name) for name in protection.by), Piece(", "))
        yield (Piece("  "), *words, Piece(" by ", Role.MUTED), *by)
    elif protection.state is ProtectionState.NOT_APPLICABLE:
        yield (Piece("  "), Piece("not applicable here", Role.MUTED))
    else:
        yield (Piece("  "), *words)
    yield from ((Piece("  "), outside(text, limit=TEXT_LIMIT)) for text in protection.reasons)
    if protection.proof is not None:
        yield _proof(protection.proof, glyphs)


def _proof(proof: Proof, glyphs: Glyphs) -> Line:
    """`● anonymous request turned away: 307 → https://auth... on websecure`; why, where nothing was proved."""
    name, role, word = PROOF[proof.verdict]
    pieces = [Piece("  "), sign((name, role), glyphs), Piece(f" anonymous request {word}:", role)]
    if proof.verdict is ProofVerdict.UNKNOWN:
        return (*pieces, _SPACE, outside(proof.reason, limit=TEXT_LIMIT))
    pieces.append(Piece(f" {proof.status}"))
    if proof.location:
        pieces += [Piece(f" {glyphs.arrow} ", Role.MUTED), outside(proof.location, limit=TEXT_LIMIT)]
    if proof.entry_point:
        pieces += [Piece(" on ", Role.MUTED), outside(proof.entry_point)]
    return tuple(pieces)


def _service(row: RouteRow, glyphs: Glyphs) -> Iterator[Line]:
    service = row.route.service
    yield _heading("service")
    if service.status is None:
        yield (
            Piece("  "),
            sign(("bad", Role.BAD), glyphs),
            _SPACE,
            outside(service.name, Role.BAD),
            Piece(" does not exist"),
        )
        return
    yield (Piece("  "), outside(service.name), Piece(" "), outside(service.type, Role.MUTED))
    for server in service.servers:
        look = SERVER[server.health]
        yield (Piece("  "), sign(look, glyphs), _SPACE, outside(server.url), Piece(f" {server.health}", look[1]))


def _containers(row: RouteRow, glyphs: Glyphs) -> Iterator[Line]:
    if not row.containers:
        return
    yield _heading("containers")
    for container in row.containers:
        yield (Piece("  "), outside(container.name), _SPACE, *container_words(container, glyphs))
        yield _networks(container)


def _networks(container: Container) -> Line:
    names = joined((outside(one.name) for one in container.networks), Piece(", ")) or (Piece("no network", Role.BAD),)
    pieces = [Piece("    on ", Role.MUTED), *names]
    for port in container.published:
        pieces += [Piece("  publishes ", Role.MUTED), outside(f"{port.ip}:{port.port}/{port.proto}")]
    return tuple(pieces)


def _certificate(row: RouteRow, glyphs: Glyphs) -> Iterator[Line]:
    yield _heading("certificate")
    status = row.route.certificate
    if status is None:
        if row.route.router.tls is None:
            yield (Piece("  none: this router serves no TLS", Role.MUTED),)
        else:
            word = "none found in acme.json" if row.certificates_known else "unknown: acme.json was not read"
            yield (Piece("  "), sign(("unknown", Role.OFF), glyphs), Piece(f" {word}", Role.OFF))
        return
    name, role, word = CERTIFICATE[status.state]
    leaf = status.certificate
    yield (
        Piece("  "),
        sign((name, role), glyphs),
        _SPACE,
        outside(leaf.main),
        Piece(f" {word}, {status.days_left} days left", role),
    )
    yield (
        Piece(f"    until {leaf.not_after:%Y-%m-%d}, renews from {status.renews_at:%Y-%m-%d}, ", Role.MUTED),
        outside(leaf.issuer, Role.MUTED),
        Piece(" by ", Role.MUTED),
        outside(leaf.resolver, Role.MUTED),
    )


def raw_route(row: RouteRow) -> str:
    """The route and its containers as JSON text; the model holds no secrets."""
    document = {
        "route": dataclasses.asdict(row.route),
        "containers": [dataclasses.asdict(one) for one in row.containers],
    }
    return json.dumps(document, indent=2, default=_plain, ensure_ascii=True)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)

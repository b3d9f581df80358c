"""Everything known of one route, as lines: the same text in the side pane and on the page."""

from __future__ import annotations

from collections.abc import Iterator

from specter_tui.core.findings.model import SubjectKind
from specter_tui.core.model import ConfigStatus
from specter_tui.core.routing import shown_rule_of
from specter_tui.core.snapshot import Route, Snapshot
from specter_tui.ui.present import sections, triangle
from specter_tui.ui.present.base import TEXT_LIMIT, Glyphs, Line, Piece, Role, outside
from specter_tui.ui.present.raw import raw_json
from specter_tui.ui.present.routes import RouteRow
from specter_tui.ui.present.rule_words import rule_words
from specter_tui.ui.present.sections import BLANK, SPACE, heading
from specter_tui.ui.present.states import CONFIG, health_words, sign

_INDENT = Piece("  ")


def route_detail(row: RouteRow, snapshot: Snapshot, glyphs: Glyphs) -> tuple[Line, ...]:
    """The lines of a route's detail; each may be longer than the screen and is wrapped where it is shown."""
    route = row.route
    lines: list[Line] = [
        (outside(route.id, Role.STRONG), Piece("   "), *health_words(route.health, glyphs)),
    ]
    if route.health_reason:
        lines.append((outside(route.health_reason, limit=TEXT_LIMIT),))
    lines += [BLANK, *sections.findings(sections.about(snapshot, _subjects(row)), glyphs)]
    lines += _rule(row, snapshot, glyphs)
    lines += _path(route, glyphs)
    lines += sections.protection(route.protection, glyphs)
    if route.service.status is not None and route.service.servers:
        lines += [heading("servers"), *sections.listed(sections.servers(route.service.servers, glyphs))]
    if row.containers:
        lines += [heading("containers"), *sections.containers(row.containers, glyphs)]
    lines += _certificate(row, glyphs)
    lines += sections.dns(route.hosts, route.dns, snapshot, glyphs)
    if route.router.tls is not None and not route.router.tls.passthrough:
        lines += triangle.of_hosts(route.hosts, snapshot, glyphs)
    return tuple(lines)


def _subjects(row: RouteRow) -> dict[SubjectKind, set[str]]:
    route = row.route
    return {
        SubjectKind.ROUTE: {route.id},
        SubjectKind.HOST: set(route.hosts),
        SubjectKind.SERVICE: {route.service.name},
        SubjectKind.MIDDLEWARE: {link.name for link in route.chain},
        SubjectKind.CONTAINER: {name for one in row.containers for name in (one.id, one.name)},
        SubjectKind.CERTIFICATE: set()
        if route.certificate is None
        else {route.certificate.key, route.certificate.certificate.main},
    }


def words_of(route: Route, snapshot: Snapshot) -> str:
    """The route's rule in plain words, empty where there is none or it is not understood."""
    rule = shown_rule_of(route.router, snapshot.traefik_version, snapshot.default_rule_syntax)
    return "" if rule is None else rule_words(rule)


def _rule(row: RouteRow, snapshot: Snapshot, glyphs: Glyphs) -> Iterator[Line]:
    route = row.route
    yield heading("rule")
    if words := words_of(route, snapshot):
        yield sections.said(words)
    yield sections.said(route.router.rule or "(none: UDP has no rules)", Role.MUTED if words else Role.TEXT)
    if len(route.router.rule) > TEXT_LIMIT:
        yield (Piece(f"  cut here: {len(route.router.rule)} characters, y shows them all", Role.MUTED),)
    if route.rule_error:
        yield (sign(("bad", Role.BAD), glyphs), SPACE, outside(route.rule_error, Role.BAD, TEXT_LIMIT))
    yield (Piece("  priority ", Role.MUTED), Piece(str(route.priority)))
    if route.router.status is not ConfigStatus.ENABLED:
        look = CONFIG[route.router.status]
        yield (sign(look, glyphs), Piece(f" Traefik says the router is {route.router.status}", look[1]))
    yield from sections.errors(route.router.errors)


def _path(route: Route, glyphs: Glyphs) -> Iterator[Line]:
    """The chain, drawn: from the entry points through each middleware to the service, one line a stop."""
    yield heading("path of a request")
    yield (_INDENT, outside(", ".join(route.router.entry_points) or "no entry point"))
    for link in route.chain:
        yield sections.stop(link, glyphs)
    yield (*_service(route, glyphs),)


def _service(route: Route, glyphs: Glyphs) -> Line:
    service = route.service
    step = Piece(f"  {glyphs.down} ", Role.MUTED)
    if service.status is None:
        return (step, outside(service.name or "(none)", Role.BAD), Piece(f"  {glyphs.bad} does not exist", Role.BAD))
    return (step, outside(service.name, Role.STRONG), Piece("  "), outside(service.type, Role.MUTED))


def _certificate(row: RouteRow, glyphs: Glyphs) -> Iterator[Line]:
    yield heading("certificate")
    if row.route.certificate is not None:
        yield from sections.certificate(row.route.certificate, glyphs)
    elif row.route.router.tls is None:
        yield (Piece("  none: this router serves no TLS", Role.MUTED),)
    else:
        word = "none found in acme.json" if row.certificates_known else "unknown: acme.json was not read"
        yield (_INDENT, sign(("unknown", Role.OFF), glyphs), Piece(f" {word}", Role.OFF))


def raw_route(row: RouteRow) -> str:
    """The route and its containers as JSON text."""
    return raw_json(route=row.route, containers=row.containers)

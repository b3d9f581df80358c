"""Services: their servers, what Traefik's health checks say of them, and who uses them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from specter_tui.core.findings.model import SubjectKind
from specter_tui.core.model import ConfigStatus, Protocol, ServerHealth, Service
from specter_tui.core.snapshot import Route, Snapshot, SourceName
from specter_tui.ui.present import sections
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role, joined, outside
from specter_tui.ui.present.kinds.dimming import dims
from specter_tui.ui.present.raw import raw_json
from specter_tui.ui.present.references import to_containers, to_routes
from specter_tui.ui.present.resource import Column, Reference, Resource, text_column
from specter_tui.ui.present.sections import BLANK, fact, heading
from specter_tui.ui.present.states import Look, sign, status_words
from specter_tui.ui.present.welcome import source_page

_LOOKS: Final[tuple[Look, ...]] = (
    ("bad", Role.BAD),
    ("warn", Role.WARN),
    ("unknown", Role.OFF),
    ("ok", Role.OK),
)  # the worst first


class ServiceRow(NamedTuple):
    """A service with the routes that use it."""

    service: Service
    routes: tuple[Route, ...]


def service_rows(snapshot: Snapshot) -> list[ServiceRow]:
    """One row a service."""
    users: defaultdict[tuple[Protocol, str], list[Route]] = defaultdict(list)
    for route in snapshot.routes:
        users[route.protocol, route.service.name].append(route)
    return [ServiceRow(one, tuple(users[one.protocol, one.name])) for one in snapshot.services]


def look(service: Service) -> Look:
    """The worst that Traefik says of it; unchecked servers are unknown, never fine."""
    if service.status is ConfigStatus.DISABLED:
        return _LOOKS[0]
    health = {server.health for server in service.servers}
    if not health or ServerHealth.UNCHECKED in health:
        return _LOOKS[2]
    if ServerHealth.DOWN not in health:
        return _LOOKS[3]
    return _LOOKS[1] if ServerHealth.UP in health else _LOOKS[0]


def servers_text(service: Service) -> str:
    """`2/3 up`, `3 unchecked`, `no server`; children where it has those."""
    if service.children:
        return f"{len(service.children)} inside"
    if not service.servers:
        return "no server" if service.type == "loadbalancer" else "-"
    if any(server.health is ServerHealth.UNCHECKED for server in service.servers):
        return f"{len(service.servers)} unchecked"
    up = sum(server.health is ServerHealth.UP for server in service.servers)
    return f"{up}/{len(service.servers)} up"


COLUMNS: Final[tuple[Column[ServiceRow], ...]] = (
    Column(
        "state",
        "",
        lambda row, glyphs: (sign(look(row.service), glyphs),),
        lambda row: (_LOOKS.index(look(row.service)), row.service.id),
        1,
        1,
        gap=1,
    ),
    text_column("name", "NAME", lambda row: row.service.id, 44, 20),
    text_column("type", "TYPE", lambda row: row.service.type, 14, 12, drop=2, role=Role.MUTED),
    Column(
        "servers",
        "SERVERS",
        lambda row, _glyphs: (Piece(servers_text(row.service), look(row.service)[1]),),
        lambda row: (servers_text(row.service), row.service.id),
        12,
        12,
    ),
    Column(
        "routes",
        "ROUTES",
        lambda row, _glyphs: (Piece(f"{len(row.routes):>6}") if row.routes else Piece("unused", Role.MUTED),),
        lambda row: (-len(row.routes), row.service.id),
        6,
        6,
    ),
    text_column(
        "first",
        "FIRST SERVER",
        lambda row: row.service.servers[0].url if row.service.servers else "",
        40,
        12,
        drop=1,
        role=Role.MUTED,
    ),
)


def _detail(row: ServiceRow, snapshot: Snapshot, glyphs: Glyphs) -> Iterator[Line]:
    one = row.service
    yield (outside(one.id, Role.STRONG), Piece("   "), *status_words(one.status, glyphs))
    yield BLANK
    subjects = {SubjectKind.SERVICE: {one.id, one.name}}
    yield from sections.findings(sections.about(snapshot, subjects), glyphs)
    yield from sections.errors(one.errors)
    yield heading("service")
    yield fact("type", outside(one.type))
    yield fact("provider", outside(one.provider))
    if one.children:
        yield heading("shares requests among")
        yield from sections.listed(sections.said(name) for name in one.children)
    else:
        yield heading("servers")
        yield from sections.listed(sections.servers(one.servers, glyphs))
    if any(server.health is ServerHealth.UNCHECKED for server in one.servers):
        yield (Piece("  unchecked: without a health check of its own Traefik calls any server up", Role.MUTED),)
    if one.middlewares:
        yield heading("requests pass before it")
        yield from sections.listed(sections.said(name) for name in one.middlewares)
    yield heading("routes that use it")
    yield from sections.routes(row.routes, glyphs) if row.routes else [(Piece("  none", Role.MUTED),)]


def _counts(snapshot: Snapshot, glyphs: Glyphs) -> Line:
    counts = Counter(map(look, snapshot.services))
    parts = [Piece(str(len(snapshot.services)))]
    parts += (Piece(f"{sign(one, glyphs).text} {counts[one]}", one[1]) for one in reversed(_LOOKS) if counts[one])
    return joined(parts, Piece("  "))


def _related(row: ServiceRow, snapshot: Snapshot) -> Sequence[Reference]:
    ids = {(one.protocol, one.name): one.id for one in snapshot.services}
    children = (ids.get((row.service.protocol, name)) for name in row.service.children)
    found = [Reference("services", one, one, "is one that it shares requests among") for one in children if one]
    found += to_containers((one for route in row.routes for one in route.containers), snapshot, "stands behind it")
    return [*found, *to_routes(row.routes, "uses it")]


SERVICES: Final[Resource[ServiceRow]] = Resource(
    id="services",
    title="Services",
    noun="service",
    columns=COLUMNS,
    search={
        "name": lambda row: row.service.id,
        "type": lambda row: row.service.type,
        "provider": lambda row: row.service.provider,
        "server": lambda row: " ".join(server.url for server in row.service.servers),
        "state": lambda row: f"{row.service.status} {' '.join(server.health for server in row.service.servers)}",
        "route": lambda row: " ".join(route.id for route in row.routes),
    },
    items=service_rows,
    key=lambda row: row.service.id,
    name=lambda row: row.service.id,
    detail=_detail,
    raw=lambda row: raw_json(service=row.service, routes=[route.id for route in row.routes]),
    related=_related,
    counts=_counts,
    empty=lambda snapshot, _proposal, glyphs: source_page(snapshot, SourceName.TRAEFIK, "service", glyphs),
    gone="is no longer among Traefik's services",
    sort="name",
    dimmed=dims(COLUMNS),
    containers=lambda row: tuple(dict.fromkeys(one for route in row.routes for one in route.containers)),
    has_logs=True,
)

"""Middlewares: what each does to a request, and which routes pass it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from specter_tui.core.chain import unfold
from specter_tui.core.findings.model import SubjectKind
from specter_tui.core.model import ConfigStatus, Middleware, Protocol
from specter_tui.core.snapshot import ChainLink, Route, Snapshot, SourceName
from specter_tui.ui.present import sections
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role, outside
from specter_tui.ui.present.kinds.dimming import dims
from specter_tui.ui.present.raw import raw_json
from specter_tui.ui.present.references import to_routes
from specter_tui.ui.present.resource import Column, Reference, Resource, text_column
from specter_tui.ui.present.sections import BLANK, fact, heading
from specter_tui.ui.present.states import CONFIG, sign, status_counts, status_words
from specter_tui.ui.present.welcome import source_page

_ORDER: Final = {ConfigStatus.DISABLED: 0, ConfigStatus.WARNING: 1, ConfigStatus.ENABLED: 2}


class MiddlewareRow(NamedTuple):
    """A middleware with the routes whose requests pass it and, of those, how many it guards."""

    middleware: Middleware
    routes: tuple[Route, ...]
    guarded: int


def middleware_rows(snapshot: Snapshot) -> list[MiddlewareRow]:
    """One row a middleware; a route counts for each chain that it passes as well."""
    users: defaultdict[tuple[Protocol, str], dict[str, Route]] = defaultdict(dict)
    for route in snapshot.routes:
        for link in route.chain:
            for name in (link.name, *link.via):
                users[route.protocol, name][route.id] = route
    rows = []
    for one in snapshot.middlewares:
        routes = tuple(users[one.protocol, one.name].values())
        rows.append(MiddlewareRow(one, routes, sum(one.name in route.protection.by for route in routes)))
    return rows


def does(row: MiddlewareRow) -> str:
    """What it does, as far as its definition says it in one line."""
    one = row.middleware
    if one.chain:
        return ", ".join(one.chain)
    if one.address:
        return f"asks {one.address}"
    return f"to {one.scheme}" if one.scheme else ""


def _routes_cell(row: MiddlewareRow, _glyphs: Glyphs) -> Line:
    if not row.routes:
        return (Piece("unused", Role.MUTED),)
    return (Piece(f"{len(row.routes):>6}"),)


def _guards_cell(row: MiddlewareRow, glyphs: Glyphs) -> Line:
    if not row.guarded:
        return (Piece("-", Role.MUTED),)
    return (Piece(f"{glyphs.protected} {row.guarded}", Role.OK),)


COLUMNS: Final[tuple[Column[MiddlewareRow], ...]] = (
    Column(
        "state",
        "",
        lambda row, glyphs: (sign(CONFIG[row.middleware.status], glyphs),),
        lambda row: (_ORDER[row.middleware.status], row.middleware.id),
        1,
        1,
        gap=1,
    ),
    text_column("name", "NAME", lambda row: row.middleware.id, 44, 20),
    text_column("type", "TYPE", lambda row: row.middleware.type, 18, 11),
    Column(
        "routes",
        "ROUTES",
        _routes_cell,
        lambda row: (-len(row.routes), row.middleware.id),
        6,
        6,
    ),
    Column("guards", "GUARDS", _guards_cell, lambda row: (-row.guarded, row.middleware.id), 6, 6, drop=2),
    text_column("does", "DOES", does, 60, 12, drop=1, role=Role.MUTED),
)


def _detail(row: MiddlewareRow, snapshot: Snapshot, glyphs: Glyphs) -> Iterator[Line]:
    one = row.middleware
    yield (outside(one.id, Role.STRONG), Piece("   "), *status_words(one.status, glyphs))
    yield BLANK
    subjects = {SubjectKind.MIDDLEWARE: {one.id, one.name}}
    yield from sections.findings(sections.about(snapshot, subjects), glyphs)
    yield from sections.errors(one.errors)
    yield heading("middleware")
    yield fact("type", outside(one.type))
    yield fact("provider", outside(one.provider))
    if one.address:
        yield fact("asks", outside(one.address))
    if one.scheme:
        yield fact("sends to", outside(one.scheme))
    if row.guarded:
        yield fact("guards", Piece(f"{glyphs.protected} {row.guarded} of the routes below", Role.OK))
    if one.chain:
        yield from _chain(one, snapshot, glyphs)
    yield heading("definition")
    yield from sections.listed((Piece("  "), outside(line, Role.MUTED)) for line in sections.indented(one.options))
    yield heading("routes that pass it")
    yield from sections.routes(row.routes, glyphs) if row.routes else [(Piece("  none", Role.MUTED),)]


def _chain(one: Middleware, snapshot: Snapshot, glyphs: Glyphs) -> Iterator[Line]:
    """The chain, unfolded and drawn: one line a stop."""
    known = {other.name: other for other in snapshot.middlewares if other.protocol is one.protocol}
    yield heading("chain, in the order of a request")
    yield from sections.listed(sections.stop(link, glyphs) for link in _links(one, known))


def _links(one: Middleware, known: dict[str, Middleware]) -> Sequence[ChainLink]:
    return unfold(one.chain, known)


def _related(row: MiddlewareRow, snapshot: Snapshot) -> Sequence[Reference]:
    ids = {(one.protocol, one.name): one.id for one in snapshot.middlewares}
    members = (ids.get((row.middleware.protocol, name)) for name in row.middleware.chain)
    found = [Reference("middlewares", one, one, "is part of the chain") for one in members if one]
    found += (
        Reference("middlewares", one.id, one.id, "is a chain that holds it")
        for one in snapshot.middlewares
        if row.middleware.name in one.chain and one.protocol is row.middleware.protocol
    )
    return [*found, *to_routes(row.routes, "passes it")]


MIDDLEWARES: Final[Resource[MiddlewareRow]] = Resource(
    id="middlewares",
    title="Middlewares",
    noun="middleware",
    columns=COLUMNS,
    search={
        "name": lambda row: row.middleware.id,
        "type": lambda row: row.middleware.type,
        "provider": lambda row: row.middleware.provider,
        "state": lambda row: row.middleware.status.value,
        "does": does,
        "route": lambda row: " ".join(route.id for route in row.routes),
    },
    items=middleware_rows,
    key=lambda row: row.middleware.id,
    name=lambda row: row.middleware.id,
    detail=_detail,
    raw=lambda row: raw_json(middleware=row.middleware, routes=[route.id for route in row.routes]),
    related=_related,
    counts=lambda snapshot, glyphs: status_counts([one.status for one in snapshot.middlewares], glyphs),
    empty=lambda snapshot, _proposal, glyphs: source_page(snapshot, SourceName.TRAEFIK, "middleware", glyphs),
    gone="is no longer among Traefik's middlewares",
    sort="name",
    dimmed=dims(COLUMNS),
)

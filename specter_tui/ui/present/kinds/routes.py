"""Routes: every router with all that hangs on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from specter_tui.core.snapshot import Snapshot
from specter_tui.ui.present import routes as cells
from specter_tui.ui.present.detail import raw_route, route_detail
from specter_tui.ui.present.kinds.dimming import dims, without_dns
from specter_tui.ui.present.resource import Column, Reference, Resource, text_width
from specter_tui.ui.present.routes import SEARCH, RouteRow, route_rows
from specter_tui.ui.present.sources import counts_line
from specter_tui.ui.present.states import certificate_text
from specter_tui.ui.present.welcome import empty_page

# In the order of the screen. RULE, ENTRY, SERVICE, DNS, BACKENDS go in this order when it gets narrow; DNS has no
# column where there is no source for it.
COLUMNS: Final[tuple[Column[RouteRow], ...]] = (
    Column("state", "", cells.health_cell, cells.by_health, 1, 1, gap=1),
    Column(
        "host",
        "HOST",
        cells.host_cell,
        cells.by_host,
        60,
        16,
        measure=lambda row: text_width(cells.host_text(row.route)),
    ),
    Column("rule", "RULE", cells.rule_cell, cells.by_rule, 18, 18, drop=1),
    Column(
        "entry",
        "ENTRY",
        cells.entry_cell,
        cells.by_entry,
        16,
        9,
        drop=2,
        measure=lambda row: text_width(",".join(row.route.router.entry_points)),
    ),
    Column("protection", "PROT", cells.protection_cell, cells.by_protection, 12, 12),
    Column(
        "service",
        "SERVICE",
        cells.service_cell,
        cells.by_service,
        20,
        8,
        drop=3,
        measure=lambda row: text_width(cells.service_text(row.route)),
    ),
    Column("backends", "BACKENDS", cells.backends_cell, cells.by_backends, 11, 11, drop=5),
    Column(
        "certificate",
        "CERT",
        cells.certificate_column,
        cells.by_certificate,
        7,
        4,
        measure=lambda row: 6 if row.route.certificate is None else len(certificate_text(row.route.certificate)),
    ),
    Column("dns", "DNS", cells.dns_column, cells.by_dns, 9, 9, drop=4),
)


def _related(row: RouteRow, snapshot: Snapshot) -> Sequence[Reference]:
    """In the order in which a request passes them: hosts, middlewares, service, containers; the certificate last."""
    return tuple(_references(row, snapshot))


def _references(row: RouteRow, snapshot: Snapshot) -> Iterator[Reference]:
    route = row.route
    hosts = {host.name for host in snapshot.hosts}
    for host in route.hosts:
        if host in hosts:
            yield Reference("hosts", host, host, "it answers for")
    known = {(one.protocol, one.name): one.id for one in snapshot.middlewares}
    for link in route.chain:
        if found := known.get((route.protocol, link.name)):
            yield Reference("middlewares", found, link.name, "requests pass")
    for service in snapshot.services:
        if (service.protocol, service.name) == (route.protocol, route.service.name):
            yield Reference("services", service.id, service.name, "is its service")
    for container in row.containers:
        yield Reference("containers", container.id, container.name, "stands behind it")
    if route.certificate is not None:
        yield Reference("certificates", route.certificate.key, route.certificate.certificate.main, "is shown for it")


ROUTES: Final[Resource[RouteRow]] = Resource(
    id="routes",
    title="Routes",
    noun="route",
    columns=COLUMNS,
    search=SEARCH,
    items=route_rows,
    key=lambda row: row.key,
    name=lambda row: row.route.hosts[0] if row.route.hosts else row.key,
    detail=route_detail,
    raw=raw_route,
    related=_related,
    counts=counts_line,
    empty=empty_page,
    gone="is no longer among Traefik's routers",
    sort="host",
    dimmed=dims(COLUMNS, certificate=("certificate",), dns=("dns",)),
    absent=without_dns,
    containers=lambda row: row.route.containers,
    has_logs=True,
)

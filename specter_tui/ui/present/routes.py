"""A route as a row: what each column shows and what it sorts by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from specter_tui.core.exposure import out_of_reach
from specter_tui.core.model import Container, ContainerHealth, Protocol, ServerHealth
from specter_tui.core.snapshot import Health, ProtectionState, Route, Snapshot, SourceName, SourceStatus
from specter_tui.ui.present.base import CELL_LIMIT, Glyphs, Line, Piece, Role, joined, outside
from specter_tui.ui.present.states import (
    DNS,
    HEALTH,
    PROTECTION,
    certificate_cell,
    dns_cell,
    dns_order,
    protection_words,
    sign,
    worst_dns,
)

_ARGUMENTS: Final = re.compile(r"""\((?:`[^`]*`|"(?:\\.|[^"\\])*"|[^()`"])*\)""")
HEALTH_ORDER: Final = {Health.DOWN: 0, Health.DEGRADED: 1, Health.UNKNOWN: 2, Health.HEALTHY: 3}
PROTECTION_ORDER: Final = {
    ProtectionState.UNPROTECTED: 0,
    ProtectionState.BYPASSED: 1,
    ProtectionState.UNKNOWN: 2,
    ProtectionState.OTHER_AUTH: 3,
    ProtectionState.PROTECTED: 4,
    ProtectionState.NOT_APPLICABLE: 5,
}
_NO_CERTIFICATE: Final = 1_000_000  # sorts behind every real number of days

SortKey = tuple[int | str, ...]


class RouteRow(NamedTuple):
    """A route with the containers behind it and whether acme.json was read.

    `out_of_reach` holds the ids of those that share no network with Traefik.
    """

    route: Route
    containers: tuple[Container, ...]
    certificates_known: bool
    out_of_reach: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """The route's id."""
        return self.route.id


def route_rows(snapshot: Snapshot) -> list[RouteRow]:
    """One row a route, in the snapshot's order."""
    containers = {container.id: container for container in snapshot.containers}
    read = snapshot.source(SourceName.ACME).status in {SourceStatus.FRESH, SourceStatus.STALE}
    known = read and not any(file.error for file in snapshot.acme_files)
    apart = frozenset(out_of_reach(snapshot.containers))
    rows: list[RouteRow] = []
    for route in snapshot.routes:
        behind = tuple([containers[one] for one in route.containers if one in containers])
        rows.append(RouteRow(route, behind, known, apart.intersection(route.containers) if apart else apart))
    return rows


def host_text(route: Route) -> str:
    """The name a person knows the route by: its first host, its path and how many more hosts, else what its rule says.

    Two routers of one host differ by their path.
    """
    more = len(route.hosts) + len(route.host_patterns) - 1
    suffix = f" +{more}" if more > 0 else ""
    if route.hosts:
        path = route.paths[0] if route.paths and route.paths[0] != "/" else ""
        return route.hosts[0] + path + suffix
    if route.host_patterns == ("*",):
        return f"(any name) {route.router.name}"
    if route.host_patterns:
        return f"(regexp) {route.host_patterns[0]}{suffix}"
    if route.protocol is Protocol.UDP:
        return f"(udp) {route.router.name}"
    if route.rule_error:
        return f"(rule not understood) {route.router.name}"
    return f"(any host) {route.paths[0]}" if route.paths else f"(any host) {route.router.name}"


def rule_shape(rule: str) -> str:
    """The matchers of a rule without their arguments: `Host && PathPrefix`; only its first cells are looked at."""
    return " ".join(_ARGUMENTS.sub("", rule[:CELL_LIMIT]).split())


def health_cell(row: RouteRow, glyphs: Glyphs) -> Line:
    """The route's health as its glyph."""
    return (sign(HEALTH[row.route.health], glyphs),)


def host_cell(row: RouteRow, _glyphs: Glyphs) -> Line:
    """The host; a host name is only ever cut at its end."""
    return (outside(host_text(row.route)),)


def rule_cell(row: RouteRow, _glyphs: Glyphs) -> Line:
    """The shape of the rule."""
    return (outside(rule_shape(row.route.router.rule), Role.MUTED),)


def entry_cell(row: RouteRow, _glyphs: Glyphs) -> Line:
    """The entry points."""
    return (outside(",".join(row.route.router.entry_points) or "-", Role.MUTED),)


def protection_cell(row: RouteRow, glyphs: Glyphs) -> Line:
    """The protection as glyph and word."""
    return protection_words(row.route.protection.state, glyphs)


def service_text(route: Route) -> str:
    """The service, its provider left out where it is the router's own."""
    name, _, provider = route.service.name.rpartition("@")
    return name if name and provider == route.router.provider else route.service.name


def service_cell(row: RouteRow, _glyphs: Glyphs) -> Line:
    """The service."""
    return (outside(service_text(row.route)),)


def backends_cell(row: RouteRow, glyphs: Glyphs) -> Line:
    """`◐ 2/3`: what Traefik's health checks say of the servers, else what Docker's say of the containers."""
    if row.route.service.status is None:
        return (Piece(f"{glyphs.bad} missing", Role.BAD),)
    checked = [server.health is ServerHealth.UP for server in row.route.service.servers]
    if any(server.health is not ServerHealth.UNCHECKED for server in row.route.service.servers):
        return _ratio(checked, glyphs)
    if row.containers and all(_has_verdict(one) or one.id in row.out_of_reach for one in row.containers):
        return _ratio([_is_up(one) and one.id not in row.out_of_reach for one in row.containers], glyphs)
    if not checked:
        return (Piece("-", Role.MUTED),)
    return (Piece(f"{glyphs.unknown} unchecked", Role.OFF),)


def _has_verdict(container: Container) -> bool:
    return container.state != "running" or container.health is not ContainerHealth.NONE


def _is_up(container: Container) -> bool:
    return container.state == "running" and container.health is ContainerHealth.HEALTHY


def _ratio(up: Iterable[bool], glyphs: Glyphs) -> Line:
    states = list(up)
    good = sum(states)
    name, role = ("ok", Role.OK) if good == len(states) else ("warn", Role.WARN) if good else ("bad", Role.BAD)
    return (sign((name, role), glyphs), Piece(f" {good}/{len(states)}", role))


def certificate_column(row: RouteRow, glyphs: Glyphs) -> Line:
    """The days left; `?` where TLS is served with a certificate that was not found, `-` where there is no TLS."""
    if row.route.certificate is not None:
        return certificate_cell(row.route.certificate)
    if row.route.router.tls is None:
        return (Piece("-", Role.MUTED),)
    return (Piece(f"{glyphs.unknown} none" if row.certificates_known else glyphs.unknown, Role.OFF),)


def dns_column(row: RouteRow, glyphs: Glyphs) -> Line:
    """The worst verdict on the route's hosts; a dash for a route that names none."""
    if not row.route.hosts:
        return (Piece("-", Role.MUTED),)
    return dns_cell(worst_dns(row.route.dns), glyphs)


def chain_line(route: Route, glyphs: Glyphs) -> Line:
    """Entry points, each middleware, the service, in a request's order; what is missing or disabled is red."""
    entry = outside(",".join(route.router.entry_points) or "-", Role.MUTED)
    links = [outside(link.name, Role.TEXT if link.status == "enabled" else Role.BAD) for link in route.chain]
    service = outside(route.service.name, Role.STRONG if route.service.status == "enabled" else Role.BAD)
    return joined([entry, *links, service], Piece(f" {glyphs.then} ", Role.MUTED))


def by_host(row: RouteRow) -> SortKey:
    """By name; routes without a literal host come last."""
    return (0 if row.route.hosts else 1, host_text(row.route), row.route.id)


def by_health(row: RouteRow) -> SortKey:
    """The broken first."""
    return (HEALTH_ORDER[row.route.health], *by_host(row))


def by_protection(row: RouteRow) -> SortKey:
    """The open first."""
    return (PROTECTION_ORDER[row.route.protection.state], *by_host(row))


def by_certificate(row: RouteRow) -> SortKey:
    """The soonest expiry first."""
    status = row.route.certificate
    return (status.days_left if status else _NO_CERTIFICATE, *by_host(row))


def by_dns(row: RouteRow) -> SortKey:
    """The wrong records first; routes without a literal host last."""
    return (dns_order(worst_dns(row.route.dns)) if row.route.hosts else len(DNS), *by_host(row))


def by_rule(row: RouteRow) -> SortKey:
    """By the shape of the rule."""
    return (rule_shape(row.route.router.rule), *by_host(row))


def by_entry(row: RouteRow) -> SortKey:
    """By entry point."""
    return (",".join(row.route.router.entry_points), *by_host(row))


def by_service(row: RouteRow) -> SortKey:
    """By the service's name."""
    return (row.route.service.name, *by_host(row))


def by_backends(row: RouteRow) -> SortKey:
    """The fewest healthy backends first."""
    up = sum(server.health is ServerHealth.UP for server in row.route.service.servers)
    return (up, *by_host(row))


SEARCH: Final[Mapping[str, Callable[[RouteRow], str]]] = {
    "host": lambda row: " ".join((*row.route.hosts, *row.route.host_patterns)),
    "id": lambda row: row.route.id,
    "rule": lambda row: row.route.router.rule,
    "entry": lambda row: " ".join(row.route.router.entry_points),
    "prot": lambda row: f"{row.route.protection.state} {PROTECTION[row.route.protection.state][2]}",
    "service": lambda row: row.route.service.name,
    "middleware": lambda row: " ".join(link.name for link in row.route.chain),
    "container": lambda row: " ".join(one.name for one in row.containers),
    "cert": lambda row: row.route.certificate.certificate.main if row.route.certificate else "",
    "dns": lambda row: " ".join(f"{one.state} {DNS[one.state][2]} {' '.join(one.flags)}" for one in row.route.dns),
    "state": lambda row: row.route.health.value,
    "provider": lambda row: row.route.router.provider,
}
"""What the filter looks through, by the name that `field:value` takes."""

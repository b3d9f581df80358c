"""Routers that answer for hosts which no rule names: by an expression, a wildcard, or for any host at all."""

from __future__ import annotations

from typing import Final

from specter_tui.core.model import ConfigStatus, Protocol
from specter_tui.core.routing import rule_of
from specter_tui.core.rules import representative_requests
from specter_tui.core.snapshot import ProtectionState, Route, Snapshot

ANY_HOST: Final = "*"


def pattern_routes(snapshot: Snapshot, host: str = "") -> tuple[Route, ...]:
    """The mounted routes with a pattern of hosts or none, strongest first; with `host` those that may answer for it.

    They stand in no line of the hosts, since nobody knows the names; every host that is named counts them in.
    """
    found = [route for route in snapshot.routes if _answers(route) and (not host or _may_match(snapshot, route, host))]
    return tuple(sorted(found, key=lambda route: (-route.priority, route.id)))


def patterns_of(route: Route) -> tuple[str, ...]:
    """The patterns as written; `*` for a route that takes any host."""
    return route.host_patterns or (ANY_HOST,)


def _answers(route: Route) -> bool:
    mounted = route.protocol is not Protocol.UDP and route.router.status is not ConfigStatus.DISABLED
    asked = route.protection.state is not ProtectionState.NOT_APPLICABLE
    return mounted and asked and bool(route.host_patterns or not route.hosts)


def _may_match(snapshot: Snapshot, route: Route, host: str) -> bool:
    """Whether some request for the host can fall to the route; what is not understood may."""
    rule, _ = rule_of(route.router, snapshot.traefik_version, snapshot.default_rule_syntax)
    if rule is None:
        return True
    points = representative_requests([rule], host)
    return not points.complete or any(rule.matches(point) is not False for point in points.requests)

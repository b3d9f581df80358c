"""Routers, middlewares and services that do not work as they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from specter_tui.core.findings.file_provider import gives_nothing
from specter_tui.core.findings.model import Finding, Remedy, Severity, Subject, SubjectKind
from specter_tui.core.findings.names import Names
from specter_tui.core.model import ConfigStatus, Middleware, Protocol, ServerHealth, Service
from specter_tui.core.snapshot import Route, Snapshot

# Asked for of each route, and an enum's member costs a look-up each time.
_DISABLED: Final = ConfigStatus.DISABLED
_WARNING: Final = ConfigStatus.WARNING
_DOWN: Final = ServerHealth.DOWN


def router_disabled(snapshot: Snapshot) -> Iterator[Finding]:
    """Traefik refused the router: it is not mounted, so another router or a 404 answers.

    Where a missing middleware or service is the reason, the finding on that says it all.
    """
    for route in snapshot.routes:
        if route.router.status is _DISABLED and not _lacks_part(route):
            yield Finding(
                "router-disabled",
                Severity.ERROR,
                _subject(route),
                "the router is disabled: Traefik does not serve it",
                route.router.errors or ((route.rule_error,) if route.rule_error else ("Traefik gives no reason",)),
                Remedy(f"correct what the error names where {route.router.provider} gets the router from"),
            )


def router_warning(snapshot: Snapshot) -> Iterator[Finding]:
    """Traefik serves the router, but not as it is written."""
    for route in snapshot.routes:
        if route.router.status is _WARNING:
            yield Finding(
                "router-warning",
                Severity.WARNING,
                _subject(route),
                "Traefik serves the router only in part",
                route.router.errors,
                Remedy(f"correct what the error names where {route.router.provider} gets the router from"),
            )


def rule_not_understood(snapshot: Snapshot) -> Iterator[Finding]:
    """Traefik mounted a rule that our grammar refuses: which requests it takes is not known."""
    for route in snapshot.routes:
        if route.rule_error and route.router.status is not _DISABLED:
            yield Finding(
                "rule-not-understood",
                Severity.UNKNOWN,
                _subject(route),
                "the rule is not understood, so which requests it takes is not known",
                (route.rule_error,),
                Remedy("hosts may be reported as bypassed or unknown because of it; simplify the rule"),
            )


def middleware_missing(snapshot: Snapshot) -> Iterator[Finding]:
    """A router names a middleware that no provider defines."""
    lost, names = gives_nothing(snapshot), _NamesByProtocol(snapshot.middlewares)
    for route in snapshot.routes:
        missing = [link.name for link in route.chain if link.status is None]
        for name in dict.fromkeys(missing) if missing else ():
            yield _missing_finding("middleware-missing", route, name, names, lost=lost)


def service_missing(snapshot: Snapshot) -> Iterator[Finding]:
    """A router names a service that no provider defines."""
    lost, names = gives_nothing(snapshot), _NamesByProtocol(snapshot.services)
    for route in snapshot.routes:
        if _lacks_service(route):
            yield _missing_finding("service-missing", route, route.service.name, names, lost=lost)


def _missing_finding(code: str, route: Route, name: str, names: _NamesByProtocol, *, lost: bool) -> Finding:
    """One missing part; only a note where the whole file provider is lost, which is an error of its own."""
    lost = lost and name.endswith("@file")
    nearest = "" if lost else names.of(route.protocol).nearest(name)
    missing = f"name one that exists: {nearest}" if nearest else "define it, or name one that exists"
    return Finding(
        code,
        Severity.INFO if lost else Severity.ERROR,
        _subject(route),
        f"the {code.partition('-')[0]} {name or '(none)'} does not exist" + _consequence(route),
        route.router.errors,
        Remedy("it comes back with the file provider: see file-provider-empty" if lost else missing),
    )


class _NamesByProtocol:
    """The names of parts, sorted only where one is missing, and then once."""

    def __init__(self, parts: Sequence[Middleware] | Sequence[Service]) -> None:
        self._parts = parts
        self._names: dict[Protocol, Names] = {}

    def of(self, protocol: Protocol) -> Names:
        """Those of one protocol."""
        if protocol not in self._names:
            self._names[protocol] = Names(one.name for one in self._parts if one.protocol is protocol)
        return self._names[protocol]


def server_down(snapshot: Snapshot) -> Iterator[Finding]:
    """Traefik's own health check finds servers of a service down."""
    for service in snapshot.services:
        down = [server.url for server in service.servers if server.health is _DOWN]
        if down:
            every = len(down) == len(service.servers)
            yield Finding(
                "server-down",
                Severity.ERROR if every else Severity.WARNING,
                Subject(SubjectKind.SERVICE, service.id),
                f"{len(down)} of {len(service.servers)} servers are down",
                tuple(down),
                Remedy("look at the containers behind them and at the service's health check"),
            )


def service_empty(snapshot: Snapshot) -> Iterator[Finding]:
    """A service of a mounted router has no server: every request gets 503."""
    for route in snapshot.routes:
        empty = route.service.status is not None and not route.service.servers
        ours = not route.service.name.endswith("@internal")
        if empty and ours and route.router.status is not _DISABLED:
            yield Finding(
                "service-empty",
                Severity.ERROR,
                _subject(route),
                f"the service {route.service.name} has no server",
                (),
                Remedy("start the container behind it"),
            )


def _lacks_part(route: Route) -> bool:
    return _lacks_service(route) or any(link.status is None for link in route.chain)


def _lacks_service(route: Route) -> bool:
    if route.service.status is not None:
        return False
    name, _, provider = route.service.name.partition("@")
    return bool(name) and provider != "internal"


def _consequence(route: Route) -> str:
    return ", so Traefik does not serve the router" if route.router.status is _DISABLED else ""


def _subject(route: Route) -> Subject:
    return Subject(SubjectKind.ROUTE, route.id)


CHECKS: Final[tuple[Callable[[Snapshot], Iterator[Finding]], ...]] = (
    router_disabled,
    router_warning,
    rule_not_understood,
    middleware_missing,
    service_missing,
    server_down,
    service_empty,
)

"""Which certificates Traefik will order when one of those it has is gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from specter_tui.core.certificates import covers
from specter_tui.core.model import Certificate, ConfigStatus, Protocol, Router
from specter_tui.core.renewing.orders import names_of
from specter_tui.core.routing import rule_of
from specter_tui.core.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class WantedNames:
    """One order: the names that no other certificate has, and the router for which it is made."""

    names: frozenset[str]
    router: str


def wanted_without(snapshot: Snapshot, gone: Certificate) -> tuple[WantedNames, ...]:
    """The orders that share a name with a certificate, or are for names that it covered, once it is gone.

    As Traefik's acme provider does it (2.11 to 3.7): `tls.domains` of a router are an order each, without them the
    hosts of its rule are one; names that another certificate covers are left out of an order.
    """
    others = [one.certificate for one in snapshot.certificates if one.certificate != gone]
    covered = frozenset(name.lower() for one in others for name in (one.main, *one.sans))
    found: dict[frozenset[str], WantedNames] = {}
    for router in _ordering(snapshot, gone.resolver):
        for names in _orders(router, snapshot):
            lacking = frozenset(name for name in names if not _is_covered(name, covered))
            if any(covers(names_of(gone), name) for name in lacking):
                found.setdefault(lacking, WantedNames(lacking, router.id))
    return tuple(found.values())


def _ordering(snapshot: Snapshot, resolver: str) -> Iterator[Router]:
    for route in snapshot.routes:
        tls = route.router.tls
        if tls is None or tls.passthrough or tls.cert_resolver != resolver or route.protocol is Protocol.UDP:
            continue
        if route.router.status is not ConfigStatus.DISABLED:
            yield route.router


def _orders(router: Router, snapshot: Snapshot) -> Iterator[tuple[str, ...]]:
    if router.tls is not None and router.tls.domains:
        yield from (tuple(name.lower() for name in (one.main, *one.sans)) for one in router.tls.domains)
        return
    rule, _ = rule_of(router, snapshot.traefik_version, snapshot.default_rule_syntax)
    if rule is not None and rule.tls_domains:
        yield rule.tls_domains


def _is_covered(name: str, names: Iterable[str]) -> bool:
    """As Traefik sees it: a wildcard name needs just that wildcard."""
    return name in names or (not name.startswith("*.") and f"*.{name.partition('.')[2]}" in names)

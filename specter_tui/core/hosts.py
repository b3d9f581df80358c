"""Hosts: all routes that can answer for one name, and what that makes of its protection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from specter_tui.core.certificates import CertificateIndex
from specter_tui.core.model import ConfigStatus, Protocol
from specter_tui.core.protection import Candidate, Verdict, judge_host
from specter_tui.core.rules import representative_requests
from specter_tui.core.snapshot import Health, Host, Protection, ProtectionState, Route

_WORST_FIRST: Final = (Health.DOWN, Health.DEGRADED, Health.UNKNOWN, Health.HEALTHY)
_GUARDED: Final = frozenset({ProtectionState.PROTECTED, ProtectionState.OTHER_AUTH})


@dataclass(frozen=True, slots=True)
class Joined:
    """A route and what it means to the hosts it can answer for."""

    route: Route
    candidate: Candidate

    @property
    def mounted(self) -> bool:
        """Whether Traefik serves it at all."""
        return self.route.router.status is not ConfigStatus.DISABLED


def join_hosts(joined: Sequence[Joined], certificates: CertificateIndex) -> tuple[tuple[Route, ...], tuple[Host, ...]]:
    """All routes with their hosts' verdicts counted in, and all hosts; both in the order of their names."""
    by_host: defaultdict[str, list[Joined]] = defaultdict(list)
    for one in joined:
        for name in one.route.hosts:
            by_host[name].append(one)
    anywhere = [one for one in joined if one.mounted and _is_anywhere(one.candidate)]
    skipped = _skipped_patterns(joined, [one.candidate for one in anywhere])
    hosts = []
    for name in sorted(by_host):
        named = by_host[name]
        host, verdict = _host(name, named, anywhere, certificates)
        hosts.append(host)
        if verdict.skipped_by:
            skipped.update((one.route.id, verdict) for one in named)
    routes = (_counted_in(one.route, skipped.get(one.route.id)) for one in joined)
    return tuple(sorted(routes, key=lambda route: (route.protocol, route.router.name))), tuple(hosts)


def _host(
    name: str, named: Sequence[Joined], anywhere: Sequence[Joined], certificates: CertificateIndex
) -> tuple[Host, Verdict]:
    own = [one.candidate for one in named if one.mounted]
    others = [one.candidate for one in anywhere if _counts_for(one, named) and _may_match(one.candidate, name)]
    answering = sorted([*own, *others], key=lambda one: -one.priority)
    if own and _is_mixed(answering):  # only then it matters which redirects win before them
        exempt = [one.candidate for one in anywhere if one.candidate.state is ProtectionState.NOT_APPLICABLE]
        answering += [one for one in exempt if _may_match(one, name)]
    verdict = judge_host(name, answering if own else [one.candidate for one in named])
    listed = (*(one.route.id for one in named), *(one.route_id for one in others))
    host = Host(
        name=name,
        routes=tuple(dict.fromkeys(listed)),
        protection=verdict.protection,
        weakest=verdict.weakest,
        certificate=certificates.find(name) if any(one.route.router.tls for one in named) else None,
        health=_health(named),
    )
    return host, verdict


def _counts_for(one: Joined, named: Sequence[Joined]) -> bool:
    """Whether a router that does not name the host leads to what the host protects.

    Traefik's own API behind a router for any host is no way into an application; it has a finding of its own.
    """
    if one.candidate.state is ProtectionState.NOT_APPLICABLE:
        return False
    if one.candidate.protocol is Protocol.TCP:  # for any name: it matters where it takes the host's own connections
        return any(set(one.candidate.ways) & set(other.candidate.ways) for other in named)
    service = one.route.service.name
    return not service.endswith("@internal") or any(other.route.service.name == service for other in named)


def _is_mixed(candidates: Iterable[Candidate]) -> bool:
    states = {one.state for one in candidates} - {ProtectionState.NOT_APPLICABLE}
    return bool(states & _GUARDED) and bool(states - _GUARDED)


def _health(named: Sequence[Joined]) -> Health:
    """The worst health of the host's routes; redirects do not speak for the application."""
    speaking = [
        one.route.health
        for one in named
        if one.candidate.state is not ProtectionState.NOT_APPLICABLE or not one.mounted
    ] or [one.route.health for one in named]
    return min(speaking, key=_WORST_FIRST.index)


def _is_anywhere(candidate: Candidate) -> bool:
    if candidate.protocol is Protocol.UDP:
        return False
    rule = candidate.rule
    return rule is None or not rule.has_host or bool(rule.host_patterns)


def _may_match(candidate: Candidate, host: str) -> bool:
    """Whether some request for a host that the router does not name can fall to it."""
    rule = candidate.rule
    if rule is None or (not rule.has_host and not rule.host_patterns and not rule.hosts):
        return True
    if host in rule.hosts:
        return False  # it is among the named ones already
    points = representative_requests([rule], host)
    return not points.complete or any(rule.matches(point) is not False for point in points.requests)


def _skipped_patterns(joined: Sequence[Joined], anywhere: Sequence[Candidate]) -> dict[str, Verdict]:
    """Guarded routes without a literal host that an open route for any host outranks on the same entry point."""
    open_ones = [one for one in anywhere if one.state is ProtectionState.UNPROTECTED]
    found: dict[str, Verdict] = {}
    for one in joined:
        candidate = one.candidate
        if not one.mounted or one.route.hosts or candidate.state not in _GUARDED:
            continue
        outranking = next((other for other in open_ones if _outranks(other, candidate)), None)
        if outranking is not None:
            reason = f"{outranking.route_id} may answer first, without authentication"
            protection = Protection(ProtectionState.BYPASSED, reasons=(reason,))
            found[candidate.route_id] = Verdict(protection, outranking.route_id, (reason,))
    return found


def _outranks(other: Candidate, candidate: Candidate) -> bool:
    return other.priority >= candidate.priority and bool(set(other.ways) & set(candidate.ways))


def _counted_in(route: Route, verdict: Verdict | None) -> Route:
    """The route as it stands among the others: a guard that can be skipped is bypassed."""
    if verdict is None or route.protection.state not in _GUARDED:
        return route
    protection = replace(route.protection, state=ProtectionState.BYPASSED, reasons=verdict.skipped_by)
    return replace(route, protection=protection)

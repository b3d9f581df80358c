"""Hosts: all routes that can answer for one name, and what that makes of its protection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Final

import msgspec
from msgspec.structs import replace

from specter_tui.core.backends import split_server
from specter_tui.core.certificates import CertificateIndex
from specter_tui.core.dns.states import DnsIndex
from specter_tui.core.model import ConfigStatus, Protocol
from specter_tui.core.protection import GUARDED, Candidate, Verdict, guards, judge_host
from specter_tui.core.rules import representative_requests, spellings
from specter_tui.core.snapshot import Health, Host, Protection, ProtectionState, Route

_PLACE: Final = attrgetter("router.protocol", "router.name")
# Asked for of each route, and an enum's member costs a look-up each time.
_DISABLED: Final = ConfigStatus.DISABLED
_NOT_APPLICABLE: Final = ProtectionState.NOT_APPLICABLE
_UDP: Final = Protocol.UDP
_WORST_FIRST: Final = (Health.DOWN, Health.DEGRADED, Health.UNKNOWN, Health.HEALTHY)


class Joined(msgspec.Struct, frozen=True, gc=False):
    """A route and what it means to the hosts it can answer for."""

    route: Route
    candidate: Candidate

    @property
    def mounted(self) -> bool:
        """Whether Traefik serves it at all."""
        return self.route.router.status is not _DISABLED


def join_hosts(
    joined: Sequence[Joined], certificates: CertificateIndex, dns: DnsIndex | None = None
) -> tuple[tuple[Route, ...], tuple[Host, ...]]:
    """All routes with their hosts' verdicts counted in, and all hosts; both in the order of their names."""
    by_host: defaultdict[str, list[Joined]] = defaultdict(list)
    for one in joined:
        for name in one.route.hosts:
            by_host[name].append(one)
    anywhere = _Anywhere(joined)
    skipped = _skipped_patterns(joined, [one.candidate for one in anywhere.asked])
    hosts = []
    for name in sorted(by_host):
        named = by_host[name]
        others = anywhere.may_answer(name, named) if anywhere.asked else []
        if len(named) == 1 and not others:
            hosts.append(_lonely(name, named[0], dns))
            continue
        verdict = _judge(name, named, others, anywhere)
        hosts.append(_shared(name, named, others, verdict, certificates, dns=dns))
        if verdict.skipped_by:
            skipped.update((one.candidate.route_id, verdict) for one in named)
    routes = [one.route for one in joined]
    if skipped:
        routes = [_counted_in(one.route, skipped.get(one.candidate.route_id)) for one in joined]
    return tuple(sorted(routes, key=_PLACE)), tuple(hosts)


class _Anywhere:
    """The mounted routers that can answer for hosts which they do not name."""

    def __init__(self, joined: Sequence[Joined]) -> None:
        found = [one for one in joined if _is_anywhere(one.candidate) and one.mounted]
        self.asked = [one for one in found if one.candidate.state is not _NOT_APPLICABLE]
        self.exempt = [one.candidate for one in found if one.candidate.state is _NOT_APPLICABLE]

    def may_answer(self, name: str, named: Sequence[Joined]) -> list[Candidate]:
        """Those that protection must look at for a host."""
        return [one.candidate for one in self.asked if _counts_for(one, named) and _may_match(one.candidate, name)]


def _lonely(name: str, one: Joined, dns: DnsIndex | None) -> Host:
    """The host of one route and no other: what holds for the route holds for it."""
    route = one.route
    route_id = one.candidate.route_id
    verdict = dns.of(name) if dns else None
    return Host(name, (route_id,), route.protection, route_id, route.certificate, route.health, verdict)


def _judge(name: str, named: Sequence[Joined], others: Sequence[Candidate], anywhere: _Anywhere) -> Verdict:
    own = [one.candidate for one in named if one.mounted]
    if not own and not others:
        return judge_host(name, [one.candidate for one in named])
    answering = sorted([*own, *others], key=lambda one: -one.priority)
    if _is_mixed(answering):  # only then it matters which redirects win before them
        answering += [one for one in anywhere.exempt if _may_match(one, name)]
    return judge_host(name, answering)


def _shared(
    name: str,
    named: Sequence[Joined],
    others: Sequence[Candidate],
    verdict: Verdict,
    certificates: CertificateIndex,
    *,
    dns: DnsIndex | None,
) -> Host:
    listed = (*(one.candidate.route_id for one in named), *(one.route_id for one in others))
    return Host(
        name=name,
        routes=tuple(dict.fromkeys(listed)),
        protection=verdict.protection,
        weakest=verdict.weakest,
        certificate=certificates.find(name) if any(map(_ends_tls, named)) else None,
        health=_health(named),
        dns=dns.of(name) if dns else None,
    )


def _ends_tls(one: Joined) -> bool:
    """Whether Traefik itself shows a certificate there; with passthrough the backend shows its own."""
    tls = one.route.router.tls
    return tls is not None and not tls.passthrough


def _counts_for(one: Joined, named: Sequence[Joined]) -> bool:
    """Whether a router that does not name the host leads to what the host protects.

    Traefik's own API behind a router for any host is no way into an application; it has a finding of its own.
    """
    if one.candidate.protocol is Protocol.TCP:  # for any name: it matters where it takes the host's own connections,
        ways, ends = set(one.candidate.ways), _ends(one)  # and where it leads to the host's own servers
        return any(ways & set(other.candidate.ways) or ends & _ends(other) for other in named)
    service = one.route.service.name
    return not service.endswith("@internal") or any(other.route.service.name == service for other in named)


def _ends(one: Joined) -> set[tuple[str, int]]:
    return {split_server(server.url) for server in one.route.service.servers}


def _is_mixed(candidates: Iterable[Candidate]) -> bool:
    asked = [one for one in candidates if one.state is not _NOT_APPLICABLE]
    return any(map(guards, asked)) and not all(one.state in GUARDED for one in asked)


def _health(named: Sequence[Joined]) -> Health:
    """The worst health of the host's routes; redirects do not speak for the application."""
    speaking = [one.route.health for one in named if one.candidate.state is not _NOT_APPLICABLE or not one.mounted] or [
        one.route.health for one in named
    ]
    return min(speaking, key=_WORST_FIRST.index)


def _is_anywhere(candidate: Candidate) -> bool:
    if candidate.protocol is _UDP:
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
    for name in spellings(host, [rule]):
        points = representative_requests([rule], name)
        if not points.complete or any(rule.matches(point) is not False for point in points.requests):
            return True
    return False


def _skipped_patterns(joined: Sequence[Joined], anywhere: Sequence[Candidate]) -> dict[str, Verdict]:
    """Guarded routes without a literal host that an open route for any host outranks on the same entry point."""
    open_ones = [one for one in anywhere if one.state is ProtectionState.UNPROTECTED]
    found: dict[str, Verdict] = {}
    for one in joined if open_ones else ():
        candidate = one.candidate
        if one.route.hosts or not one.mounted or not guards(candidate):
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
    if verdict is None or not guards(route.protection):
        return route
    protection = replace(route.protection, state=ProtectionState.BYPASSED, reasons=verdict.skipped_by)
    return replace(route, protection=protection)

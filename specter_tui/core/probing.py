"""Which anonymous requests prove a route's protection, and what their answers prove."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from specter_tui.core.exposure import local_address, running_traefiks
from specter_tui.core.guard import ADDRESS_LIST_TYPES
from specter_tui.core.loopback import is_loopback
from specter_tui.core.model import ConfigStatus, Protocol
from specter_tui.core.proof import ProbeAnswer, ProbeTarget, Proof, ProofVerdict
from specter_tui.core.routing import rule_of
from specter_tui.core.rules import Request, Rule, header_pairs, sample_request
from specter_tui.core.secret_names import is_secret_field
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import ProtectionState, Route, Snapshot
from specter_tui.core.urls import DEFAULT_PORTS

_TELLING_HEADERS: Final = frozenset(
    {
        "accept",
        "authorization",
        "connection",
        "content-length",
        "cookie",
        "host",
        "proxy-authorization",
        "te",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    }
)
_PLAIN_HTTP_ZONES: Final = (".localhost", ".test")  # where the verify service may run with COOKIE_INSECURE


def plan_probes(snapshot: Snapshot, settings: Settings) -> tuple[ProbeTarget, ...]:
    """One target per mounted HTTP router and entry point for which a telling request can be built.

    Left out: routers to which protection does not apply, those behind address lists (a request of this machine
    proves nothing there), and requests that another router could answer.
    """
    planner = _Planner(snapshot, settings)
    return tuple(target for route in snapshot.routes if _is_asked(route) for target in planner.targets(route))


def _is_asked(route: Route) -> bool:
    return (
        route.protocol is Protocol.HTTP
        and route.router.status is not ConfigStatus.DISABLED
        and route.protection.state is not ProtectionState.NOT_APPLICABLE
        and bool(route.hosts)
        and not any(link.type in ADDRESS_LIST_TYPES for link in route.chain)
    )


class _Planner:
    def __init__(self, snapshot: Snapshot, settings: Settings) -> None:
        self._version = snapshot.traefik_version
        self._default_syntax = snapshot.default_rule_syntax
        self._addresses = entry_point_addresses(snapshot, settings)
        self._by_host: defaultdict[str, list[Route]] = defaultdict(list)
        self._anywhere: list[Route] = []
        for route in snapshot.routes:
            if route.protocol is Protocol.UDP or route.router.status is ConfigStatus.DISABLED:
                continue
            for host in route.hosts:
                self._by_host[host].append(route)
            if not route.hosts or route.host_patterns:
                self._anywhere.append(route)

    def targets(self, route: Route) -> list[ProbeTarget]:
        rule = self._rule(route)
        host = route.hosts[0]
        request = sample_request(rule, host) if rule else None
        if rule is None or request is None or request.method != "GET" or not _is_anonymous(request):
            return []
        method = "HEAD" if rule.matches(replace(request, method="HEAD")) else "GET"
        return [
            ProbeTarget(
                router_id=route.id,
                entry_point=name,
                address=address,
                tls=route.router.tls is not None,
                host=host,
                path=_target_path(request),
                method=method,
                headers=tuple(header_pairs(request.headers or ())),
            )
            for name in route.router.entry_points
            if (address := self._addresses.get(name)) and not self._is_shadowed(route, name, request)
        ]

    def _is_shadowed(self, route: Route, entry_point: str, request: Request) -> bool:
        """Whether another router could answer this request on the same entry point."""
        for other in (*self._by_host[request.host], *self._anywhere):
            if other.id == route.id or entry_point not in other.router.entry_points:
                continue
            if (other.router.tls is None) != (route.router.tls is None):
                continue
            if other.protocol is Protocol.HTTP and other.priority < route.priority:
                continue
            rule = self._rule(other)
            if rule is None or rule.matches(request) is not False:
                return True
        return False

    def _rule(self, route: Route) -> Rule | None:
        return rule_of(route.router, self._version, self._default_syntax)[0]


def _is_anonymous(request: Request) -> bool:
    """Whether what the rule asks for says nothing of who sends it, is no secret, and does not reframe the request."""
    names = [name for name, _ in (*header_pairs(request.headers or ()), *(request.query or ()))]
    return not any(name.lower() in _TELLING_HEADERS or is_secret_field(name) for name in names)


def _target_path(request: Request) -> str:
    return f"{request.path}?{urlencode(request.query)}" if request.query else request.path


def entry_point_addresses(snapshot: Snapshot, settings: Settings) -> Mapping[str, str]:
    """Where this machine reaches each entry point: as configured, else as it can be derived."""
    traefiks = running_traefiks(snapshot.containers)
    api = urlsplit(settings.traefik.api_url).hostname or ""
    own = {address for one in traefiks for network in one.networks for address in (network.ip, network.ipv6) if address}
    api_is_local = is_loopback(api) or api in own
    derived = {one.name: local_address(one, traefiks, api_is_local=api_is_local) for one in snapshot.entry_points}
    return {**derived, **settings.probe.addresses}


def judge(answer: ProbeAnswer, settings: Settings) -> Proof:
    """What an answer proves: turned away only when it is the verify service's own."""
    verdict, reason = _judge(answer, settings.protection.auth_host.lower())
    return Proof(
        verdict=verdict,
        status=answer.status,
        location=answer.location,
        checked_at=answer.checked_at,
        reason=reason,
        entry_point=answer.target.entry_point,
        seconds=answer.seconds,
    )


def _judge(answer: ProbeAnswer, auth_host: str) -> tuple[ProofVerdict, str]:
    asked = f"an anonymous request for {answer.target.path} on {answer.target.entry_point}"
    if answer.error or not answer.status:
        return ProofVerdict.UNKNOWN, f"{asked} got no answer: {answer.error or 'nothing came back'}"
    if 200 <= answer.status < 300:  # noqa: PLR2004  the success class of HTTP
        return ProofVerdict.OPEN, f"{asked} got {answer.status}"
    if not auth_host:
        return ProofVerdict.UNKNOWN, "protection.auth_host is not set, so nobody can tell whose answer it is"
    if 300 <= answer.status < 400 and _is_sign_in(answer.location, auth_host, answer.target):  # noqa: PLR2004  redirects
        return ProofVerdict.TURNED_AWAY, f"{asked} got {answer.status} to {auth_host}"
    if answer.status == 401 and _is_at(answer.login_url, auth_host):  # noqa: PLR2004  Unauthorized
        return ProofVerdict.TURNED_AWAY, f"{asked} got 401 with the sign-in address of {auth_host}"
    return ProofVerdict.UNKNOWN, f"{asked} got {answer.status}, which is not the verify service's answer"


def _is_at(url: str, auth_host: str) -> bool:
    """Whether an absolute URL points to the sign-in host, on the port that its name carries or the scheme's own."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    name, _, wanted_port = auth_host.partition(":")
    if parts.scheme not in DEFAULT_PORTS or (parts.hostname or "") != name or "@" in parts.netloc:
        return False
    if parts.scheme == "http" and not name.endswith(_PLAIN_HTTP_ZONES):
        return False
    default = DEFAULT_PORTS[parts.scheme]
    return (port or default) == (int(wanted_port) if wanted_port.isdigit() else default)


def _is_sign_in(location: str, auth_host: str, target: ProbeTarget) -> bool:
    """Whether a redirect is the verify service's: to the sign-in page, carrying the very address that was asked for."""
    if not _is_at(location, auth_host):
        return False
    parts = urlsplit(location)
    back = parse_qs(parts.query).get("redirect", [])
    if parts.path not in {"", "/"} or len(back) != 1:
        return False
    try:
        original = urlsplit(back[0])
        host = original.hostname or ""
    except ValueError:
        return False
    return host == target.host and (original.path or "/") == urlsplit(target.path).path

"""Why a URL is answered as it is: the routers that were asked, the one that won, and each hop on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from specter_tui.core.claims import claim_for
from specter_tui.core.errors import SpecterError
from specter_tui.core.exposure import published_for, running_traefiks
from specter_tui.core.hop import Hop
from specter_tui.core.hops import Way, hops_of
from specter_tui.core.model import ConfigStatus, EntryPoint, Protocol
from specter_tui.core.routing import rule_of
from specter_tui.core.rules import Request, mismatch
from specter_tui.core.rules.request import Headers
from specter_tui.core.snapshot import Route, Snapshot
from specter_tui.core.urls import DEFAULT_PORTS

_ANY_NAME: Final = "*"  # HostSNI(`*`)


@dataclass(frozen=True, slots=True)
class CandidateAnswer:
    """A router that was asked; `matches` None when the request leaves it undecided."""

    id: str
    matches: bool | None
    priority: int
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Which router answers a request, why the others do not, and the hops with one verdict each."""

    url: str
    winner: str  # route id, empty when none matches for certain; the router hop says what is in doubt
    candidates: tuple[CandidateAnswer, ...]
    hops: tuple[Hop, ...]


Asked = tuple[Route, CandidateAnswer]


def explain(snapshot: Snapshot, url: str, method: str = "GET", headers: Headers = ()) -> Explanation:
    """The explanation of one request; raises SpecterError when the URL is none that Traefik could be asked for."""
    parts = _split(url)
    entry_point, published = _entry_point(snapshot, parts)
    request = _request(parts, method, headers)
    if entry_point is None:
        return Explanation(url, "", (), hops_of(snapshot, Way(request, parts.scheme, _port(parts)), None, None))
    there = _on(snapshot, entry_point, tls=parts.scheme == "https")
    asked = [_ask(snapshot, route, request) for route in there if route.protocol is Protocol.HTTP]
    asked = [(route, answer) for route, answer in asked if answer.matches is not False or _mentions(route, request)]
    asked.sort(key=lambda pair: (-pair[0].priority, pair[0].id))
    asked = [*(_ask(snapshot, route, request) for route in _takers(snapshot, there, request)), *asked]
    winner = next((route for route, answer in asked if answer.matches and _is_mounted(route)), None)
    candidates = tuple(_placed(route, answer, winner) for route, answer in asked)
    way = Way(request, parts.scheme, _port(parts), published=published, rival=_rival(asked, winner))
    if winner is None:
        refused = next((route for route, answer in asked if answer.matches), None)
        way = replace(way, refused=refused, lost=claim_for(snapshot, request, entry_point.name))
    hops = hops_of(snapshot, way, entry_point, winner)
    return Explanation(url, winner.id if winner else "", candidates, hops)


def _split(url: str) -> SplitResult:
    text = url if "://" in url else f"https://{url}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise SpecterError(f"{url!r} is not a URL: {error}", "write it like https://app.example.com/page") from None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or port == 0:
        raise SpecterError(f"{url!r} is not an http or https URL", "write it like https://app.example.com/page")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or DEFAULT_PORTS[parts.scheme]


def _request(parts: SplitResult, method: str, headers: Headers) -> Request:
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    return Request(
        host=_ascii(parts.hostname or ""),
        path=parts.path or "/",
        method=method.upper(),
        headers=headers,
        query=query,
    )


def _ascii(host: str) -> str:
    """The name as browsers send it: lower case, other scripts in their ASCII form."""
    name = host.lower().rstrip(".")
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def _entry_point(snapshot: Snapshot, parts: SplitResult) -> tuple[EntryPoint | None, bool]:
    """The entry point for the URL's port, and whether that port leads to it: Traefik's container has to publish it."""
    wanted = _port(parts)
    traefiks = running_traefiks(snapshot.containers)
    usable = [one for one in snapshot.entry_points if "/udp" not in one.address]
    if len(traefiks) == 1 and traefiks[0].network_mode != "host":
        published = [one for one in usable if any(p.port == wanted for p in published_for(one, traefiks[0]))]
        if published:
            return published[0], True
        return next((one for one in usable if one.port == wanted), None), False
    return next((one for one in usable if one.port == wanted), None), True


def _on(snapshot: Snapshot, entry_point: EntryPoint, *, tls: bool) -> list[Route]:
    return [
        route
        for route in snapshot.routes
        if route.protocol is not Protocol.UDP
        and entry_point.name in route.router.entry_points
        and (route.router.tls is not None) == tls
    ]


def _takers(snapshot: Snapshot, there: Sequence[Route], request: Request) -> list[Route]:
    """The mounted TCP routers that may take the whole connection before an HTTP router is asked, the first one first.

    With TLS those come first whose Host() names the server name, then TCP routers of the name, then all HTTP routers,
    and only then TCP routers for any name.
    """
    plain = all(route.router.tls is None for route in there)
    http = [route for route in there if route.protocol is Protocol.HTTP and _is_mounted(route)]
    if not plain and any(request.host in route.hosts for route in http):
        return []
    tcp = [
        route
        for route in there
        if route.protocol is Protocol.TCP
        and _is_mounted(route)
        and (plain or not http or _ANY_NAME not in route.host_patterns)
        and _ask(snapshot, route, request)[1].matches is not False
    ]
    return sorted(tcp, key=lambda route: (-route.priority, route.id))


def _rival(asked: Sequence[Asked], winner: Route | None) -> str:
    """The id of a router that may take the request in the winner's place, or where none takes it for certain."""
    for route, answer in asked:
        if winner is not None and (route.id == winner.id or not _may_precede(route, winner)):
            continue
        if answer.matches is not False and _is_mounted(route):
            return route.id
    return ""


def _may_precede(route: Route, winner: Route) -> bool:
    if route.protocol is not winner.protocol:  # a TCP router is only asked where it comes first
        return route.protocol is Protocol.TCP
    return route.priority >= winner.priority


def _ask(snapshot: Snapshot, route: Route, request: Request) -> Asked:
    rule, error = rule_of(route.router, snapshot.traefik_version, snapshot.default_rule_syntax)
    if rule is None:
        return route, CandidateAnswer(route.id, None, route.priority, f"its rule is not understood: {error}")
    return route, CandidateAnswer(route.id, rule.matches(request), route.priority, mismatch(rule, request))


def _is_mounted(route: Route) -> bool:
    return route.router.status is not ConfigStatus.DISABLED


def _mentions(route: Route, request: Request) -> bool:
    return request.host in route.hosts


def _placed(route: Route, answer: CandidateAnswer, winner: Route | None) -> CandidateAnswer:
    """The answer with the reason why its router wins or loses."""
    if answer.matches is False:
        return answer
    if not _is_mounted(route):
        why = route.router.errors[0] if route.router.errors else "Traefik gives no reason"
        reason = f"disabled: {why}"
    elif answer.matches is None or winner is None:  # who matches for certain wins, so without a winner nobody does
        return answer
    elif route.id == winner.id:
        reason = "wins"
    elif route.protocol is not winner.protocol:
        reason = f"{winner.id} takes the connection before HTTP routers are asked"
    elif route.priority == winner.priority:
        reason = f"same priority as {winner.id}: Traefik may choose either"
    else:
        reason = f"priority {route.priority} is lower than {winner.priority}"
    return CandidateAnswer(answer.id, answer.matches, answer.priority, reason)

"""Protection of routes and hosts: who can win a request for a host, and whether the winner turns strangers away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from specter_tui.core.model import Protocol
from specter_tui.core.proof import Proof, ProofVerdict
from specter_tui.core.rules import Points, Request, Rule, representative_requests, spellings
from specter_tui.core.snapshot import Protection, ProtectionState

# Asked for of each route, and an enum's member costs a look-up each time.
_NOT_APPLICABLE: Final = ProtectionState.NOT_APPLICABLE
_UNPROTECTED: Final = ProtectionState.UNPROTECTED
# From the weakest: what decides among several ways in, none of which is open.
_WEAKEST_FIRST: Final = (ProtectionState.UNKNOWN, ProtectionState.OTHER_AUTH, ProtectionState.PROTECTED)
# States in which something turns strangers away.
GUARDED: Final = frozenset({ProtectionState.PROTECTED, ProtectionState.OTHER_AUTH})
_CATCH_ALL_SNI: Final = "*"

Way = tuple[str, bool]  # entry point, TLS


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A route as one that may answer for a host."""

    route_id: str
    protocol: Protocol
    state: ProtectionState  # its own, proof and Docker's knowledge included; never BYPASSED
    by: tuple[str, ...]
    reasons: tuple[str, ...]
    priority: int
    rule: Rule | None  # None: not understood, so it may match anything
    ways: tuple[Way, ...]
    around: tuple[str, ...]  # ways past Traefik, one sentence each
    proof: Proof | None
    contradicted: bool = False  # configured as guarded, proved open


class Verdict(NamedTuple):
    """A host's protection, the route that decides it, and what skips the guarded routes."""

    protection: Protection
    weakest: str
    skipped_by: tuple[str, ...] = ()


def guards(one: Candidate | Protection) -> bool:
    """Whether it is configured to turn strangers away, although Docker's silence may leave open whether it does."""
    return one.state in GUARDED or (one.state is ProtectionState.UNKNOWN and bool(one.by))


def own_state(
    state: ProtectionState, by: tuple[str, ...], reasons: tuple[str, ...], proof: Proof | None, *, unseen: str
) -> tuple[ProtectionState, tuple[str, ...], bool]:
    """A route's state and reasons with its proof counted in; last, whether a proof contradicts it.

    `unseen` says why ways past Traefik are not known: then nothing counts as guarded. Empty when they are.
    """
    if state is _NOT_APPLICABLE or (proof is None and not unseen):
        return state, reasons, False
    if proof is not None and proof.verdict is ProofVerdict.OPEN:
        return ProtectionState.UNPROTECTED, (proof.reason, *reasons), state in GUARDED
    if state in GUARDED and unseen:
        return ProtectionState.UNKNOWN, _with_unseen(reasons, unseen), False
    if state is _UNPROTECTED and proof is not None and proof.verdict is ProofVerdict.TURNED_AWAY:
        return state, (*reasons, f"though {', '.join(by) or 'something'} turned an anonymous request away"), False
    return state, reasons, False


@lru_cache(maxsize=64)
def _with_unseen(reasons: tuple[str, ...], unseen: str) -> tuple[str, ...]:
    """The same object for the thousands of routes of which the same is not known."""
    return (*reasons, f"{unseen}, so ways past Traefik are not known")


def judge_host(host: str, candidates: Sequence[Candidate]) -> Verdict:
    """The protection of one host among all routes that can match it."""
    asked = [one for one in candidates if one.state is not _NOT_APPLICABLE]
    if not asked:
        reasons = candidates[0].reasons if candidates else ()
        return Verdict(Protection(ProtectionState.NOT_APPLICABLE, reasons=reasons), _first_id(candidates))
    contradicted = next((one for one in asked if one.contradicted), None)
    if contradicted is not None:
        return _verdict(ProtectionState.UNPROTECTED, contradicted)
    if not any(map(guards, asked)):
        open_one = next((one for one in asked if one.state is ProtectionState.UNPROTECTED), None)
        return _verdict(ProtectionState.UNPROTECTED, open_one) if open_one else _verdict(asked[0].state, asked[0])
    return _judge_guarded(host, candidates, asked)


def _judge_guarded(host: str, candidates: Sequence[Candidate], asked: Sequence[Candidate]) -> Verdict:
    around = next((one for one in asked if one.around and one.state in GUARDED), None)
    if around is not None:
        return Verdict(Protection(ProtectionState.BYPASSED, around.by, around.around), around.route_id, around.around)
    if all(one.state in GUARDED for one in asked):
        return _weakest(asked)
    wins = winners(host, candidates)
    winning = [one for one in asked if one.route_id in wins]
    for one in winning:
        if one.state is ProtectionState.UNPROTECTED:
            reason = f"{one.route_id} answers {_describe(wins[one.route_id])} without authentication"
            return Verdict(Protection(ProtectionState.BYPASSED, one.by, (reason,)), one.route_id, (reason,))
    return _weakest(winning or asked)


def _weakest(candidates: Sequence[Candidate]) -> Verdict:
    for state in _WEAKEST_FIRST:
        one = next((each for each in candidates if each.state is state), None)
        if one is not None:
            return _verdict(state, one)
    return _verdict(ProtectionState.UNKNOWN, candidates[0])


def _verdict(state: ProtectionState, one: Candidate) -> Verdict:
    return Verdict(Protection(state, one.by, one.reasons, one.proof), one.route_id)


def _first_id(candidates: Sequence[Candidate]) -> str:
    return candidates[0].route_id if candidates else ""


def _describe(witness: tuple[Way, Request]) -> str:
    (entry_point, tls), request = witness
    return f"{request.method} {request.path} on {entry_point}{'' if tls else ' (without TLS)'}"


def winners(host: str, candidates: Iterable[Candidate]) -> dict[str, tuple[Way, Request]]:
    """The ids of the routes that can win some request for the host, each with such a request.

    Routes are walked by priority on every entry point, TLS and plain apart as Traefik keeps them apart; equal
    priorities count as "either". A rule that a request leaves undecided may win and may let the next one win.
    Without TLS a TCP router that takes the connection leaves nothing to HTTP routers. With TLS it counts beside them:
    Traefik gives the connection to HTTP first where a Host() names the server name (observed on 3.0.4 and 3.7.15).
    """
    groups: defaultdict[Way, list[Candidate]] = defaultdict(list)
    for one in candidates:
        for way in one.ways:
            groups[way].append(one)
    found: dict[str, tuple[Way, Request]] = {}
    for way, group in groups.items():
        connection = Request(host=host, path="/", method="GET")
        takers = [one for one in group if _may_take_connection(one, way, connection)]
        for one in takers:
            found.setdefault(one.route_id, (way, connection))
        if not way[1] and any(one.rule is not None and one.rule.matches(connection) for one in takers):
            continue
        for route_id, request in _http_winners(host, group).items():
            found.setdefault(route_id, (way, request))
    return found


def _may_take_connection(one: Candidate, way: Way, connection: Request) -> bool:
    """Whether a TCP router may take connections for the host; a TLS catch-all comes after HTTP routers of the host."""
    if one.protocol is not Protocol.TCP:
        return False
    if one.rule is None:
        return True
    catch_all = _CATCH_ALL_SNI in one.rule.host_patterns
    return (not way[1] or not catch_all) and one.rule.matches(connection) is not False


def _http_winners(host: str, group: Sequence[Candidate]) -> dict[str, Request]:
    ordered = sorted((one for one in group if one.protocol is Protocol.HTTP), key=lambda one: -one.priority)
    rules = [one.rule for one in ordered if one.rule is not None]
    found: dict[str, Request] = {}
    for name in spellings(host, rules):
        found = _winners_of(representative_requests(rules, name), ordered) | found
    return found


def _winners_of(points: Points, ordered: Sequence[Candidate]) -> dict[str, Request]:
    found: dict[str, Request] = {}
    for request in points.requests:
        decided: int | None = None
        for one in ordered:
            if decided is not None and one.priority < decided:
                break
            matches = one.rule.matches(request) if one.rule is not None else None
            if matches is False:
                continue
            found.setdefault(one.route_id, request)
            if matches and decided is None:
                decided = one.priority
    if not points.complete and points.requests:  # too many distinctions to look at: any of them may win
        for one in ordered:
            found.setdefault(one.route_id, points.requests[0])
    return found

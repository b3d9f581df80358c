"""Whether a route can answer, from its servers, its containers and the last probe; never better than the evidence."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from specter_tui.core.model import ConfigStatus, Container, Router, ServerHealth
from specter_tui.core.proof import Proof, ProofVerdict
from specter_tui.core.running import describe, is_running
from specter_tui.core.snapshot import Health, RouteService
from specter_tui.core.verifier import Away

_BAD_GATEWAY = frozenset({502, 503, 504})  # Traefik's own answers when no server of the route does
_SERVER_ERROR = 500
# Asked for of each route, and an enum's member costs a look-up each time.
_DISABLED = ConfigStatus.DISABLED
_DOWN = ServerHealth.DOWN
_UP = ServerHealth.UP

Reading = tuple[Health, str]

_HEALTHY: Reading = (Health.HEALTHY, "")
_UNCHECKED: Reading = (Health.UNKNOWN, "nothing checks its servers")
_WORST_FIRST = (Health.DOWN, Health.DEGRADED, Health.UNKNOWN, Health.HEALTHY)


def health_of(
    router: Router,
    service: RouteService,
    containers: Sequence[Container],
    proofs: Sequence[Proof],
    rule_error: str,
    *,
    out_of_reach: Collection[str] = (),
) -> Reading:
    """A route's health and, unless it is healthy, one sentence why, as far as it does not hang on who guards it.

    `out_of_reach` holds the ids of containers that share no network with Traefik.
    """
    if router.status is _DISABLED:
        return Health.DOWN, router.errors[0] if router.errors else rule_error or "Traefik disabled the router"
    if service.name.endswith("@internal"):
        return _of_proofs(router, proofs) or _HEALTHY
    if service.status is None and not service.name.partition("@")[0]:
        return Health.UNKNOWN, "it has no service of its own"
    if service.status is None:
        return Health.DOWN, f"the service {service.name or '(none)'} does not exist"
    if not service.servers:
        return Health.DOWN, f"the service {service.name} has no server"
    failed = next((proof for proof in proofs if proof.status in _BAD_GATEWAY), None) if proofs else None
    if failed is not None:
        return Health.DOWN, f"Traefik answered {failed.status} on {failed.entry_point}"
    worst = _worse(_of_servers(service), _of_containers(containers, out_of_reach) if containers else None)
    return worst or _of_proofs(router, proofs) or (_HEALTHY if containers or _is_checked(service) else _UNCHECKED)


def unguarded_health(found: Reading, away: Away, proofs: Sequence[Proof]) -> Reading:
    """The same for a route of which Traefik has nobody to ask before each request: never healthy by an old probe.

    A name that no container bears may be an alias: only being turned away shows that somebody answers to it.
    """
    if away.container is not None:
        asked = (Health.DEGRADED, f"{away.middleware} has nobody to ask: {away.told}")
    elif any(proof.verdict is ProofVerdict.TURNED_AWAY for proof in proofs):
        return found
    else:
        asked = (Health.UNKNOWN, f"{away.middleware} may have nobody to ask: {away.told}")
    return found if _WORST_FIRST.index(found[0]) < _WORST_FIRST.index(asked[0]) else asked


def _is_checked(service: RouteService) -> bool:
    return _UP in [server.health for server in service.servers]


def _of_proofs(router: Router, proofs: Sequence[Proof]) -> Reading | None:
    """Nobody who gets a 5xx would call it healthy, whoever it comes from: the application or a forwardAuth.

    What is less than that speaks for the application only where no middleware could have answered in its place.
    """
    if not proofs:
        return None
    crashed = next((proof for proof in proofs if proof.status >= _SERVER_ERROR), None)
    if crashed is not None:
        return Health.DEGRADED, f"an anonymous request got {crashed.status} on {crashed.entry_point}"
    answered = any(proof.verdict is ProofVerdict.OPEN or (proof.status and not router.middlewares) for proof in proofs)
    return _HEALTHY if answered else None


def _of_servers(service: RouteService) -> Reading | None:
    down = [server for server in service.servers if server.health is _DOWN]
    if not down:
        return None
    if len(down) == len(service.servers):
        return Health.DOWN, f"Traefik finds every server down: {down[0].url}"
    return Health.DEGRADED, f"Traefik finds {len(down)} of {len(service.servers)} servers down: {down[0].url}"


def _of_containers(containers: Sequence[Container], out_of_reach: Collection[str]) -> Reading | None:
    bad = [one for one in containers if not is_running(one) or one.id in out_of_reach]
    if not bad:
        return None
    first = bad[0]
    what = f"container {first.name} is " + (describe(first) if not is_running(first) else "on no network with Traefik")
    return (Health.DOWN if len(bad) == len(containers) else Health.DEGRADED), what


def _worse(one: Reading | None, other: Reading | None) -> Reading | None:
    if one is None or other is None:
        return one or other
    return one if one[0] is Health.DOWN else other

"""The hops of a request, from the name to the container, each with a verdict: the first red one is the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from specter_tui.core.claims import Claim
from specter_tui.core.dns.model import DnsFlag, DnsState, HostDns
from specter_tui.core.exposure import out_of_reach, running_traefiks
from specter_tui.core.hop import Hop, HopName, HopVerdict
from specter_tui.core.model import Container, EntryPoint, ServerHealth
from specter_tui.core.proof import ProofVerdict
from specter_tui.core.rules import Request
from specter_tui.core.running import describe, is_running
from specter_tui.core.snapshot import (
    ProtectionState,
    Route,
    Snapshot,
    SourceName,
    SourceState,
    SourceStatus,
)
from specter_tui.core.text import visible
from specter_tui.core.tls_hop import edge_shown, tls_text, worse
from specter_tui.core.verifier import away


@dataclass(frozen=True, slots=True)
class Way:
    """How the request comes in, and why nothing takes it."""

    request: Request
    scheme: str
    port: int
    published: bool = True  # whether the port leads to the entry point from outside Traefik's container
    rival: str = ""  # the id of a router that may take it in the winner's place, or where none does for certain
    refused: Route | None = None  # without a winner: the one that would be it, were it not disabled
    lost: Claim | None = None  # without a winner: what a container's labels ask for and Traefik does not have


def hops_of(snapshot: Snapshot, way: Way, entry_point: EntryPoint | None, winner: Route | None) -> tuple[Hop, ...]:
    """All hops that the sources can tell of; those behind the first missing one are left out."""
    return tuple(_hops(snapshot, way, entry_point, winner))


def _hops(snapshot: Snapshot, way: Way, entry_point: EntryPoint | None, winner: Route | None) -> Iterator[Hop]:
    cloudflare = snapshot.source(SourceName.CLOUDFLARE)
    if cloudflare.status is SourceStatus.OFF:
        off = "Cloudflare is off: not looked at"
        yield Hop(HopName.DNS, HopVerdict.UNKNOWN, off)
        yield Hop(HopName.EDGE, HopVerdict.UNKNOWN, off)
    else:
        host = next((one for one in snapshot.hosts if one.name == way.request.host), None)
        yield _dns(host.dns if host else None, cloudflare)
        yield _edge(snapshot, host.dns if host else None)
    if way.scheme == "https":
        verdict, text = tls_text(snapshot, way.request.host, winner)
        yield Hop(HopName.TLS, verdict, text)
    if entry_point is None:
        yield Hop(HopName.ENTRY_POINT, HopVerdict.ERROR, f"no entry point listens on port {way.port}")
        return
    yield _entry_point(way, entry_point)
    if winner is None:
        yield from _no_router(way, entry_point)
        return
    yield _router(way, winner)
    yield _middleware(snapshot, winner)
    yield _service(snapshot, winner)
    yield from _containers(snapshot, winner)
    yield _probe(snapshot, winner)


def _dns(dns: HostDns | None, cloudflare: SourceState) -> Hop:
    if dns is None:
        unread = cloudflare.status is SourceStatus.FAILED
        why = f"Cloudflare was not read: {visible(cloudflare.error)}" if unread else "no router names this host"
        return Hop(HopName.DNS, HopVerdict.UNKNOWN, f"{why}: not looked at")
    verdicts = {DnsState.OK: HopVerdict.OK, DnsState.PROXIED: HopVerdict.OK, DnsState.UNKNOWN: HopVerdict.UNKNOWN}
    verdict = verdicts.get(dns.state, HopVerdict.ERROR)
    if verdict is HopVerdict.OK and set(dns.flags) & {DnsFlag.WRONG_AAAA, DnsFlag.GREY_CLOUD}:
        verdict = HopVerdict.WARNING
    records = ", ".join(f"{record.type} {visible(record.content, 80)}" for record in dns.records[:3])
    words = [visible(word.replace("_", " ")) for word in (dns.state, *dns.flags)]
    return Hop(HopName.DNS, verdict, "; ".join(part for part in (records, ", ".join(words), dns.reason) if part))


def _edge(snapshot: Snapshot, dns: HostDns | None) -> Hop:
    """What Cloudflare does before the server is asked, with the certificate it shows where that was looked at."""
    if dns is None or dns.state not in {DnsState.OK, DnsState.PROXIED}:
        return Hop(HopName.EDGE, HopVerdict.UNKNOWN, "not known while the record is not right")
    if dns.state is DnsState.OK:
        return Hop(HopName.EDGE, HopVerdict.OK, "not proxied: visitors come straight to the server")
    zones = snapshot.cloudflare.zones if snapshot.cloudflare else ()
    ssl = next((zone.ssl for zone in zones if zone.id == dns.zone_id), "")
    verdict, shown = edge_shown(snapshot, dns.host)
    if not ssl:
        return Hop(
            HopName.EDGE, worse(HopVerdict.UNKNOWN, verdict), f"proxied; the zone's SSL mode is not known{shown}"
        )
    if ssl in {"off", "flexible"}:
        text = f"proxied, SSL mode {ssl}: Cloudflare asks without TLS{shown}"
        return Hop(HopName.EDGE, worse(HopVerdict.WARNING, verdict), text)
    return Hop(HopName.EDGE, worse(HopVerdict.OK, verdict), f"proxied, SSL mode {visible(ssl, 40)}{shown}")


def _entry_point(way: Way, entry_point: EntryPoint) -> Hop:
    text = f"{entry_point.name} {entry_point.address}"
    if way.published:
        return Hop(HopName.ENTRY_POINT, HopVerdict.OK, text)
    return Hop(HopName.ENTRY_POINT, HopVerdict.WARNING, f"{text}, but Traefik's container does not publish {way.port}")


def _no_router(way: Way, entry_point: EntryPoint) -> Iterator[Hop]:
    if way.rival:
        text = f"whether {way.rival} takes it is not decided; where it does not, Traefik answers 404"
        yield Hop(HopName.ROUTER, HopVerdict.UNKNOWN, text)
        return
    text = f"no router on {entry_point.name} takes it: Traefik answers 404"
    if way.refused is not None:
        why = way.refused.router.errors[0] if way.refused.router.errors else "Traefik gives no reason"
        text = f"{way.refused.id} is disabled: {why}; Traefik answers 404"
    elif way.lost is not None:
        text = f"{text}; the labels of {way.lost.container.name} ask for {way.lost.router}, which Traefik does not have"
    yield Hop(HopName.ROUTER, HopVerdict.ERROR, text)
    if way.refused is None and way.lost is not None:
        yield _container(way.lost.container)


def _router(way: Way, winner: Route) -> Hop:
    text = f"{winner.id} (priority {winner.priority}) wins"
    if way.rival:
        return Hop(HopName.ROUTER, HopVerdict.UNKNOWN, f"{text}, unless {way.rival} takes it first")
    if winner.router.errors:
        return Hop(HopName.ROUTER, HopVerdict.WARNING, f"{text}; {winner.router.errors[0]}")
    return Hop(HopName.ROUTER, HopVerdict.OK, text)


_GUARD_TEXT = {
    ProtectionState.PROTECTED: "turns strangers away",
    ProtectionState.OTHER_AUTH: "guarded by other means",
    ProtectionState.UNPROTECTED: "open to everyone",
    ProtectionState.BYPASSED: "guarded here, but another way in is open",
    ProtectionState.UNKNOWN: "whether it is protected is not known",
    ProtectionState.NOT_APPLICABLE: "protection does not apply",
}
_GUARD_VERDICT = {
    ProtectionState.PROTECTED: HopVerdict.OK,
    ProtectionState.OTHER_AUTH: HopVerdict.OK,
    ProtectionState.UNPROTECTED: HopVerdict.WARNING,
    ProtectionState.BYPASSED: HopVerdict.WARNING,
    ProtectionState.UNKNOWN: HopVerdict.UNKNOWN,
    ProtectionState.NOT_APPLICABLE: HopVerdict.OK,
}


def _middleware(snapshot: Snapshot, winner: Route) -> Hop:
    missing = next((link.name for link in winner.chain if link.status is None), "")
    if missing:
        return Hop(HopName.MIDDLEWARE, HopVerdict.ERROR, f"{missing} does not exist")
    chain = ", ".join(link.name for link in winner.chain) or "none"
    nobody = _nobody_to_ask(snapshot, winner)
    if nobody:
        return Hop(HopName.MIDDLEWARE, HopVerdict.ERROR, f"{chain}: {nobody}")
    state = winner.protection.state
    reasons = f" ({winner.protection.reasons[0]})" if winner.protection.reasons else ""
    return Hop(HopName.MIDDLEWARE, _GUARD_VERDICT[state], f"{chain}: {_GUARD_TEXT[state]}{reasons}")


def _nobody_to_ask(snapshot: Snapshot, winner: Route) -> str:
    protocol, by = winner.protocol, winner.protection.by
    guards = [one for one in snapshot.middlewares if one.name in by and one.protocol is protocol]
    asked = [away(one, snapshot.containers) for one in guards]
    stopped = (one for one in asked if one is not None and one.container is not None)
    return next((f"{one.middleware} has nobody to ask: {one.told}" for one in stopped), "")


def _service(snapshot: Snapshot, winner: Route) -> Hop:
    service = winner.service
    if service.name.endswith("@internal"):
        return Hop(HopName.SERVICE, HopVerdict.OK, f"{service.name}, Traefik itself")
    if service.status is None:
        return Hop(HopName.SERVICE, HopVerdict.ERROR, f"{service.name} does not exist")
    if not service.servers:
        return Hop(HopName.SERVICE, HopVerdict.ERROR, f"{service.name} has no server: Traefik answers 503")
    urls = ", ".join(server.url for server in service.servers[:3])
    apart = _out_of_reach(snapshot, winner)
    if apart is not None:
        return Hop(HopName.SERVICE, apart[0], f"{urls}: {apart[1]}")
    down = [server for server in service.servers if server.health is ServerHealth.DOWN]
    if down:
        verdict = HopVerdict.ERROR if len(down) == len(service.servers) else HopVerdict.WARNING
        return Hop(HopName.SERVICE, verdict, f"{len(down)} of {len(service.servers)} servers down: {down[0].url}")
    if all(server.health is ServerHealth.UP for server in service.servers):
        return Hop(HopName.SERVICE, HopVerdict.OK, f"{urls}: up by Traefik's health check")
    return Hop(HopName.SERVICE, HopVerdict.UNKNOWN, f"{urls}: Traefik does not check it")


def _out_of_reach(snapshot: Snapshot, winner: Route) -> tuple[HopVerdict, str] | None:
    """What is wrong when Traefik can't reach containers for want of a network, and whether that is all of them."""
    reasons = out_of_reach(snapshot.containers)
    behind = _behind(snapshot, winner)
    apart = [container for container in behind if container.id in reasons]
    if not apart:
        return None
    verdict = HopVerdict.ERROR if len(apart) == len(behind) else HopVerdict.WARNING
    return verdict, f"{apart[0].name} can't be reached: {reasons[apart[0].id]}"


def _behind(snapshot: Snapshot, winner: Route) -> list[Container]:
    wanted = set(winner.containers)
    return [container for container in snapshot.containers if container.id in wanted]


def _containers(snapshot: Snapshot, winner: Route) -> Iterator[Hop]:
    if winner.service.name.endswith("@internal"):
        for container in running_traefiks(snapshot.containers)[:1]:
            yield _container(container)
        return
    behind = _behind(snapshot, winner)
    broken = HopVerdict.WARNING if any(map(is_running, behind)) else HopVerdict.ERROR  # others answer in its place
    for container in behind:
        yield _container(container, broken)
    if not behind:
        docker = snapshot.source(SourceName.DOCKER)
        text = "Docker is not read" if docker.status is not SourceStatus.FRESH else "no container has these addresses"
        yield Hop(HopName.CONTAINER, HopVerdict.UNKNOWN, text)


def _container(container: Container, broken: HopVerdict = HopVerdict.ERROR) -> Hop:
    verdict = HopVerdict.OK if is_running(container) else broken
    return Hop(HopName.CONTAINER, verdict, f"{container.name} {describe(container)}: {container.status}")


def _probe(snapshot: Snapshot, winner: Route) -> Hop:
    proof = winner.protection.proof
    if proof is None:
        return Hop(HopName.PROBE, HopVerdict.UNKNOWN, "no anonymous request was sent")
    age = f"{max(0, int((snapshot.taken_at - proof.checked_at).total_seconds()))} s ago"
    guarded = bool(winner.protection.by)
    verdicts = {
        ProofVerdict.TURNED_AWAY: HopVerdict.OK,
        ProofVerdict.OPEN: HopVerdict.ERROR if guarded else HopVerdict.WARNING,
        ProofVerdict.UNKNOWN: HopVerdict.ERROR if proof.status in {502, 503, 504} else HopVerdict.UNKNOWN,
    }
    return Hop(HopName.PROBE, verdicts[proof.verdict], f"{proof.reason}, {age}")

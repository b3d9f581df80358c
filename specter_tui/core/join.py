"""Joins what the sources read into one Snapshot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from specter_tui.core.backends import ContainerIndex, resolve_service
from specter_tui.core.certificates import (
    DEFAULT_DURATION,
    CertificateIndex,
    RenewalWindow,
    only_held,
    renewal_window,
    status_of,
    with_users,
)
from specter_tui.core.chain import unfold
from specter_tui.core.dns.model import CloudflareRead
from specter_tui.core.dns.states import DnsIndex
from specter_tui.core.exposure import open_address, out_of_reach, running_traefiks, stopped_traefik, ways_around
from specter_tui.core.findings.checks import run_checks
from specter_tui.core.guard import Guard, Guards
from specter_tui.core.health import health_of, unguarded_health
from specter_tui.core.hosts import Joined, join_hosts
from specter_tui.core.layers import Layers
from specter_tui.core.model import (
    AcmeRead,
    Certificate,
    DockerRead,
    Middleware,
    Protocol,
    Router,
    Service,
    TraefikRead,
)
from specter_tui.core.probing import judge
from specter_tui.core.proof import ProbeAnswer, Proof, ProofVerdict
from specter_tui.core.protection import GUARDED, Candidate, Way, own_state
from specter_tui.core.rejoin import JoinMemory, World
from specter_tui.core.routing import rule_of
from specter_tui.core.rules import Rule, default_priority
from specter_tui.core.serving import ServingRead
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import (
    CertificateStatus,
    ChainLink,
    Health,
    Protection,
    ProtectionState,
    Route,
    RouteService,
    Snapshot,
    SourceName,
    SourceState,
    SourceStatus,
)
from specter_tui.core.traefik_log import LogRead
from specter_tui.core.verifier import Verifiers

_UNPROTECTED = ProtectionState.UNPROTECTED  # asked for of each route, and an enum's member costs a look-up each time
_CONTAINER_PROVIDERS = frozenset({"docker", "swarm"})
_HANDS_ON = Guard(ProtectionState.NOT_APPLICABLE, reasons=("hands requests on to its child routers",))
_WEAKEST_FIRST = (ProofVerdict.OPEN, ProofVerdict.UNKNOWN, ProofVerdict.TURNED_AWAY)
_NO_TRAEFIK = TraefikRead(version="", started_at="", entry_points=(), routers=(), middlewares=(), services=())


@dataclass(frozen=True, slots=True)
class Reads:
    """The last good read of each source; None where there never was one."""

    traefik: TraefikRead | None = None
    docker: DockerRead | None = None
    acme: AcmeRead | None = None
    probes: tuple[ProbeAnswer, ...] = ()
    traefik_log: LogRead | None = None
    cloudflare: CloudflareRead | None = None
    serving: ServingRead | None = None


def join(
    reads: Reads,
    states: Mapping[SourceName, SourceState],
    settings: Settings,
    *,
    context: str,
    now: datetime,
    memory: JoinMemory | None = None,
) -> Snapshot:
    """One snapshot of all reads at `now`, findings included; sooner with the memory of the join before."""
    traefik = reads.traefik or _NO_TRAEFIK
    containers = reads.docker.containers if reads.docker else ()
    held = reads.serving.held if reads.serving else None
    certificates = _certificates(reads.acme, held, traefik, settings, now)
    index = CertificateIndex(certificates)
    memory = memory or JoinMemory()
    dns = memory.dns(reads.cloudflare, settings.cloudflare.expected_ips)
    joiner = _Joiner(reads, states, index, settings, dns)
    world = World(
        traefik=replace(traefik, routers=(), services=()),
        docker=reads.docker,
        probes=reads.probes,
        certificates=certificates,
        statuses={name: state.status for name, state in states.items()},
        settings=settings,
        layered=joiner.layered,
        dns=dns,
    )
    joined = memory.joined(world, traefik.routers, joiner.named_service, joiner.join)
    routes, hosts = memory.settled(*join_hosts(joined, index, dns))
    uses = ((route.id, route.certificate) for route in routes if route.certificate is not None)
    snapshot = Snapshot(
        taken_at=now,
        context=context,
        sources=states,
        entry_points=traefik.entry_points,
        routes=routes,
        hosts=hosts,
        middlewares=traefik.middlewares,
        services=traefik.services,
        containers=tuple(sorted(containers, key=lambda one: one.name)),
        certificates=with_users(certificates, uses),
        traefik_version=traefik.version,
        providers=traefik.providers,
        default_rule_syntax=traefik.default_rule_syntax,
        acme_files=reads.acme.files if reads.acme else (),
        served=memory.served(reads.probes, reads.serving, reads.acme),
        held=frozenset(one.fingerprint for one in held) if held is not None else None,
        traefik_log=reads.traefik_log,
        cloudflare=reads.cloudflare,
        own_addresses={zone.id: dns.ours(zone) for zone in reads.cloudflare.zones} if dns and reads.cloudflare else {},
        problems=_problems(reads),
    )
    return replace(snapshot, findings=memory.found(run_checks(snapshot)))


def _problems(reads: Reads) -> dict[SourceName, tuple[str, ...]]:
    told = {
        SourceName.TRAEFIK: reads.traefik.problems if reads.traefik else (),
        SourceName.DOCKER: reads.docker.problems if reads.docker else (),
        SourceName.ACME: reads.acme.problems if reads.acme else (),
        SourceName.CLOUDFLARE: reads.cloudflare.problems if reads.cloudflare else (),
    }
    return {name: problems for name, problems in told.items() if problems}


def _certificates(
    acme: AcmeRead | None,
    held: Sequence[Certificate] | None,
    traefik: TraefikRead,
    settings: Settings,
    now: datetime,
) -> tuple[CertificateStatus, ...]:
    configured = settings.traefik.certificates_duration or traefik.certificates_duration
    by_resolver = {} if configured else dict(traefik.resolver_durations)

    def window(resolver: str) -> RenewalWindow:
        hours = configured or by_resolver.get(resolver, 0)
        return renewal_window(timedelta(hours=hours) if hours else DEFAULT_DURATION, traefik.version)

    found = acme.certificates if acme else ()
    windows = {one.resolver: window(one.resolver) for one in found}
    stored = [status_of(one, windows[one.resolver], now) for one in found]
    return (*stored, *(status_of(one, None, now) for one in only_held(held or (), found)))


class _Joiner:
    """Joins router by router; what several routers share is resolved once."""

    def __init__(
        self,
        reads: Reads,
        states: Mapping[SourceName, SourceState],
        certificates: CertificateIndex,
        settings: Settings,
        dns: DnsIndex | None,
    ) -> None:
        traefik = reads.traefik or _NO_TRAEFIK
        containers = reads.docker.containers if reads.docker else ()
        self._traefik = traefik
        self._middlewares = _by_protocol_and_name(traefik.middlewares)
        self._services = _by_protocol_and_name(traefik.services)
        down = None if _is_fresh(states, SourceName.TRAEFIK) else stopped_traefik(containers)
        self._down = down if _is_fresh(states, SourceName.DOCKER) else None
        traefiks = running_traefiks(containers) or ((self._down,) if self._down else ())
        self._guards = Guards(self._middlewares, traefik.entry_points, traefiks, settings.protection)
        self._layers = Layers(traefik.routers, traefik.services)
        self._containers = ContainerIndex(containers)
        self._out_of_reach = out_of_reach(containers)
        self._certificates = certificates
        self._dns = dns
        self._lan_networks = reads.docker.lan_networks if reads.docker else ()
        self._engine = reads.docker.version if reads.docker else ""
        self._unseen = _unseen(reads.docker, states.get(SourceName.DOCKER))
        self._sees_containers = _is_fresh(states, SourceName.DOCKER)
        self._verifiers = Verifiers(self._middlewares, containers, complete=self._sees_containers)
        self._proofs: defaultdict[str, list[Proof]] = defaultdict(list)
        for answer in reads.probes:
            self._proofs[answer.target.router_id].append(judge(answer, settings))
        self._chains: dict[tuple[Protocol, tuple[str, ...]], tuple[ChainLink, ...]] = {}
        self._protections: dict[tuple[ProtectionState, tuple[str, ...], tuple[str, ...]], Protection] = {}
        self._ways: dict[tuple[tuple[str, ...], bool], tuple[Way, ...]] = {}
        self._ends: dict[tuple[Protocol, str], RouteService] = {}

    @property
    def layered(self) -> bool:
        """Whether any router inherits from other routers or from its service."""
        return self._layers.inherited

    def named_service(self, router: Router) -> Service | None:
        """The service that a router names, None when it does not exist."""
        return self._services[router.protocol].get(router.service)

    def join(self, listed: Router) -> Joined:
        """The route of one router as far as it can be known alone, and as a candidate for its hosts."""
        router = self._layers.effective(listed)
        rule, rule_error = rule_of(router, self._traefik.version, self._traefik.default_rule_syntax)
        hosts = rule.hosts if rule else ()
        chain = self._chain(router)
        service = self._service(router)
        behind = self._containers.behind(router, service)
        proofs = self._proofs.get(router.id, ()) if self._proofs else ()
        guard = _HANDS_ON if self._layers.is_parent(router) else self._guards.guard(router, hosts, chain)
        around = ways_around(behind, service.servers, self._lan_networks) if behind else ()
        unseen = self._unseen or (open_address(behind, self._engine) if behind else self._lost(router))
        proof = _weakest_proof(proofs)
        candidate = self._candidate(router, rule, guard, proof, around=around, unseen=unseen)
        health, health_reason = health_of(router, service, behind, proofs, rule_error, out_of_reach=self._out_of_reach)
        away = self._verifiers.away(router.protocol, guard.by) if guard.by else None
        if away is not None:
            health, health_reason = unguarded_health((health, health_reason), away, proofs)
        if self._down is not None:
            health, health_reason = (
                Health.DOWN,
                f"Traefik does not run: container {self._down.name} is {self._down.state}",
            )
        route = Route(
            router=router,
            hosts=hosts,
            host_patterns=rule.host_patterns if rule else (),
            paths=rule.paths if rule else (),
            priority=candidate.priority,
            rule_error=rule_error,
            chain=chain,
            service=service,
            containers=tuple(one.id for one in behind) if behind else (),
            certificate=self._certificate(router, hosts),
            protection=self._protection(candidate),
            health=health,
            health_reason=health_reason,
            dns=tuple(self._dns.of(host) for host in hosts) if self._dns else (),
        )
        return Joined(route, candidate)

    def _chain(self, router: Router) -> tuple[ChainLink, ...]:
        key = (router.protocol, router.middlewares)
        known = self._chains.get(key)
        if known is None:
            known = self._chains[key] = unfold(router.middlewares, self._middlewares[router.protocol])
        return known

    def _service(self, router: Router) -> RouteService:
        key = (router.protocol, router.service)
        known = self._ends.get(key)
        if known is None:
            known = self._ends[key] = resolve_service(router.service, self._services[router.protocol])
        return known

    def _certificate(self, router: Router, hosts: Sequence[str]) -> CertificateStatus | None:
        if router.tls is None or router.tls.passthrough:
            return None
        if len(hosts) == 1:
            return self._certificates.find(hosts[0])
        found = [one for one in map(self._certificates.find, hosts) if one is not None]
        return min(found, key=lambda one: one.certificate.not_after, default=None)

    def _protection(self, candidate: Candidate) -> Protection:
        """The candidate's protection as long as no other route counts; one object for all that are alike."""
        if candidate.around and candidate.state in GUARDED:
            return Protection(ProtectionState.BYPASSED, candidate.by, candidate.around, candidate.proof)
        if candidate.proof is not None:
            return Protection(candidate.state, candidate.by, candidate.reasons, candidate.proof)
        key = (candidate.state, candidate.by, candidate.reasons)
        known = self._protections.get(key)
        if known is None:
            known = self._protections[key] = Protection(*key)
        return known

    def _ways_of(self, router: Router) -> tuple[Way, ...]:
        key = (router.entry_points, router.tls is not None)
        known = self._ways.get(key)
        if known is None:
            known = self._ways[key] = tuple((name, key[1]) for name in router.entry_points)
        return known

    def _lost(self, router: Router) -> str:
        """Why the engine that is read can't be the one which a router's containers run on; empty when it may be."""
        from_engine = router.provider in _CONTAINER_PROVIDERS and not router.service.endswith("@internal")
        return "no container of this engine is behind it" if from_engine and self._sees_containers else ""

    def _candidate(
        self,
        router: Router,
        rule: Rule | None,
        guard: Guard,
        proof: Proof | None,
        *,
        around: tuple[str, ...],
        unseen: str,
    ) -> Candidate:
        state, reasons, contradicted = own_state(guard.state, guard.by, guard.reasons, proof, unseen=unseen)
        if rule is None and state is _UNPROTECTED and router.protocol is Protocol.HTTP:
            state, reasons = ProtectionState.UNKNOWN, (*reasons, "its rule is not understood")
        return Candidate(
            route_id=router.id,
            protocol=router.protocol,
            state=state,
            by=guard.by,
            reasons=reasons,
            priority=router.priority or default_priority(router.true_rule, router.protocol),
            rule=rule,
            ways=self._ways_of(router),
            around=around,
            proof=proof,
            contradicted=contradicted,
        )


def _weakest_proof(proofs: Sequence[Proof]) -> Proof | None:
    return min(proofs, key=lambda proof: _WEAKEST_FIRST.index(proof.verdict), default=None) if proofs else None


def _unseen(docker: DockerRead | None, state: SourceState | None) -> str:
    if state is not None and state.status in {SourceStatus.STALE, SourceStatus.FAILED}:
        return "Docker can't be read"
    return "a container that Docker lists is not understood" if docker is not None and docker.problems else ""


def _is_fresh(states: Mapping[SourceName, SourceState], name: SourceName) -> bool:
    state = states.get(name)
    return state is not None and state.status is SourceStatus.FRESH


_Part = TypeVar("_Part", Middleware, Service)


def _by_protocol_and_name(parts: Sequence[_Part]) -> dict[Protocol, dict[str, _Part]]:
    found: dict[Protocol, dict[str, _Part]] = {protocol: {} for protocol in Protocol}
    for part in parts:
        found[part.protocol][part.name] = part
    return found

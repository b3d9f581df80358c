"""Builders of core objects: each gives something plausible and healthy; a test names only what it is about.

Every builder takes the fields of its class as keywords. `NOW` is the moment at which all of them are true.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from specter_tui.core.findings.model import Finding, Remedy, Severity, Subject, SubjectKind
from specter_tui.core.model import (
    Certificate,
    ConfigStatus,
    Container,
    ContainerHealth,
    ContainerNetwork,
    EntryPoint,
    Middleware,
    Protocol,
    PublishedPort,
    Router,
    RouterTls,
    Server,
    ServerHealth,
    Service,
)
from specter_tui.core.proof import Proof, ProofVerdict
from specter_tui.core.snapshot import (
    CertificateState,
    CertificateStatus,
    ChainLink,
    Health,
    Host,
    Protection,
    ProtectionState,
    Route,
    RouteService,
    Snapshot,
    SourceName,
    SourceState,
    SourceStatus,
)

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
DOMAIN = "example.org"
_STATIC = ("traefik.enable", "true")
_Value = TypeVar("_Value")


def replace(value: _Value, **changes: Any) -> _Value:
    """The object with other values in some fields, whether it is a struct or a dataclass."""
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(value, **changes)
    return dataclasses.replace(value, **changes)  # type: ignore[type-var]  # a dataclass, or it says what it is not


def an_entry_point(name: str = "websecure", **changes: Any) -> EntryPoint:
    """`websecure` on :443 with TLS; any other name on :80 without."""
    base = EntryPoint(name, ":443", tls=True) if name == "websecure" else EntryPoint(name, ":80")
    return replace(base, **changes)


def a_router(name: str = "app1@docker", **changes: Any) -> Router:
    """An enabled HTTP router `Host(NAME.example.org)` on websecure with TLS, for the service of its name."""
    short, _, provider = name.partition("@")
    base = Router(
        name=name,
        protocol=Protocol.HTTP,
        provider=provider or "docker",
        rule=f"Host(`{short}.{DOMAIN}`)",
        service=name,
        entry_points=("websecure",),
        tls=RouterTls(cert_resolver="letsencrypt"),
    )
    return replace(base, **changes)


def a_middleware(name: str = "descope-verify@docker", **changes: Any) -> Middleware:
    """The verify service's forwardAuth; give `type` and `address` for another one."""
    base = Middleware(
        name=name,
        protocol=Protocol.HTTP,
        provider=name.partition("@")[2] or "docker",
        type="forwardauth",
        address="http://descope-auth:3000/verify",
    )
    made = replace(base, **changes)
    if made.type != "forwardauth" or "options" in changes:
        return made
    return replace(made, options=json.dumps({"forwardAuth": {"address": made.address}}))


def a_service(name: str = "app1@docker", **changes: Any) -> Service:
    """A load balancer with one server that is up."""
    base = Service(
        name=name,
        protocol=Protocol.HTTP,
        provider=name.partition("@")[2] or "docker",
        type="loadbalancer",
        servers=(a_server(),),
    )
    return replace(base, **changes)


def a_server(url: str = "http://172.18.0.7:8000", health: ServerHealth = ServerHealth.UP) -> Server:
    """A server that is up."""
    return Server(url, health)


def a_container(name: str = "app1", **changes: Any) -> Container:
    """A running, healthy container on traefik-proxy that publishes nothing."""
    base = Container(
        id=f"{name}-id",
        name=name,
        image=f"registry.example/{name}:1",
        state="running",
        status="Up 3 hours (healthy)",
        health=ContainerHealth.HEALTHY,
        created=NOW - timedelta(hours=3),
        networks=(ContainerNetwork("traefik-proxy", "172.18.0.7"),),
        network_mode="traefik-proxy",
        labels=(_STATIC,),
    )
    return replace(base, **changes)


def a_port(port: int = 8000, ip: str = "0.0.0.0", proto: str = "tcp") -> PublishedPort:  # noqa: S104  an address in a fixture
    """A port published on all interfaces."""
    return PublishedPort(ip, port, port, proto)


def a_certificate(main: str = f"*.{DOMAIN}", **changes: Any) -> Certificate:
    """A Let's Encrypt certificate of 90 days, issued 30 days ago."""
    base = Certificate(
        main=main,
        sans=(main,),
        resolver="letsencrypt",
        issuer="R11",
        key_type="EC P-256",
        not_before=NOW - timedelta(days=30),
        not_after=NOW + timedelta(days=60),
        fingerprint="ab" * 32,
        source="/opt/traefik/acme/acme.json",
    )
    return replace(base, **changes)


def a_certificate_status(
    main: str = f"*.{DOMAIN}",
    *,
    days_left: int = 60,
    state: CertificateState = CertificateState.VALID,
    **changes: Any,
) -> CertificateStatus:
    """A valid certificate that ends in `days_left` days."""
    leaf = a_certificate(main, not_after=NOW + timedelta(days=days_left))
    base = CertificateStatus(leaf, state, days_left, leaf.not_after - timedelta(days=30))
    return replace(base, **changes)


def a_chain_link(name: str = "descope-verify@docker", **changes: Any) -> ChainLink:
    """An enabled forwardAuth of a chain."""
    base = ChainLink(name, "forwardauth", name.partition("@")[2] or "docker", ConfigStatus.ENABLED)
    return replace(base, **changes)


def a_proof(verdict: ProofVerdict = ProofVerdict.TURNED_AWAY, **changes: Any) -> Proof:
    """An anonymous request that got 307 to the auth host a few seconds ago; 200 for `OPEN`."""
    base = Proof(
        verdict=verdict,
        status=200 if verdict is ProofVerdict.OPEN else 307,
        location="" if verdict is ProofVerdict.OPEN else f"https://auth.{DOMAIN}/?redirect=x",
        checked_at=NOW - timedelta(seconds=14),
        reason="answered the anonymous request" if verdict is ProofVerdict.OPEN else "sent to the sign-in",
        entry_point="websecure",
        seconds=0.004,
    )
    return replace(base, **changes)


def a_protection(state: ProtectionState = ProtectionState.PROTECTED, **changes: Any) -> Protection:
    """A protection state; by the verify middleware and with its proof where it is `PROTECTED`."""
    guarded = state is ProtectionState.PROTECTED
    base = Protection(state, ("descope-verify@docker",) if guarded else (), (), a_proof() if guarded else None)
    return replace(base, **changes)


def a_route(name: str = "app1@docker", **changes: Any) -> Route:
    """A healthy, protected route of the router `a_router(name)`; `router=` replaces that one."""
    router: Router = changes.pop("router", None) or a_router(name)
    short = name.partition("@")[0]
    base = Route(
        router=router,
        hosts=(f"{short}.{DOMAIN}",),
        host_patterns=(),
        paths=(),
        priority=router.priority or len(router.rule),
        rule_error="",
        chain=(a_chain_link(),),
        service=RouteService(router.service, "loadbalancer", (a_server(),), ConfigStatus.ENABLED),
        containers=(f"{short}-id",),
        certificate=a_certificate_status(),
        protection=a_protection(),
        health=Health.HEALTHY,
        health_reason="",
    )
    return replace(base, **changes)


def a_host(name: str = f"app1.{DOMAIN}", **changes: Any) -> Host:
    """A protected host of one route."""
    route = f"{name.partition('.')[0]}@docker"
    base = Host(name, (route,), a_protection(), route, a_certificate_status(), Health.HEALTHY)
    return replace(base, **changes)


def a_finding(code: str = "service.down", **changes: Any) -> Finding:
    """An error about the route app1@docker."""
    base = Finding(
        code=code,
        severity=Severity.ERROR,
        subject=Subject(SubjectKind.ROUTE, "app1@docker"),
        title="no server of app1@docker is up",
        evidence=("http://172.18.0.7:8000 is down",),
        remedy=Remedy("start the container app1"),
    )
    return replace(base, **changes)


def a_source(status: SourceStatus = SourceStatus.FRESH, **changes: Any) -> SourceState:
    """A source in that state, read at NOW where it is fresh, four minutes ago where it is stale."""
    fetched = {SourceStatus.FRESH: NOW, SourceStatus.STALE: NOW - timedelta(minutes=4)}.get(status)
    broken = status in {SourceStatus.STALE, SourceStatus.FAILED}
    base = SourceState(
        status,
        fetched,
        error="connection refused" if broken else "",
        next_try=NOW + timedelta(seconds=30) if broken else None,
        reason="not configured" if status is SourceStatus.OFF else "",
    )
    return replace(base, **changes)


def all_sources(**states: SourceState) -> dict[SourceName, SourceState]:
    """All sources fresh and Cloudflare off, but for those named: `all_sources(docker=a_source(...))`."""
    usual = {name: a_source(version="1.0") for name in SourceName}
    usual[SourceName.CLOUDFLARE] = a_source(SourceStatus.OFF)
    return usual | {SourceName(name): state for name, state in states.items()}


def a_snapshot(*routes: Route, **changes: Any) -> Snapshot:
    """A snapshot at NOW of these routes, every source fresh, with the containers that the routes name."""
    base = Snapshot(
        taken_at=NOW,
        context="vps1",
        sources=all_sources(),
        entry_points=(an_entry_point("web"), an_entry_point("websecure")),
        routes=routes,
        containers=tuple(a_container(one.removesuffix("-id")) for one in _unique(routes)),
        traefik_version="3.0.4",
    )
    return replace(base, **changes)


def _unique(routes: Iterable[Route]) -> list[str]:
    return list(dict.fromkeys(one for route in routes for one in route.containers))

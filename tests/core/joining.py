"""Joins parts for the tests: every argument has a sensible default, `join` is the real one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from specter_tui.core.join import Reads, join
from specter_tui.core.model import (
    AcmeFile,
    AcmeRead,
    Certificate,
    Container,
    DockerRead,
    EntryPoint,
    Middleware,
    Protocol,
    Router,
    Service,
    TraefikRead,
)
from specter_tui.core.proof import ProbeAnswer, ProbeTarget
from specter_tui.core.serving import ServingRead
from specter_tui.core.settings import ProtectionSettings, Settings
from specter_tui.core.snapshot import Host, Route, Snapshot, SourceName, SourceState
from tests.builders import DOMAIN, NOW, a_certificate, a_container, a_middleware, a_service, all_sources, an_entry_point

VERIFY = "descope-verify@docker"
SETTINGS = Settings(protection=ProtectionSettings(auth_host=f"auth.{DOMAIN}"))
REDIRECT = "redirect-web-to-websecure@internal"


def a_redirect_router() -> Router:
    """Traefik's own router of an entry point that redirects."""
    return Router(
        name="web-to-websecure@internal",
        protocol=Protocol.HTTP,
        provider="internal",
        rule="HostRegexp(`^.+$`)",
        service="noop@internal",
        entry_points=("web",),
        middlewares=(REDIRECT,),
        priority=9223372036854775806,
    )


def joined(
    *routers: Router,
    middlewares: Sequence[Middleware] = (),
    services: Sequence[Service] | None = None,
    containers: Sequence[Container] | None = None,
    docker_problems: Sequence[str] = (),
    lan_networks: Sequence[str] = (),
    engine: str = "20.10.24",
    certificates: Sequence[Certificate] | None = None,
    acme_files: Sequence[AcmeFile] = (),
    entry_points: Sequence[EntryPoint] = (),
    probes: Sequence[ProbeAnswer] = (),
    serving: ServingRead | None = None,
    states: Mapping[SourceName, SourceState] | None = None,
    settings: Settings = SETTINGS,
    version: str = "3.7.15",
    providers: Sequence[str] = (),
) -> Snapshot:
    """A snapshot of these routers; each gets a service with one server, which a container stands behind.

    Where one has TLS, a wildcard certificate is there, unless `certificates` says otherwise.
    """
    known = [a_middleware(VERIFY), a_middleware(REDIRECT, type="redirectscheme", address="", scheme="https")]
    made = {(router.protocol, router.service): router for router in routers if not router.service.endswith("@internal")}
    traefik = TraefikRead(
        version=version,
        started_at="2026-11-22T10:00:00Z",
        entry_points=tuple(entry_points) or (an_entry_point("web"), an_entry_point("websecure")),
        routers=routers,
        middlewares=(*known, *middlewares),
        services=tuple(a_service(name, protocol=protocol) for protocol, name in made)
        if services is None
        else tuple(services),
        providers=tuple(providers),
    )
    wanted = any(router.tls is not None for router in routers)
    held = ((a_certificate(),) if wanted else ()) if certificates is None else tuple(certificates)
    reads = Reads(
        traefik=traefik,
        docker=DockerRead(
            engine,
            "1.41",
            "vps1",
            (a_container(),) if containers is None else tuple(containers),
            problems=tuple(docker_problems),
            lan_networks=tuple(lan_networks),
        ),
        acme=AcmeRead(tuple(acme_files), ("letsencrypt",), held),
        probes=tuple(probes),
        serving=serving,
    )
    return join(reads, all_sources() if states is None else states, settings, context="vps1", now=NOW)


def host_of(snapshot: Snapshot, name: str = f"app1.{DOMAIN}") -> Host:
    """The host of that name."""
    return next(host for host in snapshot.hosts if host.name == name)


def route_of(snapshot: Snapshot, route_id: str = "app1@docker") -> Route:
    """The route of that id."""
    return next(route for route in snapshot.routes if route.id == route_id)


def codes(snapshot: Snapshot) -> set[str]:
    """The codes of all findings."""
    return {finding.code for finding in snapshot.findings}


def an_answer(status: int, route_id: str = "app1@docker", **changes: object) -> ProbeAnswer:
    """What came back for GET / of app1 on websecure."""
    target = ProbeTarget(
        route_id, "websecure", "127.0.0.1:443", tls=True, host=f"app1.{DOMAIN}", path="/", method="GET"
    )
    fields: dict[str, object] = {"target": target, "checked_at": NOW, "status": status, "seconds": 0.01}
    return ProbeAnswer(**(fields | changes))  # type: ignore[arg-type]  # the fields of the dataclass, named by the test

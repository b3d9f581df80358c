"""A small world with one route of each kind, as the screens of the documentation show it."""

from __future__ import annotations

from dataclasses import replace

from specter_tui.core.findings.model import Finding, Remedy, Severity, Subject, SubjectKind
from specter_tui.core.model import (
    ConfigStatus,
    Container,
    ContainerHealth,
    ContainerNetwork,
    Middleware,
    ServerHealth,
    Service,
)
from specter_tui.core.proof import ProofVerdict
from specter_tui.core.snapshot import (
    CertificateState,
    CertificateStatus,
    Health,
    Host,
    ProtectionState,
    Route,
    RouteService,
    Snapshot,
)
from tests.builders import (
    a_certificate_status,
    a_chain_link,
    a_container,
    a_host,
    a_middleware,
    a_port,
    a_proof,
    a_protection,
    a_route,
    a_router,
    a_server,
    a_service,
    a_snapshot,
)


def a_service_of(name: str, *health: ServerHealth) -> RouteService:
    servers = tuple(a_server(f"http://172.18.0.{place}:8000", one) for place, one in enumerate(health, 7))
    return RouteService(name, "loadbalancer", servers, ConfigStatus.ENABLED)


def wiki() -> Route:
    return a_route(
        "wiki@docker",
        chain=(a_chain_link("secure-headers@file", type="headers"), a_chain_link()),
        service=a_service_of("wiki@docker", ServerHealth.DOWN),
        health=Health.DOWN,
        health_reason="no server of wiki@docker is up",
    )


def hosts() -> tuple[Host, ...]:
    bypassed = a_protection(ProtectionState.BYPASSED, reasons=("port 8443 of container api is published on 0.0.0.0",))
    opened = a_protection(ProtectionState.UNPROTECTED, proof=a_proof(ProofVerdict.OPEN))
    return (
        a_host("api.example.org", protection=bypassed, health=Health.DEGRADED),
        a_host("auth.example.org", protection=a_protection(ProtectionState.NOT_APPLICABLE)),
        a_host("grafana.example.org", protection=opened),
        a_host("old.example.org", certificate=a_certificate_status(days_left=12, state=CertificateState.OVERDUE)),
        a_host("wiki.example.org", health=Health.DOWN),
    )


def middlewares() -> tuple[Middleware, ...]:
    return (
        a_middleware(),
        a_middleware(
            "secure-headers@file", type="headers", address="", options='{"headers": {"stsSeconds": 31536000}}'
        ),
        a_middleware(
            "web@file", type="chain", address="", chain=("secure-headers@file", "descope-verify@docker", "gone@file")
        ),
        a_middleware(
            "limit@docker",
            type="ratelimit",
            address="",
            status=ConfigStatus.DISABLED,
            errors=("average must be positive",),
        ),
    )


def services() -> tuple[Service, ...]:
    up, down = a_server(), a_server("http://172.18.0.9:8000", ServerHealth.DOWN)
    return (
        a_service("api@docker", servers=(up, a_server("http://172.18.0.8:8000"), down)),
        a_service("auth@docker"),
        a_service("grafana@docker"),
        a_service("legacy@file", servers=(a_server("http://10.0.0.4:8080", ServerHealth.UNCHECKED),)),
        a_service("canary@file", type="weighted", servers=(), children=("api@docker", "old@docker")),
        a_service("wiki@docker", servers=(down,)),
    )


def certificates() -> tuple[CertificateStatus, ...]:
    found = (
        a_certificate_status(used_by=("api@docker", "auth@docker", "grafana@docker", "wiki@docker")),
        a_certificate_status("old.example.org", days_left=12, state=CertificateState.OVERDUE, used_by=("old@docker",)),
        a_certificate_status("left.example.org", days_left=-3, state=CertificateState.EXPIRED),
    )
    return tuple(
        replace(one, certificate=replace(one.certificate, fingerprint=f"{place}{place}" * 32))
        for place, one in enumerate(found)
    )


def containers() -> tuple[Container, ...]:
    return (
        a_container("api", published=(a_port(8443), a_port(9100, "127.0.0.1"))),
        a_container("auth"),
        a_container("cron", health=ContainerHealth.NONE, status="Up 2 days"),
        a_container("grafana"),
        a_container("mail", state="exited", status="Exited (137) 5 minutes ago", health=ContainerHealth.NONE),
        a_container("old"),
        a_container("wiki", networks=(ContainerNetwork("wiki_default", "172.20.0.2"),)),
    )


def world() -> Snapshot:
    return a_snapshot(
        a_route("auth@docker", protection=a_protection(ProtectionState.NOT_APPLICABLE)),
        wiki(),
        a_route(
            "api@docker",
            router=a_router("api@docker", rule="Host(`api.example.org`) && PathPrefix(`/v1`)"),
            service=a_service_of("api@docker", ServerHealth.UP, ServerHealth.UP, ServerHealth.DOWN),
            health=Health.DEGRADED,
            health_reason="2 of 3 servers are up",
            protection=a_protection(
                ProtectionState.BYPASSED, reasons=("port 8443 of container api is published on 0.0.0.0",)
            ),
        ),
        a_route(
            "grafana@docker",
            chain=(),
            protection=a_protection(ProtectionState.UNPROTECTED, proof=a_proof(ProofVerdict.OPEN)),
        ),
        a_route(
            "legacy@file",
            router=a_router("legacy@file", rule="HostRegexp(`^.+\\.old$`)", entry_points=("web",), tls=None),
            hosts=(),
            host_patterns=("^.+\\.old$",),
            containers=(),
            certificate=None,
            service=a_service_of("legacy@file", ServerHealth.UNCHECKED),
            health=Health.UNKNOWN,
            protection=a_protection(ProtectionState.UNKNOWN),
        ),
        a_route("old@docker", certificate=a_certificate_status(days_left=12, state=CertificateState.OVERDUE)),
        hosts=hosts(),
        middlewares=middlewares(),
        services=services(),
        certificates=certificates(),
        containers=containers(),
        findings=(
            Finding(
                "container.wrong_network",
                Severity.ERROR,
                Subject(SubjectKind.ROUTE, "wiki@docker"),
                "wiki.example.org: wiki is not on traefik-proxy",
                ("container wiki is only on wiki_default; Traefik is on traefik-proxy",),
                Remedy("networks: [traefik-proxy] in wiki/compose.yml, then recreate"),
            ),
            Finding(
                "certificate.overdue",
                Severity.WARNING,
                Subject(SubjectKind.CERTIFICATE, "*.example.org"),
                "the renewal of *.example.org is overdue",
                (),
                Remedy("give the token DNS:Edit"),
            ),
            Finding(
                "image.old",
                Severity.INFO,
                Subject(SubjectKind.CONTAINER, "cron"),
                "the container has no health check",
                ("Docker says: Up 2 days",),
                Remedy("give its image a HEALTHCHECK"),
            ),
        ),
    )

"""A small world with one route of each kind, as the screens of the documentation show it."""

from __future__ import annotations

from specter_tui.core.findings.model import Finding, Remedy, Severity, Subject, SubjectKind
from specter_tui.core.model import ConfigStatus, ServerHealth
from specter_tui.core.proof import ProofVerdict
from specter_tui.core.snapshot import CertificateState, Health, ProtectionState, Route, RouteService, Snapshot
from tests.builders import (
    a_certificate_status,
    a_chain_link,
    a_proof,
    a_protection,
    a_route,
    a_router,
    a_server,
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
        ),
    )

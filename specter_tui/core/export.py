"""Snapshots and findings as JSON-ready documents, `schema_version` 1.

The shapes are promised in docs/json.md and held by the JSON Schema in `specter_tui/schemas`. Every list is sorted
or in an order that means something, so that two runs over the same state give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from specter_tui.core.dns.addresses import OwnAddresses
from specter_tui.core.dns.document import host_document, record_document, zone_document
from specter_tui.core.dns.model import Record
from specter_tui.core.explain import Explanation
from specter_tui.core.findings.model import Finding
from specter_tui.core.model import Container
from specter_tui.core.patterns import patterns_of
from specter_tui.core.proof import Proof
from specter_tui.core.serving_document import served_documents
from specter_tui.core.snapshot import (
    CertificateStatus,
    Host,
    Protection,
    Route,
    Snapshot,
    SourceName,
    SourceState,
)

SCHEMA_VERSION: Final = 1

Document = dict[str, Any]  # JSON: the schema types it


def instant(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC with whole seconds."""
    # strftime would write the year 1, which a hostile certificate may reach, as one digit.
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z" if moment is not None else None


def head(snapshot: Snapshot) -> Document:
    """What every document begins with."""
    return {
        "schema_version": SCHEMA_VERSION,
        "taken_at": instant(snapshot.taken_at),
        "context": snapshot.context,
        "sources": {name.value: _source(snapshot.source(name)) for name in SourceName},
    }


def _source(state: SourceState) -> Document:
    return {
        "state": state.status.value,
        "fetched_at": instant(state.fetched_at),
        "error": state.error or None,
        "version": state.version or None,
        "reason": state.reason or None,
    }


def status_document(snapshot: Snapshot, routes: Iterable[Route]) -> Document:
    """`status --json`: the given routes, and the findings that are about them or about a source."""
    shown = list(routes)
    containers = {container.id: container for container in snapshot.containers}
    findings = [_finding(one) for one in findings_about(snapshot, shown)]
    return {**head(snapshot), "routes": [_route(route, containers) for route in shown], "findings": findings}


def findings_about(snapshot: Snapshot, routes: Iterable[Route]) -> tuple[Finding, ...]:
    """The findings on the given routes and on what hangs on them; those on sources always."""
    shown = list(routes)
    if len(shown) == len(snapshot.routes):
        return snapshot.findings
    names = {container.id: container.name for container in snapshot.containers}
    subjects: dict[str, set[str]] = {
        "route": {route.id for route in shown},
        "host": {host for route in shown for host in route.hosts},
        "service": _services_of(snapshot, shown),
        "container": {names[one] for route in shown for one in route.containers if one in names},
        "certificate": {route.certificate.certificate.main for route in shown if route.certificate},
    }
    return tuple(
        finding
        for finding in snapshot.findings
        if finding.subject.kind not in subjects or finding.subject.id in subjects[finding.subject.kind]
    )


def _services_of(snapshot: Snapshot, routes: Iterable[Route]) -> set[str]:
    """The ids of the routes' services, those inside weighted, mirroring and failover ones included."""
    known = {(service.protocol, service.name): service for service in snapshot.services}
    pending = [(route.protocol, route.service.name) for route in routes]
    found: set[str] = set()
    while pending:
        service = known.get(pending.pop())
        if service is not None and service.id not in found:
            found.add(service.id)
            pending.extend((service.protocol, child) for child in service.children)
    return found


def _route(route: Route, containers: Mapping[str, Container]) -> Document:
    router = route.router
    return {
        "id": route.id,
        "protocol": router.protocol.value,
        "provider": router.provider,
        "rule": router.rule,
        "hosts": list(route.hosts),
        "entry_points": list(router.entry_points),
        "priority": route.priority,
        "status": router.status.value,
        "errors": list(router.errors) + ([route.rule_error] if route.rule_error and not router.errors else []),
        "middlewares": [
            {
                "name": link.name,
                "type": link.type or None,
                "provider": link.provider or None,
                "status": link.status.value if link.status else "missing",
            }
            for link in route.chain
        ],
        "protection": _protection(route.protection),
        "service": {
            "name": route.service.name,
            "type": route.service.type or None,
            "servers": [{"url": server.url, "health": server.health.value} for server in route.service.servers],
        },
        "containers": [container_document(containers[one]) for one in route.containers if one in containers],
        "certificate": _route_certificate(route.certificate),
        "dns": _route_dns(route),
        "health": route.health.value,
        "health_reason": route.health_reason or None,
    }


def _protection(protection: Protection) -> Document:
    return {
        "state": protection.state.value,
        "by": list(protection.by),
        "reasons": list(protection.reasons),
        "proof": _proof(protection.proof),
    }


def _proof(proof: Proof | None) -> Document | None:
    if proof is None:
        return None
    return {
        "verdict": proof.verdict.value,
        "status": proof.status or None,
        "location": proof.location or None,
        "checked_at": instant(proof.checked_at),
        "entry_point": proof.entry_point,
        "reason": proof.reason,
    }


def _route_dns(route: Route) -> list[Document]:
    known = {one.host: one for one in route.dns}
    return [host_document(known.get(host), host) for host in route.hosts]


def container_document(container: Container) -> Document:
    """One container as `containers --json` and every route show it."""
    return {
        "id": container.id,
        "name": container.name,
        "image": container.image,
        "state": container.state,
        "health": container.health.value,
        "status": container.status,
        "networks": [network.name for network in container.networks],
        "published": [{"ip": port.ip, "port": port.port, "proto": port.proto} for port in container.published],
    }


def _route_certificate(status: CertificateStatus | None) -> Document | None:
    if status is None:
        return None
    certificate = status.certificate
    return {
        "main": certificate.main,
        "sans": list(certificate.sans),
        "not_after": instant(certificate.not_after),
        "days_left": status.days_left,
        "resolver": certificate.resolver,
        "source": certificate.source,
    }


def hosts_document(snapshot: Snapshot, hosts: Iterable[Host], patterns: Iterable[Route] = ()) -> Document:
    """`hosts --json`: the exposure audit, and the routes that answer for hosts which no rule names."""
    return {
        **head(snapshot),
        "hosts": [_host(host) for host in hosts],
        "patterns": [_pattern(route) for route in patterns],
    }


def _pattern(route: Route) -> Document:
    return {
        "patterns": list(patterns_of(route)),
        "route": route.id,
        "protection": _protection(route.protection),
        "health": route.health.value,
    }


def _host(host: Host) -> Document:
    return {
        "host": host.name,
        "protection": _protection(host.protection),
        "routes": list(host.routes),
        "weakest": host.weakest,
        "dns": host_document(host.dns, host.name),
        "certificate": _route_certificate(host.certificate),
        "health": host.health.value,
    }


def containers_document(snapshot: Snapshot, containers: Iterable[Container]) -> Document:
    """`containers --json`: each with the routes it serves."""
    routes: dict[str, list[str]] = {}
    for route in snapshot.routes:
        for one in route.containers:
            routes.setdefault(one, []).append(route.id)
    listed = [{**container_document(one), "routes": routes.get(one.id, [])} for one in containers]
    return {**head(snapshot), "containers": listed}


def certificates_document(snapshot: Snapshot, certificates: Iterable[CertificateStatus]) -> Document:
    """`certs --json`, with what is served for the hosts of these certificates where that was looked at."""
    listed = list(certificates)
    found = [_certificate(one) for one in listed]
    return {**head(snapshot), "certificates": found, "served": served_documents(snapshot, listed)}


def _certificate(status: CertificateStatus) -> Document:
    certificate = status.certificate
    return {
        "main": certificate.main,
        "sans": list(certificate.sans),
        "resolver": certificate.resolver,
        "issuer": certificate.issuer,
        "key_type": certificate.key_type,
        "not_before": instant(certificate.not_before),
        "not_after": instant(certificate.not_after),
        "days_left": status.days_left,
        "renews_at": instant(status.renews_at),
        "state": status.state.value,
        "used_by": list(status.used_by),
        "source": certificate.source,
        "fingerprint": certificate.fingerprint,
        "chain_problem": certificate.chain_problem or None,
    }


def dns_document(snapshot: Snapshot, hosts: Iterable[Host], records: Iterable[Record]) -> Document:
    """`dns --json`: the zones, the given records, and the verdict on each of the given hosts."""
    ours = snapshot.own_addresses
    zones = snapshot.cloudflare.zones if snapshot.cloudflare else ()
    return {
        **head(snapshot),
        "zones": [zone_document(zone, ours.get(zone.id, OwnAddresses())) for zone in zones],
        "records": [record_document(record) for record in records],
        "hosts": [host_document(host.dns, host.name) for host in hosts],
    }


def doctor_document(snapshot: Snapshot) -> Document:
    """`doctor --json`: all findings, the worst first."""
    return {**head(snapshot), "findings": [_finding(one) for one in snapshot.findings]}


def _finding(finding: Finding) -> Document:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "subject": {"kind": finding.subject.kind.value, "id": finding.subject.id},
        "title": finding.title,
        "evidence": list(finding.evidence),
        "remedy": {"text": finding.remedy.text, "action": finding.remedy.action or None},
    }


def explain_document(snapshot: Snapshot, explanation: Explanation) -> Document:
    """`explain --json`."""
    return {
        **head(snapshot),
        "url": explanation.url,
        "winner": explanation.winner or None,
        "candidates": [
            {"id": one.id, "matches": one.matches, "priority": one.priority, "reason": one.reason}
            for one in explanation.candidates
        ],
        "hops": [{"hop": hop.hop.value, "verdict": hop.verdict.value, "text": hop.text} for hop in explanation.hops],
    }

"""Containers that can't serve the hosts they carry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from specter_tui.core.claims import is_enabled, lost_claims
from specter_tui.core.exposure import out_of_reach, stopped_traefik
from specter_tui.core.findings.model import Finding, Remedy, Severity, Subject, SubjectKind
from specter_tui.core.model import Container, ContainerHealth
from specter_tui.core.snapshot import Snapshot, SourceName, SourceStatus

_MOST_HOSTS: Final = 3
_LOOP: Final = 2  # restarts: a process may end once


def traefik_stopped(snapshot: Snapshot) -> Iterator[Finding]:
    """The container that runs Traefik does not run: nothing that it serves answers."""
    container = _stopped(snapshot)
    if container is not None:
        yield Finding(
            "traefik-stopped",
            Severity.ERROR,
            _subject(container),
            "Traefik does not run, so no host of it answers",
            (f"Docker says: {container.status or container.state}",),
            Remedy("start the container; its log tells why it ended"),
        )


def _stopped(snapshot: Snapshot) -> Container | None:
    """Traefik's container when nothing speaks for a Traefik that runs elsewhere."""
    read = snapshot.source(SourceName.TRAEFIK).status is SourceStatus.FRESH
    known = snapshot.source(SourceName.DOCKER).status is SourceStatus.FRESH
    return stopped_traefik(snapshot.containers) if known and not read else None


def container_unhealthy(snapshot: Snapshot) -> Iterator[Finding]:
    """Traefik's Docker provider drops a container that is unhealthy or starting, and its routers with it."""
    bad = [one for one in snapshot.containers if one.state == "running" and one.health is ContainerHealth.UNHEALTHY]
    routes = _routes(snapshot, bad)
    for container in bad:
        yield Finding(
            "container-unhealthy",
            Severity.ERROR,
            _subject(container),
            f"the container is unhealthy{_loss(snapshot, container, routes)}",
            _evidence(snapshot, container, routes),
            Remedy("its log tells why the health check fails; restart it when that helps"),
        )


def container_restarting(snapshot: Snapshot) -> Iterator[Finding]:
    """Docker starts the container again and again; between two crashes it is running."""
    bad = [one for one in snapshot.containers if one.state == "restarting" or one.restarts >= _LOOP]
    routes = _routes(snapshot, bad)
    for container in bad:
        yield Finding(
            "container-restarting",
            Severity.ERROR,
            _subject(container),
            "the container keeps restarting",
            _evidence(snapshot, container, routes),
            Remedy("its log tells why its process ends"),
        )


def container_stopped(snapshot: Snapshot) -> Iterator[Finding]:
    """A container that Traefik is told to serve does not run."""
    bad = [one for one in snapshot.containers if one.state in {"exited", "dead", "paused"}]
    routes = _routes(snapshot, bad)
    told = _stopped(snapshot)
    for container in bad:
        if is_enabled(container) and container is not told:
            yield Finding(
                "container-stopped",
                Severity.WARNING,
                _subject(container),
                f"the container is {container.state}, and Traefik is told to serve it",
                _evidence(snapshot, container, routes),
                Remedy("start it, or remove it when it is not needed any more"),
            )


def network_unshared(snapshot: Snapshot) -> Iterator[Finding]:
    """A route's container shares no network with Traefik: requests end in 502 or 504."""
    apart = out_of_reach(snapshot.containers)
    bad = [one for one in snapshot.containers if one.id in apart]
    routes = _routes(snapshot, bad)
    for container in bad:
        if routes.get(container.id) or is_enabled(container):
            yield Finding(
                "network-unshared",
                Severity.ERROR,
                _subject(container),
                "the container is on no network with Traefik",
                (apart[container.id], *_evidence(snapshot, container, routes)),
                Remedy("add one of Traefik's networks under networks: in its compose file, then recreate it"),
            )


def _routes(snapshot: Snapshot, bad: Sequence[Container]) -> Mapping[str, list[str]]:
    """By container id, what its routes serve; nobody looks where no container is bad."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for route in snapshot.routes if bad else ():
        for container_id in route.containers:
            found[container_id].append(", ".join(route.hosts) or route.id)
    return found


def _loss(snapshot: Snapshot, container: Container, routes: Mapping[str, list[str]]) -> str:
    """What Traefik did about it; nothing is said where Traefik is not read or still routes to the container."""
    if snapshot.source(SourceName.TRAEFIK).status is not SourceStatus.FRESH or not is_enabled(container):
        return ""
    hosts = list(dict.fromkeys(host for claim in lost_claims(snapshot, container) for host in claim.rule.hosts))
    if hosts:
        return f", so Traefik dropped its routers ({', '.join(hosts[:_MOST_HOSTS])})"
    return "" if routes.get(container.id) else ", so Traefik dropped its routers"


def _evidence(snapshot: Snapshot, container: Container, routes: Mapping[str, list[str]]) -> tuple[str, ...]:
    hosts = sorted(set(routes.get(container.id, ())))
    lost = lost_claims(snapshot, container) if snapshot.source(SourceName.TRAEFIK).status is SourceStatus.FRESH else ()
    return (
        f"Docker says: {container.status or container.state}",
        *(f"it serves {host}" for host in hosts),
        *(
            f"Traefik has no router for {', '.join(one.rule.hosts) or one.router}, which its labels ask for"
            for one in lost
        ),
    )


def _subject(container: Container) -> Subject:
    return Subject(SubjectKind.CONTAINER, container.name)


CHECKS: Final[tuple[Callable[[Snapshot], Iterator[Finding]], ...]] = (
    traefik_stopped,
    container_unhealthy,
    container_restarting,
    container_stopped,
    network_unshared,
)

"""Containers that can't serve the hosts they carry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from specter_tui.core.exposure import running_traefiks
from specter_tui.core.findings.model import Finding, Remedy, Severity, Subject, SubjectKind
from specter_tui.core.model import Container, ContainerHealth
from specter_tui.core.snapshot import Snapshot

_HOSTS_NETWORKS: Final = frozenset({"host", "none"})


def container_unhealthy(snapshot: Snapshot) -> Iterator[Finding]:
    """Traefik's Docker provider drops a container that is unhealthy or starting, and its routers with it."""
    routes = _routes(snapshot)
    for container in snapshot.containers:
        if container.state == "running" and container.health is ContainerHealth.UNHEALTHY:
            dropped = _is_enabled(container) and not routes.get(container.id)
            yield Finding(
                "container-unhealthy",
                Severity.ERROR,
                _subject(container),
                "the container is unhealthy" + (", so Traefik dropped its routers" if dropped else ""),
                _evidence(container, routes),
                Remedy("its log tells why the health check fails; restart it when that helps", "restart"),
            )


def container_restarting(snapshot: Snapshot) -> Iterator[Finding]:
    """Docker starts the container again and again."""
    routes = _routes(snapshot)
    for container in snapshot.containers:
        if container.state == "restarting":
            yield Finding(
                "container-restarting",
                Severity.ERROR,
                _subject(container),
                "the container keeps restarting",
                _evidence(container, routes),
                Remedy("its log tells why its process ends"),
            )


def container_stopped(snapshot: Snapshot) -> Iterator[Finding]:
    """A container that Traefik is told to serve does not run."""
    routes = _routes(snapshot)
    for container in snapshot.containers:
        if container.state in {"exited", "dead", "paused"} and _is_enabled(container):
            yield Finding(
                "container-stopped",
                Severity.WARNING,
                _subject(container),
                f"the container is {container.state}, and Traefik is told to serve it",
                _evidence(container, routes),
                Remedy("start it, or remove it when it is not needed any more"),
            )


def network_unshared(snapshot: Snapshot) -> Iterator[Finding]:
    """A route's container shares no network with Traefik: requests end in 502 or 504."""
    traefiks = running_traefiks(snapshot.containers)
    if len(traefiks) != 1 or traefiks[0].network_mode == "host":
        return
    reachable = {network.name for network in traefiks[0].networks}
    routes = _routes(snapshot)
    for container in snapshot.containers:
        own = {network.name for network in container.networks}
        if container.id == traefiks[0].id or container.state != "running" or own & (reachable | _HOSTS_NETWORKS):
            continue
        if routes.get(container.id) or _is_enabled(container):
            yield Finding(
                "network-unshared",
                Severity.ERROR,
                _subject(container),
                "the container is on no network with Traefik",
                (f"it is on {_names(own)}; Traefik is on {_names(reachable)}", *_evidence(container, routes)),
                Remedy("add one of Traefik's networks under networks: in its compose file, then recreate it"),
            )


def _names(networks: set[str]) -> str:
    return ", ".join(sorted(networks)) or "no network"


def _routes(snapshot: Snapshot) -> Mapping[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for route in snapshot.routes:
        for container_id in route.containers:
            found[container_id].append(", ".join(route.hosts) or route.id)
    return found


def _evidence(container: Container, routes: Mapping[str, list[str]]) -> tuple[str, ...]:
    hosts = sorted(set(routes.get(container.id, ())))
    return (f"Docker says: {container.status or container.state}", *(f"it serves {host}" for host in hosts))


def _is_enabled(container: Container) -> bool:
    return container.label("traefik.enable").strip().lower() in {"true", "1", "t"}


def _subject(container: Container) -> Subject:
    return Subject(SubjectKind.CONTAINER, container.name)


CHECKS: Final[tuple[Callable[[Snapshot], Iterator[Finding]], ...]] = (
    container_unhealthy,
    container_restarting,
    container_stopped,
    network_unshared,
)

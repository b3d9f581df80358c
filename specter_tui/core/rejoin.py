"""What the last join made, for the next one: of thousands of routers few change at a time.

What comes out alike is the very same object again, so whoever looks at two snapshots sees by identity what differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import is_
from typing import NamedTuple, TypeVar

from specter_tui.core.dns.model import CloudflareRead
from specter_tui.core.dns.states import DnsIndex
from specter_tui.core.findings.model import Finding
from specter_tui.core.hosts import Joined
from specter_tui.core.model import AcmeRead, DockerRead, Router, Service, TraefikRead
from specter_tui.core.proof import ProbeAnswer
from specter_tui.core.serving import ServingRead, served_hosts
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import CertificateStatus, Host, Route, Served, SourceName, SourceStatus

T = TypeVar("T")


class World(NamedTuple):
    """All that a route can depend on beside its router and the service that this names."""

    traefik: TraefikRead  # without routers and services
    docker: DockerRead | None
    probes: tuple[ProbeAnswer, ...]
    certificates: tuple[CertificateStatus, ...]
    statuses: dict[SourceName, SourceStatus]
    settings: Settings
    layered: bool  # whether a router inherits from other routers or from services
    dns: DnsIndex | None  # the same one as long as the same records are read

    def same_as(self, other: World) -> bool:
        """Whether both are alike; the long lists are compared by identity, which sources keep for what is unchanged."""
        return (
            self.docker is other.docker
            and self.probes is other.probes
            and self[3:] == other[3:]
            and self[0] == other[0]
        )


class JoinMemory:
    """The routes and hosts of the last join. A join with it gives what one without it gives, sooner.

    A route is used again while the world around it is the same, and its router and the service that this names are the
    same objects. Where services have children, or routers inherit, all are joined anew: they depend on more. What is
    joined anew and comes out as it was stays the object that it was: of a container's restart thousands of routes know
    nothing.
    """

    def __init__(self) -> None:
        self._world: World | None = None
        self._known: dict[int, tuple[Router, Service | None, Joined]] = {}  # by the identity of the router
        self._routes: tuple[Route, ...] = ()
        self._hosts: tuple[Host, ...] = ()
        self._findings: tuple[Finding, ...] = ()
        self._dns: tuple[CloudflareRead, DnsIndex] | None = None
        self._served: tuple[tuple[object, ...], Mapping[str, Served]] | None = None

    def dns(self, read: CloudflareRead | None, expected_ips: tuple[str, ...]) -> DnsIndex | None:
        """The verdicts on hosts by these records; None when there are none. One memory is for one configuration."""
        if read is None:
            return None
        if self._dns is None or self._dns[0] is not read:
            self._dns = (read, DnsIndex(read, expected_ips))
        return self._dns[1]

    def served(
        self, probes: tuple[ProbeAnswer, ...], serving: ServingRead | None, acme: AcmeRead | None
    ) -> Mapping[str, Served]:
        """What is served for each host, worked out once for the same reads."""
        reads = (probes, serving, acme)
        if self._served is None or not all(map(is_, self._served[0], reads)):
            self._served = (reads, served_hosts(probes, serving, acme.certificates if acme else ()))
        return self._served[1]

    def joined(
        self,
        world: World,
        routers: Iterable[Router],
        service_of: Callable[[Router], Service | None],
        join: Callable[[Router], Joined],
    ) -> list[Joined]:
        """What `join` gives for each router."""
        alike = self._world is not None and world.same_as(self._world) and not world.layered
        last, now = self._known, dict[int, tuple[Router, Service | None, Joined]]()
        for router in routers:
            service = service_of(router)
            known = last.get(id(router))
            alone = service is None or not service.children
            if known is None or not (alike and alone and known[1] is service):
                made = join(router)
                known = (router, service, made if known is None or known[2] != made else known[2])
            now[id(router)] = known
        self._world, self._known = world, now
        return [joined for _, _, joined in now.values()]

    def settled(self, routes: tuple[Route, ...], hosts: tuple[Host, ...]) -> tuple[tuple[Route, ...], tuple[Host, ...]]:
        """These routes and hosts, those of the last join in place of those that are like them."""
        self._routes = _kept(self._routes, routes, lambda one: one.id)
        self._hosts = _kept(self._hosts, hosts, lambda one: one.name)
        return self._routes, self._hosts

    def found(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """These findings, those of the last join when they are all like them."""
        self._findings = self._findings if self._findings == findings else findings
        return self._findings


def _kept(last: tuple[T, ...], new: tuple[T, ...], key: Callable[[T], str]) -> tuple[T, ...]:
    """The new ones, but those that are as they were as the objects that they were; all of them: the same tuple."""
    if not last:
        return new
    known = {key(one): one for one in last}
    kept = tuple([was if (was := known.get(key(one))) is not None and was == one else one for one in new])
    return last if len(last) == len(kept) and all(map(is_, last, kept)) else kept

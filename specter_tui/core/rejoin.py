"""What the last join made of each router, for the next one: of thousands of routers few change at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from specter_tui.core.hosts import Joined
from specter_tui.core.model import DockerRead, Router, Service, TraefikRead
from specter_tui.core.proof import ProbeAnswer
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import CertificateStatus, SourceName, SourceStatus


class World(NamedTuple):
    """All that a route can depend on beside its router and the service that this names."""

    traefik: TraefikRead  # without routers and services
    docker: DockerRead | None
    probes: tuple[ProbeAnswer, ...]
    certificates: tuple[CertificateStatus, ...]
    statuses: dict[SourceName, SourceStatus]
    settings: Settings
    layered: bool  # whether a router inherits from other routers or from services

    def same_as(self, other: World) -> bool:
        """Whether both are alike; the long lists are compared by identity, which sources keep for what is unchanged."""
        return (
            self.docker is other.docker
            and self.probes is other.probes
            and self[3:] == other[3:]
            and self[0] == other[0]
        )


class JoinMemory:
    """The routes of the last join. A join with it gives what one without it gives, sooner.

    A route is used again while the world around it is the same, and its router and the service that this names are the
    same objects. Where services have children, or routers inherit, all are joined anew: they depend on more.
    """

    def __init__(self) -> None:
        self._world: World | None = None
        self._known: dict[int, tuple[Router, Service | None, Joined]] = {}  # by the identity of the router

    def joined(
        self,
        world: World,
        routers: Iterable[Router],
        service_of: Callable[[Router], Service | None],
        join: Callable[[Router], Joined],
    ) -> list[Joined]:
        """What `join` gives for each router."""
        alike = self._world is not None and world.same_as(self._world) and not world.layered
        last = self._known if alike else {}
        now: dict[int, tuple[Router, Service | None, Joined]] = {}
        made: list[Joined] = []
        for router in routers:
            service = service_of(router)
            known = last.get(id(router))
            if known is None or known[1] is not service:
                known = (router, service, join(router))
            if service is None or not service.children:
                now[id(router)] = known
            made.append(known[2])
        self._world, self._known = world, now
        return made

"""From services to the containers behind them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from specter_tui.core.model import Container, Router, Server, Service
from specter_tui.core.snapshot import RouteService

MAX_SERVERS: Final = 10_000  # a weighted service of weighted services grows exponentially

_LABEL: Final = re.compile(r"traefik\.(?:http|tcp|udp)\.(routers|services)\.([^.]+)\.", re.IGNORECASE)
# Names of the machine itself in a server's URL: what answers there is the container that publishes the port.
THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1", "host.docker.internal"})
_DEFAULT_PORTS: Final = {"http": 80, "h2c": 80, "https": 443}
_SHARED_NETWORK: Final = "container:"
_CONTAINER_PROVIDERS: Final = frozenset({"docker", "swarm"})


def split_server(url: str) -> tuple[str, int]:
    """Host and port of a server URL or address; an absent port is the scheme's; port 0 when it makes no sense."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "", url
    authority = rest.split("/", 1)[0].rpartition("@")[2] if "/" in rest or "@" in rest else rest
    host, colon, port = authority.rpartition(":")
    if not colon or host.endswith(":") or (authority.startswith("[") and authority.endswith("]")):
        host, port = authority, ""
    host = host.strip("[]").lower()
    if port.isascii() and port.isdigit() and len(port) <= len("65535"):
        return host, int(port)
    return host, _DEFAULT_PORTS.get(scheme.lower(), 0) if not port else 0


def resolve_service(name: str, services: Mapping[str, Service]) -> RouteService:
    """A route's service with the servers of all its children; `status` None when it does not exist."""
    top = services.get(name)
    if top is None:
        return RouteService(name, "")
    if not top.children:
        return RouteService(name, top.type, top.servers, top.status)
    servers: dict[Server, None] = {}
    seen: set[str] = set()
    pending = [name]
    while pending and len(servers) < MAX_SERVERS:
        current = pending.pop()
        service = services.get(current)
        if service is None or current in seen:
            continue
        seen.add(current)
        servers.update(dict.fromkeys(service.servers))
        pending.extend(reversed(service.children))
    return RouteService(name, top.type, tuple(servers), top.status)


class ContainerIndex:
    """Finds containers by what a server URL or a router's name tells of them."""

    def __init__(self, containers: Iterable[Container]) -> None:
        self._by_address: defaultdict[str, list[Container]] = defaultdict(list)
        self._by_published: defaultdict[int, list[Container]] = defaultdict(list)
        self._by_label: defaultdict[tuple[str, str], list[Container]] = defaultdict(list)
        self._replicas: defaultdict[tuple[str, str], list[Container]] = defaultdict(list)
        for container in containers:
            self._add(container)

    def _add(self, container: Container) -> None:
        labels = dict(container.labels)
        addresses = {container.name.lower(), container.id[:12]}
        for network in container.networks:
            addresses |= {network.ip, network.ipv6.lower(), f"{container.name}.{network.name}".lower()}
        service = labels.get("com.docker.compose.service")
        if service:
            addresses.add(service.lower())
            if labels.get("com.docker.compose.oneoff", "").lower() != "true":
                self._replicas[labels.get("com.docker.compose.project", ""), service].append(container)
        for address in addresses - {""}:
            self._by_address[address].append(container)
        for port in {port.port for port in container.published if port.proto == "tcp"}:
            self._by_published[port].append(container)
        names = {(match[1].lower(), match[2].lower()) for key in labels if (match := _LABEL.match(key))}
        for name in names:
            self._by_label[name].append(container)

    def behind(self, router: Router, service: RouteService) -> tuple[Container, ...]:
        """The containers that a route ends at: by their addresses or published ports, else by the route's labels.

        With one that has an address come its replicas of the same Compose service: one that is unhealthy has been
        dropped from the servers, and one that has left the network has lost its address.
        """
        found: dict[str, Container] = {}
        for server in service.servers:
            host, port = split_server(server.url)
            there = self._by_published.get(port) if host in THIS_MACHINE else self._by_address.get(host)
            if there:
                found.update((container.id, container) for container in there)
        if router.provider in _CONTAINER_PROVIDERS:
            if not found:
                found = {container.id: container for container in self.labelled(router, service)}
            else:
                for container in tuple(found.values()):
                    found.update((one.id, one) for one in self._replicas_of(container))
        if not found:
            return ()
        for container in tuple(found.values()):
            found.update((one.id, one) for one in self._lenders_of(container))
        return tuple(found.values())

    def _lenders_of(self, container: Container) -> Sequence[Container]:
        """The container whose network this one shares (`network_mode: container:...`): its ports lead here too."""
        if not container.network_mode.startswith(_SHARED_NETWORK):
            return ()
        lender = container.network_mode.removeprefix(_SHARED_NETWORK)
        return self._by_address.get(lender.lower(), ()) or self._by_address.get(lender[:12], ())

    def _replicas_of(self, container: Container) -> Sequence[Container]:
        service = container.label("com.docker.compose.service")
        return self._replicas.get((container.label("com.docker.compose.project"), service), ()) if service else ()

    def labelled(self, router: Router, service: RouteService) -> tuple[Container, ...]:
        """The containers whose labels name this router or its service."""
        if not self._by_label:
            return ()
        routers = self._by_label.get(("routers", router.name.rpartition("@")[0].lower()))
        services = self._by_label.get(("services", service.name.rpartition("@")[0].lower()))
        if routers is None and services is None:
            return ()
        found = {container.id: container for container in (*(routers or ()), *(services or ()))}
        return tuple(found.values())

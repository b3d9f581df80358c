"""Which ports the world can reach: Traefik's entry points, and containers that publish around Traefik."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from specter_tui.core.backends import THIS_MACHINE, split_server
from specter_tui.core.loopback import is_loopback
from specter_tui.core.model import Container, EntryPoint, PublishedPort, Server
from specter_tui.core.versions import at_least, numbers

_FILTERS_IPV6: Final = "27.0"
_TRAEFIK_LABELS: Final = frozenset(
    {("com.docker.compose.service", "traefik"), ("org.opencontainers.image.title", "Traefik")}
)
_HOSTS_NETWORKS: Final = frozenset({"host", "none"})


def is_traefik(container: Container) -> bool:
    """Whether a container runs Traefik: by its image, its name, its compose service or the OCI title label."""
    image = container.image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    return image == "traefik" or container.name == "traefik" or not _TRAEFIK_LABELS.isdisjoint(container.labels)


def running_traefiks(containers: Iterable[Container]) -> tuple[Container, ...]:
    """The containers that run Traefik now; with several nobody knows which one answers."""
    return tuple(one for one in containers if one.state == "running" and is_traefik(one))


def stopped_traefik(containers: Iterable[Container]) -> Container | None:
    """The container that is to run Traefik while none does: beside a running one it would be an old one."""
    mine = [one for one in containers if is_traefik(one)]
    return None if any(one.state == "running" for one in mine) else next(iter(mine), None)


def out_of_reach(containers: Sequence[Container]) -> Mapping[str, str]:
    """By container id, the running ones that share no network with the one Traefik, with both sides' networks.

    Empty where it can't be told: no Traefik in a container, several, or one in host networking.
    """
    traefiks = running_traefiks(containers)
    if len(traefiks) != 1 or traefiks[0].network_mode == "host":
        return {}
    reachable = {network.name for network in traefiks[0].networks}
    found: dict[str, str] = {}
    for container in containers:
        own = {network.name for network in container.networks}
        if container.id != traefiks[0].id and container.state == "running" and not own & (reachable | _HOSTS_NETWORKS):
            found[container.id] = f"it is on {_names(own)}; Traefik is on {_names(reachable)}"
    return found


def _names(networks: Iterable[str]) -> str:
    return ", ".join(sorted(networks)) or "no network"


def published_for(entry_point: EntryPoint, traefik: Container) -> tuple[PublishedPort, ...]:
    """The host ports through which an entry point of a Traefik container is reached."""
    return tuple(p for p in traefik.published if p.private_port == entry_point.port and p.proto == "tcp")


def is_public(entry_point: EntryPoint, traefiks: Sequence[Container]) -> bool:
    """Whether the entry point can be reached from outside this machine; without evidence it counts as public."""
    if entry_point.host_address and is_loopback(entry_point.host_address):
        return False
    if len(traefiks) != 1 or traefiks[0].network_mode == "host":
        return True
    return any(not is_loopback(port.ip) for port in published_for(entry_point, traefiks[0]))


def local_address(entry_point: EntryPoint, traefiks: Sequence[Container], *, api_is_local: bool) -> str:
    """Where a request of this machine reaches the entry point, as host:port; empty when that is not known.

    Loopback of another machine, or inside Traefik's container, is not ours: something else answers there.
    """
    if not entry_point.port or "/udp" in entry_point.address:
        return ""
    host = entry_point.host_address
    contained = len(traefiks) == 1 and traefiks[0].network_mode != "host"
    if host and host not in {"0.0.0.0", "::"}:  # noqa: S104  compared, never bound
        if is_loopback(host) and (contained or not api_is_local):
            return ""
        return f"[{host}]:{entry_point.port}" if ":" in host else f"{host}:{entry_point.port}"
    if not api_is_local:
        return ""
    if contained:
        ports = published_for(entry_point, traefiks[0])
        return _dial(ports[0]) if ports else ""
    return f"127.0.0.1:{entry_point.port}"


def _dial(port: PublishedPort) -> str:
    host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]"}.get(port.ip, port.ip)  # noqa: S104  compared only
    return f"[{host}]:{port.port}" if ":" in host and not host.startswith("[") else f"{host}:{port.port}"


def open_address(containers: Iterable[Container], engine: str) -> str:
    """Why an address of these containers may be open to the world without a published port; empty where none is.

    `engine` is the Docker Engine's version: from 27 on it filters IPv6 as it does IPv4 (ip6tables, its release notes).
    """
    if numbers(engine) is not None and at_least(engine, _FILTERS_IPV6):
        return ""
    for container in containers:
        for network in container.networks:
            if _is_routable(network.ipv6):
                return f"container {container.name} has the routable address {network.ipv6}, which may not be filtered"
    return ""


def _is_routable(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False


def ways_around(
    containers: Iterable[Container], servers: Iterable[Server], lan_networks: Sequence[str] = ()
) -> tuple[str, ...]:
    """How a visitor reaches these containers without Traefik, one sentence each; ports on loopback are no way."""
    ends = {split_server(server.url) for server in servers}
    inside = {port for host, port in ends if port and host not in THIS_MACHINE}
    outside = {port for host, port in ends if port and host in THIS_MACHINE}
    found: list[str] = []
    for container in containers:
        if container.network_mode == "host":
            found.append(f"container {container.name} runs in host networking")
        found.extend(
            f"container {container.name} has an address of its own on the network {network.name}"
            for network in container.networks
            if network.name in lan_networks
        )
        found.extend(
            f"container {container.name} publishes {port.ip or '0.0.0.0'}:{port.port}"  # noqa: S104  shown only
            for port in container.published
            if (port.private_port in inside or port.port in outside)
            and port.proto == "tcp"
            and not is_loopback(port.ip)
        )
    return tuple(dict.fromkeys(found))

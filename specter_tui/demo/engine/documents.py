"""Containers, networks and images as the Engine API's JSON; pure, and a subset of what the real engine tells."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from specter_tui.demo.engine import moments
from specter_tui.demo.engine.container import CREATED, EXITED, RESTARTING, RUNNING, Container
from specter_tui.demo.engine.network import HOST, Addresses, Network
from specter_tui.demo.engine.spec import ContainerSpec, HealthCheck

_SHELL_UNSAFE: Final = (" ", "'")


def listed(container: Container, addresses: Addresses) -> dict[str, Any]:
    """An element of `/containers/json`."""
    spec = container.spec
    return {
        "Id": container.id,
        "Names": [f"/{spec.name}"],
        "Image": spec.image,
        "ImageID": image_id(spec.image),
        "Command": _command_line(_told(spec)),
        "Created": container.created // moments.SECOND,
        "Ports": list(_listed_ports(container)),
        "Labels": dict(spec.labels),
        "State": container.state.status,
        "Status": status_sentence(container, moments.now()),
        "HostConfig": {"NetworkMode": spec.networks[0]},
        "NetworkSettings": {"Networks": _endpoints(container, addresses)},
        "Mounts": list(_mounts(spec)),
    }


def inspected(container: Container, addresses: Addresses) -> dict[str, Any]:
    """The answer of `/containers/{id}/json`."""
    spec = container.spec
    return {
        "Id": container.id,
        "Created": moments.rfc3339(container.created),
        "Path": _told(spec)[0],
        "Args": list(_told(spec)[1:]),
        "State": _state(container),
        "Image": image_id(spec.image),
        "Name": f"/{spec.name}",
        "RestartCount": container.restarts,
        "Driver": "local",
        "Platform": "linux",
        "Mounts": list(_mounts(spec)),
        "HostConfig": _host_config(container),
        "Config": _config(container),
        "NetworkSettings": _network_settings(container, addresses),
    }


def _mounts(spec: ContainerSpec) -> Iterator[dict[str, Any]]:
    """Each at its own path, where the process finds it."""
    for path in spec.mounts:
        yield {
            "Type": "bind",
            "Source": path,
            "Destination": path,
            "Mode": "",
            "RW": True,
            "Propagation": "rprivate",
        }


def status_sentence(container: Container, now: int) -> str:
    """The STATUS of `docker ps`: "Up 5 seconds (healthy)"."""
    state = container.state
    if state.status == RUNNING:
        health = container.health
        shown = f" ({'health: starting' if health.status == 'starting' else health.status})" if health else ""
        return f"Up {moments.human(now - state.started)}{shown}"
    if state.status == CREATED:
        return "Created"
    word = "Restarting" if state.status == RESTARTING else "Exited"
    return f"{word} ({state.exit_code}) {moments.human(now - state.finished)} ago"


def network_document(
    network: Network, addresses: Addresses, containers: Iterable[Container] | None = None
) -> dict[str, Any]:
    """A network; with what is attached to it when containers are given, as an inspection has it."""
    bridge = network.driver == "bridge"
    pool = [{"Subnet": addresses.subnet, "Gateway": addresses.gateway}] if bridge else []
    return {
        "Name": network.name,
        "Id": network.id,
        "Created": moments.rfc3339(network.created),
        "Scope": "local",
        "Driver": network.driver,
        "EnableIPv6": False,
        "IPAM": {"Driver": "default", "Options": None, "Config": pool},
        "Internal": False,
        "Attachable": False,
        "Ingress": False,
        "ConfigFrom": {"Network": ""},
        "ConfigOnly": False,
        "Containers": {one.id: _member(one, network) for one in containers or () if one.attached},
        "Options": {},
        "Labels": {},
    }


def image_id(reference: str) -> str:
    """The made-up digest of an image: there is none behind the name."""
    return f"sha256:{hashlib.sha256(reference.encode(errors='surrogatepass')).hexdigest()}"


def image_listed(reference: str, created: int) -> dict[str, Any]:
    """An element of `/images/json`."""
    return {
        "Containers": -1,
        "Created": created // moments.SECOND,
        "Id": image_id(reference),
        "Labels": {},
        "ParentId": "",
        "RepoDigests": [],
        "RepoTags": [tagged(reference)],
        "SharedSize": -1,
        "Size": 0,
    }


def image_inspected(reference: str, created: int) -> dict[str, Any]:
    """The answer of `/images/{name}/json`."""
    return {
        "Id": image_id(reference),
        "RepoTags": [tagged(reference)],
        "RepoDigests": [],
        "Parent": "",
        "Comment": "",
        "Created": moments.rfc3339(created),
        "Author": "",
        "Architecture": "amd64",
        "Os": "linux",
        "Size": 0,
        "Config": {"Labels": {}},
        "RootFS": {"Type": "layers"},
    }


def tagged(reference: str) -> str:
    """The reference with a tag: `latest` where it has none."""
    return reference if ":" in reference.rpartition("/")[2] else f"{reference}:latest"


def _state(container: Container) -> dict[str, Any]:
    state = container.state
    return {
        "Status": state.status,
        "Running": container.running,
        "Paused": False,
        "Restarting": state.status == RESTARTING,
        "OOMKilled": False,
        "Dead": False,
        "Pid": state.pid,
        "ExitCode": state.exit_code,
        "Error": state.error,
        "StartedAt": moments.rfc3339(state.started),
        "FinishedAt": moments.rfc3339(state.finished),
        **({"Health": container.health.document()} if container.health else {}),
    }


def _config(container: Container) -> dict[str, Any]:
    spec = container.spec
    return {
        "Hostname": container.id[:12],
        "Domainname": "",
        "User": "",
        "AttachStdin": False,
        "AttachStdout": False,
        "AttachStderr": False,
        "Tty": False,
        "OpenStdin": False,
        "StdinOnce": False,
        "Env": [f"{name}={value}" for name, value in container.told_environment.items()],
        "Cmd": list(_told(spec)),
        "Image": spec.image,
        "Volumes": None,
        "WorkingDir": spec.folder,
        "Entrypoint": None,
        "OnBuild": None,
        "Labels": dict(spec.labels),
        **({"ExposedPorts": {_key(port): {} for port in spec.ports}} if spec.ports else {}),
        **({"Healthcheck": _healthcheck(spec.health)} if spec.health else {}),
    }


def _healthcheck(check: HealthCheck) -> dict[str, Any]:
    test = ["CMD", *check.command] if check.command else ["CMD-SHELL", f"GET :{check.port}{check.path}"]
    return {
        "Test": test,
        "Interval": int(check.interval * moments.SECOND),
        "Timeout": int(check.timeout * moments.SECOND),
        "Retries": check.retries,
        **({"StartPeriod": int(check.start_period * moments.SECOND)} if check.start_period else {}),
    }


def _host_config(container: Container) -> dict[str, Any]:
    spec = container.spec
    return {
        "NetworkMode": spec.networks[0],
        "PortBindings": _bindings(container),
        "RestartPolicy": {"Name": spec.restart.value, "MaximumRetryCount": 0},
        "AutoRemove": False,
        "Privileged": False,
        "PublishAllPorts": False,
        "LogConfig": {"Type": "json-file", "Config": {}},
    }


def _network_settings(container: Container, addresses: Addresses) -> dict[str, Any]:
    exposed: Mapping[str, Any] = {_key(port): None for port in container.spec.ports}
    endpoints = _endpoints(container, addresses)
    first = endpoints.get("bridge", {})
    return {
        "Bridge": "",
        "Ports": {**exposed, **_bindings(container)} if container.attached else {},
        "IPAddress": first.get("IPAddress", ""),
        "Gateway": first.get("Gateway", ""),
        "MacAddress": first.get("MacAddress", ""),
        "Networks": endpoints,
    }


def _endpoints(container: Container, addresses: Addresses) -> dict[str, Any]:
    address = container.address if container.attached else ""
    return {
        name: network.endpoint(container.id, address, addresses.gateway) for name, network in container.networks.items()
    }


def _bindings(container: Container) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for one in container.spec.published:
        found.setdefault(_key(one.private), []).append({"HostIp": one.ip, "HostPort": str(one.public)})
    return found


def _listed_ports(container: Container) -> Iterable[dict[str, Any]]:
    spec = container.spec
    if not container.attached or spec.networks[0] == HOST:
        return
    published = {one.private for one in spec.published}
    for port in spec.ports:
        if port not in published:
            yield {"PrivatePort": port, "Type": "tcp"}
    for one in spec.published:
        yield {"IP": one.ip, "PrivatePort": one.private, "PublicPort": one.public, "Type": "tcp"}


def _member(container: Container, network: Network) -> dict[str, str]:
    endpoint = network.endpoint(container.id, container.address, "")
    prefix = f"/{endpoint['IPPrefixLen']}" if endpoint["IPAddress"] else ""
    return {
        "Name": container.spec.name,
        "EndpointID": endpoint["EndpointID"],
        "MacAddress": endpoint["MacAddress"],
        "IPv4Address": f"{endpoint['IPAddress']}{prefix}",
        "IPv6Address": "",
    }


def _told(spec: ContainerSpec) -> tuple[str, ...]:
    return spec.told or spec.command


def _command_line(words: Iterable[str]) -> str:
    """The command as the listing shows it: words with a space or a quote are quoted."""
    quoted = (
        "'" + word.replace("'", "'\\''") + "'" if any(c in word for c in _SHELL_UNSAFE) else word for word in words
    )
    return " ".join(quoted)


def _key(port: int) -> str:
    return f"{port}/tcp"


STATUSES: Final = (CREATED, RESTARTING, RUNNING, "removing", "paused", EXITED, "dead")

"""What a container is, before it runs: given by the demo or read from a JSON file."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Final

_NAME: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_HIGHEST_PORT: Final = 65535
_LISTS: Final = ("command", "told", "networks", "ports", "published", "mounts")


class SpecError(ValueError):
    """A container's description is wrong; names the container and the field."""


class Restart(StrEnum):
    """When a process that ended by itself is started again, in Docker's words."""

    NO = "no"
    ON_FAILURE = "on-failure"
    ALWAYS = "always"
    UNLESS_STOPPED = "unless-stopped"


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """What decides `healthy`: a GET to the container's address that gives 2xx or 3xx, or a command that gives 0.

    `interval`, `timeout` and `start_period` are seconds; failures within the start period do not count.
    """

    port: int = 0
    path: str = "/"
    command: tuple[str, ...] = ()
    interval: float = 30.0
    timeout: float = 30.0
    retries: int = 3
    start_period: float = 0.0

    def __post_init__(self) -> None:
        if bool(self.port) == bool(self.command):
            raise SpecError("a health check has either a port or a command")
        if min(self.interval, self.timeout, self.retries) <= 0:
            raise SpecError("a health check's interval, timeout and retries are more than 0")
        if not self.path.startswith("/"):
            raise SpecError("a health check's path begins with /")


@dataclass(frozen=True, slots=True)
class Published:
    """A port that is told as published; the container's own program has to listen there."""

    public: int
    private: int
    ip: str = "127.0.0.1"

    def __post_init__(self) -> None:
        if not (_is_port(self.public) and _is_port(self.private) and _is_loopback(self.ip)):
            raise SpecError("a published port has two ports and a loopback address")


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """One container.

    The command runs as a local process with `environment`, PATH and CONTAINER_ADDRESS: the loopback address that it is
    expected to listen on, the engine's choice from 127.0.0.0/8 where `address` is empty (127.0.0.1 in the network
    `host`). `ports` are those an image would EXPOSE; Traefik takes the lowest unless a label names one. The first of
    `networks` is the container's NetworkMode. `folder` is the working directory; `mounts` are files and folders of this
    machine that are told as mounted, though the process finds all of them. `stop_timeout` is seconds between SIGTERM
    and SIGKILL. What is not `started` with the engine is "created" until it is asked for.

    Nobody is told where the programs are on this machine, which an image would not know: `told` stands for the command
    where that names such a place, and `beside`, like PATH, is the part of the environment that is not told.
    """

    name: str
    image: str
    command: tuple[str, ...]
    told: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    networks: tuple[str, ...] = ("bridge",)
    address: str = ""
    ports: tuple[int, ...] = ()
    published: tuple[Published, ...] = ()
    health: HealthCheck | None = None
    restart: Restart = Restart.NO
    folder: str = "/"
    mounts: tuple[str, ...] = ()
    stop_timeout: float = 10.0
    started: bool = True

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise SpecError("a container's name has letters, digits, _, . and -, and at least two of them")
        if not self.command or not self.image or not self.networks:
            raise SpecError(f"container {self.name} needs an image, a command and a network")
        if self.address and not _is_loopback(self.address):
            raise SpecError(f"container {self.name} may have a loopback address only")
        if not all(_is_port(port) for port in self.ports):
            raise SpecError(f"container {self.name} exposes something that is no port")
        if not all(isinstance(one, str) and one.startswith("/") for one in self.mounts):
            raise SpecError(f"the mounts of container {self.name} are absolute paths")
        texts = (*self.labels.items(), *self.environment.items(), *self.beside.items())
        if not all(isinstance(one, str) for pair in texts for one in pair):
            raise SpecError(f"the labels and the environment of container {self.name} are texts")


def read_specs(text: str) -> tuple[ContainerSpec, ...]:
    """Containers from a JSON list of objects with the fields of ContainerSpec; SpecError when it is none."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SpecError(f"the file of containers is no JSON: {error}") from error
    if not isinstance(document, list):
        raise SpecError("the file of containers is no list")
    return tuple(_read(item) for item in document)


def _read(item: object) -> ContainerSpec:
    values = _known(item, ContainerSpec)
    if wrong := [name for name in _LISTS if not isinstance(values.get(name, ()), tuple)]:
        raise SpecError(f"{wrong[0]} of a container is a list")
    if values.get("health") is not None:
        values["health"] = _make(HealthCheck, _known(values["health"], HealthCheck))
    if "published" in values:
        values["published"] = tuple(_make(Published, _known(one, Published)) for one in values["published"])
    if "restart" in values:
        values["restart"] = _make(Restart, {"value": values["restart"]})
    made: ContainerSpec = _make(ContainerSpec, values)
    return made


def _known(item: object, kind: type) -> dict[str, Any]:
    """The object's fields, lists as tuples; SpecError for one that does not exist, as it would go unnoticed."""
    if not isinstance(item, dict):
        raise SpecError(f"a {kind.__name__} is no object")
    names = {one.name for one in fields(kind)}
    if unknown := sorted(set(item) - names):
        raise SpecError(f"a {kind.__name__} has no field {unknown[0]!r}")
    return {key: tuple(value) if isinstance(value, list) else value for key, value in item.items()}


def _make(kind: type, values: Mapping[str, Any]) -> Any:  # noqa: ANN401  an instance of `kind`
    try:
        return kind(**values)
    except SpecError:
        raise
    except (TypeError, ValueError) as error:
        raise SpecError(f"a {kind.__name__} has a field that is missing or of the wrong type: {error}") from error


def _is_port(value: object) -> bool:
    return isinstance(value, int) and 0 < value <= _HIGHEST_PORT


def _is_loopback(text: str) -> bool:
    try:
        return ipaddress.IPv4Address(text).is_loopback
    except ValueError:
        return False

"""Starts and ends containers over the docker SDK."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from specter_tui.core.actions.ports import ContainerFacts
from specter_tui.core.errors import NotFoundError
from specter_tui.core.model import ContainerHealth
from specter_tui.core.text import visible

if TYPE_CHECKING:
    from docker import APIClient

T = TypeVar("T")
_GRACE: Final = 10  # seconds: the engine's own default (docker stop --help)
_NAME_LIMIT: Final = 80


class Engine(Protocol):
    """A connection to one engine, which raises SourceError when it does not answer."""

    def asked(self, ask: Callable[[APIClient], T]) -> T:
        """What `ask` gets out of it; runs in a thread."""
        ...

    async def within_deadline(self, call: Callable[[], T]) -> T:
        """The result of a call, in time."""
        ...


class DockerControl:
    """`core.actions.ports.ContainerControl` for one engine, connected to twice.

    `quick` is for looking, `slow` for what may take as long as a container's grace period.
    """

    def __init__(self, quick: Engine, slow: Engine) -> None:
        self._quick = quick
        self._slow = slow

    async def look(self, container_id: str) -> ContainerFacts:
        """One container as it is now. Raises SourceError and NotFoundError."""
        return await _ask(self._quick, container_id, lambda client: _facts(client.inspect_container(container_id)))

    async def restart(self, container_id: str) -> None:
        """Ends it and starts it again. Raises SourceError and NotFoundError."""
        grace = (await self.look(container_id)).stop_seconds
        await _ask(self._slow, container_id, lambda client: client.restart(container_id, timeout=grace))

    async def start(self, container_id: str) -> None:
        """Starts it. Raises SourceError and NotFoundError."""
        await _ask(self._slow, container_id, lambda client: client.start(container_id))

    async def stop(self, container_id: str) -> None:
        """Ends it. Raises SourceError and NotFoundError."""
        grace = (await self.look(container_id)).stop_seconds
        await _ask(self._slow, container_id, lambda client: client.stop(container_id, timeout=grace))


class _Gone:
    """Stands for a container that is not there: an error would be taken for one of the connection."""


async def _ask(engine: Engine, container_id: str, ask: Callable[[APIClient], T]) -> T:
    def call() -> T | _Gone:
        return engine.asked(lambda client: _found(ask, client))

    found = await engine.within_deadline(call)
    if isinstance(found, _Gone):
        name = visible(container_id, _NAME_LIMIT)
        raise NotFoundError(f"there is no container {name} any more", "see specter-tui containers")
    return found


def _found(ask: Callable[[APIClient], T], client: APIClient) -> T | _Gone:
    from docker.errors import NotFound

    try:
        return ask(client)
    except NotFound:
        return _Gone()


def _facts(document: Mapping[str, Any]) -> ContainerFacts:
    state = _section(document, "State")
    health = _section(state, "Health").get("Status")
    networks = _section(_section(document, "NetworkSettings"), "Networks")
    grace = _section(document, "Config").get("StopTimeout")
    places = [_section(networks, name) for name in networks]
    return ContainerFacts(
        id=str(document.get("Id", "")),
        name=str(document.get("Name", "")).removeprefix("/"),
        state=str(state.get("Status", "")),
        health=ContainerHealth(health) if health in set(ContainerHealth) else ContainerHealth.NONE,
        started_at=str(state.get("StartedAt", "")),
        addresses=tuple(str(one["IPAddress"]) for one in places if one.get("IPAddress")),
        exit_code=code if isinstance(code := state.get("ExitCode"), int) else 0,
        stop_seconds=grace if isinstance(grace, int) and grace >= 0 else _GRACE,
    )


def _section(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, Mapping) else {}

"""What a person looks at of single containers: inspection, statistics, logs. Nothing of it is read unasked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from specter_tui.core.errors import SourceError
from specter_tui.core.logs import FollowRequest, LogBatch
from specter_tui.core.model import ContainerDetail
from specter_tui.core.settings import DockerSettings
from specter_tui.core.stats import StatsSample
from specter_tui.core.text import visible
from specter_tui.sources.docker_client import EngineClient
from specter_tui.sources.docker_decode import decode_detail
from specter_tui.sources.docker_host import DEFAULT_SOCKET
from specter_tui.sources.docker_logs import follow_logs
from specter_tui.sources.docker_stats import read_stats

if TYPE_CHECKING:
    from docker import APIClient

T = TypeVar("T")
_NAME_LIMIT: Final = 80


class DockerTools:
    """`core.ports.ContainerTools` over the docker SDK; `deadline` is seconds for one call that is no stream."""

    def __init__(
        self,
        settings: DockerSettings,
        deadline: float = 8.0,
        *,
        environment: Mapping[str, str] | None = None,
        default_socket: Path = DEFAULT_SOCKET,
    ) -> None:
        self._engine = EngineClient(settings, deadline, environment=environment, default_socket=default_socket)

    async def inspect(self, container_id: str) -> ContainerDetail:
        """One container's details, secrets masked. Raises SourceError, also for a container that is gone."""
        return await self._one(container_id, lambda client: decode_detail(client.inspect_container(container_id)))

    async def sample(self, container_id: str) -> StatsSample:
        """What the container has used so far. Raises SourceError, also for a container that is gone."""
        return await self._one(container_id, lambda client: read_stats(client, container_id))

    def follow(self, request: FollowRequest) -> AsyncGenerator[LogBatch, None]:
        """The logs that are asked for, see `core.ports.ContainerTools`."""
        return follow_logs(self._engine, request)

    async def close(self) -> None:
        """Frees the connections; logs that are still followed end when they are left."""
        self._engine.close()

    async def _one(self, container_id: str, ask: Callable[[APIClient], T]) -> T:
        def call() -> T:
            return self._engine.asked(lambda client: _found(ask, client, container_id))

        return await self._engine.within_deadline(call)


def _found(ask: Callable[[APIClient], T], client: APIClient, container_id: str) -> T:
    from docker.errors import NotFound

    try:
        return ask(client)
    except NotFound as error:
        raise SourceError(f"there is no container {visible(container_id, _NAME_LIMIT)} any more") from error

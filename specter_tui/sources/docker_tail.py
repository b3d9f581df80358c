"""The end of a container's log, over the docker SDK, on a connection of its own."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from specter_tui.core.settings import DockerSettings
from specter_tui.core.traefik_log import LogTail
from specter_tui.sources.docker_client import EngineClient

if TYPE_CHECKING:
    from docker import APIClient

_MOST_BYTES: Final = 4 * 1024 * 1024


class DockerTail:
    """`core.ports.ContainerLog`; `deadline` is seconds for one read."""

    def __init__(self, settings: DockerSettings, deadline: float) -> None:
        self._engine = EngineClient(settings, deadline)

    async def read(self, container_id: str, since: datetime | None, until: datetime | None, lines: int) -> LogTail:
        """At most `lines` lines between the two times, of both streams. Raises SourceError."""
        return await self._engine.within_deadline(
            lambda: self._engine.asked(lambda client: _tail(client, container_id, since, until, lines))
        )

    async def close(self) -> None:
        """Frees the connections."""
        self._engine.close()


def _tail(client: APIClient, container_id: str, since: datetime | None, until: datetime | None, lines: int) -> LogTail:
    data = bytearray()
    left_out = False
    client.inspect_container(container_id)  # else the SDK asks only when the log is open, and never closes that
    # Taken to its end: the SDK has no way to leave a stream early that frees the connection.
    for chunk in client.logs(container_id, stream=True, follow=False, tail=lines, since=since, until=until):
        if len(data) < _MOST_BYTES:
            data += chunk
        else:
            left_out = True
    return LogTail(bytes(data), cut=left_out or data.count(b"\n") >= lines)

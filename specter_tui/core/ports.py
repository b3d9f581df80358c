"""What the core expects of the outside: Protocols that sources implement and that tests fake.

Every `read` raises `SourceError` and nothing else; cancelling it frees what it holds.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from specter_tui.core.model import AcmeRead, ContainerDetail, DockerRead, TraefikRead
from specter_tui.core.proof import ProbeAnswer, ProbeTarget


class TraefikSource(Protocol):
    """Reads Traefik's API."""

    async def read(self) -> TraefikRead:
        """The whole dynamic configuration; at most four requests."""
        ...

    async def close(self) -> None:
        """Frees the connections."""
        ...


class DockerSource(Protocol):
    """Reads the Docker Engine."""

    async def read(self) -> DockerRead:
        """All containers, by one listing call."""
        ...

    async def inspect(self, container_id: str) -> ContainerDetail:
        """One container's details, secrets masked."""
        ...

    def events(self) -> AsyncIterator[str]:
        """One item (the action's name) for each container or network event; ends when the engine goes away."""
        ...

    async def close(self) -> None:
        """Ends the event stream and frees the connections."""
        ...


class AcmeSource(Protocol):
    """Reads the configured acme.json files."""

    async def read(self) -> AcmeRead:
        """The certificates of all files."""
        ...

    def changes(self) -> AsyncIterator[str]:
        """One item (the path) for each change of a file; never ends by itself."""
        ...

    async def close(self) -> None:
        """Ends the watch."""
        ...


class ProbeSource(Protocol):
    """Sends anonymous requests to Traefik's entry points."""

    async def read(self, targets: Sequence[ProbeTarget]) -> tuple[ProbeAnswer, ...]:
        """One answer a target, in their order; a request that fails is an answer with `error` set."""
        ...

    async def close(self) -> None:
        """Frees the connections."""
        ...

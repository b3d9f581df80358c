"""What the core expects of the outside: Protocols that sources implement and that tests fake.

Every `read` raises `SourceError` and nothing else; cancelling it frees what it holds.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from specter_tui.core.dns.model import CloudflareRead
from specter_tui.core.logs import FollowRequest, LogBatch
from specter_tui.core.model import AcmeRead, Certificate, ContainerDetail, DockerRead, TraefikRead
from specter_tui.core.proof import ProbeAnswer, ProbeTarget
from specter_tui.core.serving import Handshake, HandshakeTarget
from specter_tui.core.stats import StatsSample
from specter_tui.core.traefik_log import LogRead, LogRequest, LogTail


class TraefikSource(Protocol):
    """Reads Traefik's API."""

    async def read(self) -> TraefikRead:
        """The whole dynamic configuration; at most four requests."""
        ...

    async def close(self) -> None:
        """Frees the connections."""
        ...


class HeldSource(Protocol):
    """Reads which certificates the running Traefik holds."""

    async def read(self) -> tuple[Certificate, ...]:
        """All but its own default one; SourceError before 3.7, which has no list of them."""
        ...

    async def close(self) -> None:
        """Frees the connections."""
        ...


class HandshakeSource(Protocol):
    """Looks at the certificates that are shown."""

    async def read(self, targets: Sequence[HandshakeTarget]) -> tuple[Handshake, ...]:
        """One answer a target, in their order; one that fails is an answer with `error` set."""
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


class ContainerLog(Protocol):
    """Reads the end of a container's log."""

    async def read(self, container_id: str, since: datetime | None, until: datetime | None, lines: int) -> LogTail:
        """At most `lines` lines between the two times, and no more than a few MiB."""
        ...

    async def close(self) -> None:
        """Frees the connections."""
        ...


class TraefikLogSource(Protocol):
    """Reads what Traefik logs about itself."""

    async def read(self, asked: LogRequest) -> LogRead:
        """The errors of this run; what can't be read is told in the answer, never raised."""
        ...

    async def close(self) -> None:
        """Frees what it holds."""
        ...


class ContainerTools(Protocol):
    """Looks at single containers when a person does: nothing of it is read otherwise."""

    async def inspect(self, container_id: str) -> ContainerDetail:
        """One container's details, secrets masked."""
        ...

    async def sample(self, container_id: str) -> StatsSample:
        """What the container has used so far; a rate needs two of them."""
        ...

    def follow(self, request: FollowRequest) -> AsyncGenerator[LogBatch, None]:
        """The logs that are asked for, some times a second; leave it with `contextlib.aclosing`, which ends reading.

        It ends by itself when all that was asked for is there. What goes wrong with one container is a notice in a
        batch; only a request for too many containers raises SourceError.
        """
        ...

    async def close(self) -> None:
        """Frees the connections."""
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


class CloudflareSource(Protocol):
    """Reads Cloudflare's zones and records."""

    async def read(self) -> CloudflareRead:
        """All zones that the token sees, with their records."""
        ...

    async def close(self) -> None:
        """Frees the connections."""
        ...


class ProbeSource(Protocol):
    """Sends anonymous requests to Traefik's entry points."""

    async def read(self, targets: Sequence[ProbeTarget]) -> tuple[ProbeAnswer, ...]:
        """One answer a target, in their order; a request that fails is an answer with `error` set."""
        ...

    async def forget(self) -> None:
        """Ends what was kept of earlier reads: the next one sees what is served then."""
        ...

    async def close(self) -> None:
        """Frees the connections."""
        ...

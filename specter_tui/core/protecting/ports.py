"""What changing labels needs of the outside: Protocols that adapters implement.

Each raises SourceError where something does not answer, and RefusedError where nothing was changed for a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from specter_tui.core.compose import Made, Origin
from specter_tui.core.pending import Deployed


class ComposeFiles(Protocol):
    """Trusted files."""

    def read(self, path: str) -> bytes:
        """The bytes of a file that only root or the caller can change."""
        ...

    def exists(self, path: str) -> bool:
        """Whether anything is there at all."""
        ...

    def replace(self, path: str, expected: bytes, wanted: bytes) -> None:
        """Puts `wanted` in the place of `expected`, owner and mode kept."""
        ...


class OverlayFiles(Protocol):
    """The overlay and its folder; no bytes mean that there is no file."""

    def read(self, path: str) -> bytes:
        """The bytes of a file that only root or the caller can change."""
        ...

    def put(self, path: str, expected: bytes, wanted: bytes) -> None:
        """Puts `wanted` in the place of `expected` at once, or removes the file."""
        ...

    def others(self, path: str) -> Iterable[tuple[str, bytes]]:
        """Name and content of every other file that Traefik loads with it."""
        ...


class Effective(Protocol):
    """A service as Compose reads its files."""

    @property
    def labels(self) -> Mapping[str, str]:
        """The service's labels."""
        ...

    @property
    def project(self) -> Mapping[str, object]:
        """The whole project, secrets included: to compare, never to show or keep."""
        ...


class Compose(Protocol):
    """`docker compose` for the project of a container."""

    async def version(self) -> str:
        """Its own version."""
        ...

    async def effective(self, origin: Origin) -> Effective:
        """The service as the files say now."""
        ...

    async def config_hash(self, origin: Origin) -> str:
        """The hash of the service's configuration as the files say now."""
        ...

    async def check(self, origin: Origin) -> None:
        """Fails unless the files are valid."""
        ...

    async def up(self, origin: Origin, replicas: int) -> None:
        """Makes the service's changed containers anew, and nothing else."""
        ...


class Origins(Protocol):
    """Where containers come from."""

    async def made(self, container_id: str) -> Made:
        """The telling labels of one container and of its image."""
        ...

    async def inspected(self, container_id: str) -> Deployed:
        """One container and its image, whole: to compare, never to show or keep."""
        ...


class AskedHosts(Protocol):
    """The file of asked protections. Each raises RefusedError when it can't be read or written."""

    def hosts(self) -> tuple[str, ...]:
        """Those that are to be protected."""
        ...

    def add(self, hosts: Sequence[str], via: str) -> None:
        """Remembers that these are to be protected."""
        ...

    def remove(self, hosts: Sequence[str]) -> None:
        """Forgets them."""
        ...

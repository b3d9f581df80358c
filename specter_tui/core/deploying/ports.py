"""What deploying the verify service needs of the outside: Protocols that adapters implement.

Each raises SourceError where something does not answer, and RefusedError where nothing was changed for a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from specter_tui.core.actions.ports import Tell
from specter_tui.core.deploying.facts import Context, Package, Record, SecretFacts
from specter_tui.core.deploying.work import DeployWork, NewSecret, Running


class StackCompose(Protocol):
    """`docker compose` over the stack's file of the verify service."""

    async def version(self) -> str:
        """Its own version."""
        ...

    async def document(self) -> str:
        """The files with all variables filled in, as JSON. Raises RefusedError when a variable has no value."""
        ...

    async def config_hash(self, service: str) -> str:
        """The hash of the service's configuration as the files say now."""
        ...

    async def deploy(self, service: str, tell: Tell) -> None:
        """Builds the image, makes the containers anew and waits until they are healthy; tells what Compose says."""
        ...

    async def bring_back(self, project: str, service: str, path: str) -> None:
        """Makes the containers from the document at `path` and an image that is there."""
        ...

    async def remove(self, service: str) -> None:
        """Ends and removes the service's containers."""
        ...

    async def last_words(self, service: str) -> str:
        """The last line of the service's log, masked; empty where there is none."""
        ...


class Images(Protocol):
    """The engine's images, and the containers made from them."""

    async def image_id(self, name: str) -> str:
        """What a name means; empty: nothing."""
        ...

    async def tag(self, image_id: str, name: str) -> None:
        """Gives an image a name, which another one loses."""
        ...

    async def untag(self, name: str) -> None:
        """Takes a name away, and the image with it when that was its last; one that is not there is none."""
        ...

    async def names(self, image: str) -> Mapping[str, str]:
        """All names that differ from this one in their tag alone, with the id of what each means."""
        ...

    async def has_network(self, name: str) -> bool:
        """Whether there is a network of exactly this name."""
        ...

    async def containers(self, project: str, service: str) -> tuple[Running, ...]:
        """All containers that Compose made for a service, whatever their state."""
        ...


class BuildFolder(Protocol):
    """The folder that the image is built from, and the note of what is deployed."""

    def demand_trusted(self) -> None:
        """Raises RefusedError when others could change what is in it, or in the stack's files."""
        ...

    def package(self) -> Package:
        """What this program brings along."""
        ...

    def context(self) -> Context:
        """What lies there now."""
        ...

    def wheels(self, folder: str) -> Mapping[str, str]:
        """The files of a folder with their SHA-256."""
        ...

    def is_of(self, token: str) -> bool:
        """Whether the context is already the one of this deployment."""
        ...

    def begin(self, work: DeployWork) -> str:
        """Lays a new context out beside the one that is there, with the wheels that are known; gives its folder."""
        ...

    def swap(self) -> None:
        """Puts the new context in the place of the one that is there, which stays beside it."""
        ...

    def restore(self, token: str) -> None:
        """Puts the context of before back, wherever the exchange has come to."""
        ...

    def record(self) -> Record | None:
        """The note of the last deployment; one that is not understood is none."""
        ...

    def write_record(self, record: Record | None) -> str:
        """Replaces the note (None: removes it); gives its path. It is a Compose document itself."""
        ...


class Secrets(Protocol):
    """The secret's file."""

    def look(self, path: str) -> SecretFacts:
        """What is there."""
        ...

    def make(self, secret: NewSecret) -> None:
        """Makes it of random bytes, readable by its user alone, unless it is there already."""
        ...

    def remove(self, path: str) -> None:
        """Removes it; one that is not there is none."""
        ...


class WheelFetcher(Protocol):
    """Fetches wheels for the Python of an image."""

    async def fetch(self, base_image: str, folder: str, tell: Tell) -> None:
        """Fills the context's folder of wheels, each checked against the lock. Raises SourceError."""
        ...

"""What a renewal needs of the outside: Protocols that adapters implement.

Each raises SourceError where something does not answer, and RefusedError where nothing was changed for a reason.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from specter_tui.core.renewing.orders import OrderLog
from specter_tui.core.renewing.storage import StoredEntry
from specter_tui.core.renewing.work import RenewWork, TraefikFacts


class Storage(Protocol):
    """An acme.json with its keys, which never leave it but for the copies that undo works from."""

    def look(self, path: str, owner: int) -> tuple[StoredEntry, ...]:
        """What is in it. Raises RefusedError for a file that can't be trusted, read or replaced.

        `owner` is a user that it may belong to, beside root and who calls.
        """
        ...

    def keep(self, work: RenewWork) -> str:
        """Copies the whole file, once for each token, on the disk for good; the copy's path."""
        ...

    def exchange(self, work: RenewWork) -> None:
        """Takes the entry out, and with `back` puts the other one in; nothing where that is done."""
        ...

    def put_back(self, work: RenewWork) -> None:
        """Puts the entry back out of the copy; nothing where it is there."""
        ...

    def note_new(self, work: RenewWork, digest: str) -> None:
        """Remembers which entry came in its place."""
        ...

    def noted(self, token: str) -> str:
        """The digest that was remembered; empty where none was, or it is dropped by now."""
        ...


class TraefikLook(Protocol):
    """Tells of Traefik's container what decides whether it can be stopped."""

    async def look(self, container_id: str, path: str) -> TraefikFacts:
        """The container, and all that have `path` mounted."""
        ...


class OrderLogSource(Protocol):
    """Reads what Traefik logged of its orders."""

    async def read(self, container_id: str, since: datetime) -> OrderLog:
        """What it tells since a moment, up to now; what can't be read is told in the answer, never raised."""
        ...

"""What protecting or unprotecting by labels will do, as data: it is shown, written down before it begins, and undone.

Everything is built of texts and numbers, so that a receipt can hold it and another process can finish it.
"""

from __future__ import annotations

import msgspec

from specter_tui.core.compose import Origin


class FileChange(msgspec.Struct, frozen=True):
    """One compose file; both texts whole, with line ends and byte order mark as they are."""

    path: str
    before: str
    after: str


class Service(msgspec.Struct, frozen=True):
    """One Compose service whose containers are made anew; `labels` are the names of those that change."""

    origin: Origin
    replicas: int
    labels: tuple[str, ...]


class RouterChange(msgspec.Struct, frozen=True):
    """One router: the middlewares Traefik shows for it before, and for which hosts it answers."""

    route_id: str
    hosts: tuple[str, ...]
    middlewares: tuple[str, ...]


class LabelWork(msgspec.Struct, frozen=True):
    """The whole change; `protects` is False when it opens the hosts, `asked` are those asked for before it."""

    protects: bool
    middleware: str
    files: tuple[FileChange, ...]
    services: tuple[Service, ...]
    routers: tuple[RouterChange, ...]
    asked: tuple[str, ...] = ()

    @property
    def hosts(self) -> tuple[str, ...]:
        """All hosts that it is about, sorted."""
        return tuple(sorted({host for router in self.routers for host in router.hosts}))

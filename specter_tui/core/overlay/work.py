"""What protecting or unprotecting by the overlay will do, as data that a receipt can hold."""

from __future__ import annotations

import msgspec

from specter_tui.core.overlay.document import Entry


class ShadowChange(msgspec.Struct, frozen=True):
    """One router of the overlay that comes or goes: what it stands before, and for which hosts."""

    route_id: str  # of the router behind it
    hosts: tuple[str, ...]
    entry: Entry
    guarded: bool = False  # the router behind it asks for a sign-in itself

    @property
    def shadow_id(self) -> str:
        """Its id among Traefik's routers."""
        return f"{self.entry.name}@file"


class OverlayWork(msgspec.Struct, frozen=True):
    """The whole change of one file; empty texts mean that it is not there. `asked` are those asked for before it."""

    protects: bool
    path: str
    before: str
    after: str
    routers: tuple[ShadowChange, ...]
    asked: tuple[str, ...] = ()

    @property
    def hosts(self) -> tuple[str, ...]:
        """All hosts that it is about, sorted."""
        return tuple(sorted({host for one in self.routers for host in one.hosts}))

    @property
    def opened(self) -> tuple[str, ...]:
        """The hosts that nothing of ours guards any more."""
        if self.protects:
            return ()
        return tuple(sorted({host for one in self.routers if not one.guarded for host in one.hosts}))

"""What carries a renewal out: as JSON in the plan, so without any key."""

from __future__ import annotations

from datetime import datetime

import msgspec

from specter_tui.core.actions.ports import ContainerFacts


class ServedAt(msgspec.Struct, frozen=True):
    """Where a host's certificate is looked at: Traefik's own entry point, host:port."""

    host: str
    address: str


class RenewWork(msgspec.Struct, frozen=True):
    """One entry of one acme.json; `token` names the copy of the whole file that is made before it is changed.

    With `back` the entry that the copy of that token has is put in its place; without, Traefik orders a new one.
    """

    token: str  # hexadecimal
    path: str
    resolver: str
    names: tuple[str, ...]  # lower case, sorted
    digest: str  # of the entry that is taken out, see `storage.StoredEntry`
    fingerprint: str  # of its leaf
    ends: datetime
    traefik: ContainerFacts
    owner: int  # the user that Traefik runs as: the file may be theirs
    served_at: tuple[ServedAt, ...]
    was_served: bool  # whether Traefik serves it now
    back: str = ""
    back_digest: str = ""
    back_fingerprint: str = ""


class Holder(msgspec.Struct, frozen=True):
    """A container that has the storage file, or a folder over it, mounted."""

    id: str
    name: str
    state: str
    source: str  # on this machine
    writes: bool
    direct: bool  # the file itself or the folder that it lies in is what is mounted


class TraefikFacts(msgspec.Struct, frozen=True):
    """What only the engine tells of Traefik's container."""

    container: ContainerFacts
    user: int  # 0 where it names none, or none by number
    removed_when_stopped: bool  # docker run --rm
    swarm: bool  # a task of a Swarm service, which would be replaced
    holders: tuple[Holder, ...]

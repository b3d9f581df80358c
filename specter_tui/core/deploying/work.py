"""What a deployment of the verify service does, as data: it is shown, written down before it begins, and undone.

Everything is built of texts and numbers, so that a receipt can hold it and another process can finish it.
"""

from __future__ import annotations

import msgspec


class Running(msgspec.Struct, frozen=True):
    """One container of the service; `config_hash` and `version` are what Compose wrote on it."""

    id: str
    image_id: str
    state: str  # Docker's own
    health: str  # Docker's own; empty where nothing checks it
    config_hash: str = ""
    version: str = ""

    @property
    def is_well(self) -> bool:
        """Running, and healthy where something checks it."""
        return self.state == "running" and self.health in {"healthy", ""}


class State(msgspec.Struct, frozen=True):
    """A deployed service: the image it runs, and the Compose document that it was made from.

    The document is whole, with every variable filled in, so that it needs no other file; empty: not known.
    """

    image_id: str
    document: str
    well: bool = True


class NewSecret(msgspec.Struct, frozen=True):
    """A secret that is made because there is none."""

    path: str
    user: int
    group: int


class DeployWork(msgspec.Struct, frozen=True):
    """The whole change. `image_id` empty: the image is built; else that one is taken, with `document`."""

    token: str  # of this plan alone; tells the build context of this deployment from others
    service: str
    project: str
    image: str  # the name that Compose runs
    base_image: str
    document: str  # as Compose reads the files now, or what is gone back to
    before: State | None  # None: it did not run
    containers: tuple[str, ...] = ()  # ids of those that ran before
    image_before: str = ""  # id of what the image's name meant; empty: there was none
    kept: str = ""  # the name under which the image of before stays
    record_before: str = ""  # the note of the last deployment; empty: there was none
    image_id: str = ""
    secret: NewSecret | None = None
    wheels: str = ""  # the folder that was named
    reuse_wheels: bool = False  # those of the last deployment still fit
    replicas: int = 1
    turned_away: bool = False  # visitors were, before it began

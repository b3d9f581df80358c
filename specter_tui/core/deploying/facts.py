"""Everything that is looked at before a deployment is planned."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from specter_tui.core.deploying.service import VerifyService
from specter_tui.core.deploying.work import Running


class Record(msgspec.Struct, frozen=True):
    """The note of the last deployment: what was deployed, and the hash that Compose wrote on its containers."""

    image_id: str
    config_hash: str
    document: str


class SecretFacts(msgspec.Struct, frozen=True):
    """A secret's file, looked at and not read; `kind` is "file", "nothing" or "other" (a link, a folder)."""

    kind: str
    user: int = -1
    mode: int = 0  # the permission bits
    size: int = 0  # bytes


@dataclass(frozen=True, slots=True)
class Package:
    """What this program brings along for the image: the service's files and its lock file."""

    version: str
    lock: str
    digest: str  # SHA-256 of all files and their names, and of the lock
    files: int


@dataclass(frozen=True, slots=True)
class Context:
    """The folder that the image is built from, as the last deployment left it; all empty where there is none."""

    digest: str = ""  # the package's
    version: str = ""
    base_image: str = ""
    wheels: Mapping[str, str] = field(default_factory=dict)  # SHA-256 by file


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is now."""

    root: str  # the stack's folder
    document: str = field(repr=False)  # as Compose reads the files
    config_hash: str  # of it, by this Compose
    version: str  # this Compose's
    service: VerifyService
    running: tuple[Running, ...]
    image_id: str  # what the image's name means now; empty: nothing
    network: bool  # whether the network that is shared with Traefik is there
    secret: SecretFacts
    package: Package
    context: Context
    record: Record | None = None
    wheels_folder: str = ""  # that was named
    wheels: Mapping[str, str] = field(default_factory=dict)  # of it
    user: int = 0  # who acts

    @property
    def fingerprint(self) -> str:
        """Another one when something that the plan was made from is another."""
        told = [
            self.document,
            sorted((one.id, one.image_id) for one in self.running),
            self.image_id,
            self.network,
            msgspec.to_builtins(self.secret),
            self.package.digest,
            [self.context.digest, self.context.base_image, sorted(self.context.wheels.items())],
            msgspec.to_builtins(self.record),
            [self.wheels_folder, sorted(self.wheels.items())],
        ]
        return hashlib.sha256(msgspec.json.encode(told)).hexdigest()

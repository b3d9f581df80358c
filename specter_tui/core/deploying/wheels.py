"""Whether a folder of wheels holds what the lock file names and nothing else: by hash, whatever files are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from specter_tui.core.errors import RefusedError
from specter_tui.core.text import visible

_PIN: Final = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?P<marker>\s*;[^\\]*)?", re.MULTILINE)
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_SHOWN: Final = 120


class Pin(NamedTuple):
    """One package of a lock file; with a condition it is not needed on every machine."""

    name: str
    version: str
    hashes: frozenset[str]
    conditional: bool


def read_lock(text: str) -> tuple[Pin, ...]:
    """The packages of a file that pip takes with --require-hashes."""
    found = list(_PIN.finditer(text))
    ends = [one.start() for one in found[1:]] + [len(text)]
    return tuple(
        Pin(one["name"], one["version"], frozenset(_HASH.findall(text[one.end() : end])), one["marker"] is not None)
        for one, end in zip(found, ends, strict=True)
    )


def check_wheels(folder: str, files: Mapping[str, str], lock: str) -> None:
    """Raises RefusedError for a file whose SHA-256 the lock does not name, and for a package without a file."""
    pins = read_lock(lock)
    known = frozenset[str]().union(*(one.hashes for one in pins))
    shown = visible(folder, _SHOWN)
    for name, digest in sorted(files.items()):
        if digest not in known:
            raise RefusedError(
                f"{shown}/{visible(name, _SHOWN)} is not what requirements-verify.lock names "
                f"(its SHA-256 is {digest[:12]}...)",
                "fetch it again with pip download --require-hashes, or leave --wheels out",
            )
    have = frozenset(files.values())
    lacking = [f"{one.name} {one.version}" for one in pins if not one.conditional and not one.hashes & have]
    if lacking:
        raise RefusedError(
            f"{shown} lacks {', '.join(lacking[:3])}{f' and {len(lacking) - 3} more' if len(lacking) > 3 else ''}",  # noqa: PLR2004  as many as are named
            "fill it with pip download --require-hashes --requirement requirements-verify.lock",
        )

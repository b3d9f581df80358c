"""Traefik's version numbers, as far as they decide anything."""

from __future__ import annotations

import re
from typing import Final

_NUMBERS: Final = re.compile(r"v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?", re.ASCII)


def numbers(version: str) -> tuple[int, int, int] | None:
    """Major, minor and patch; None when the text is no version. A pre-release counts as its release."""
    match = _NUMBERS.match(version)
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else None


def at_least(version: str, wanted: str) -> bool:
    """Whether `version` is `wanted` or newer; an unknown version counts as the newest."""
    have, need = numbers(version), numbers(wanted)
    return have is None or need is None or have >= need

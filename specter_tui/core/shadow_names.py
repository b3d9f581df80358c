"""The names of the overlay's routers: ours alone, and of characters that mean nothing to anybody."""

from __future__ import annotations

import hashlib
import re
from typing import Final

PROVIDER: Final = "@file"
_PREFIX: Final = "specter-"
_OTHERS: Final = re.compile(r"[^A-Za-z0-9]+")
_LONGEST: Final = 60
_AUTH: Final = re.compile(rf"{_PREFIX}verify-[0-9a-f]{{12}}{PROVIDER}")
_OURS: Final = re.compile(rf"{_PREFIX}(?:[A-Za-z0-9-]*-)?[0-9a-f]{{12}}")


def shadow_name(route_id: str) -> str:
    """The name, without provider, of the router that stands before this one; the same for the same id."""
    plain = _OTHERS.sub("-", route_id)[:_LONGEST].strip("-")
    return "-".join(one for one in (f"{_PREFIX}{plain}".rstrip("-"), digest(route_id)) if one)


def shadow_id(route_id: str) -> str:
    """Its id among Traefik's routers."""
    return f"{shadow_name(route_id)}{PROVIDER}"


def auth_name(definition: str) -> str:
    """The name of the forwardAuth with this definition, so that another definition never takes its place."""
    return f"{_PREFIX}verify-{digest(definition)}"


def is_shadow(route_id: str) -> bool:
    """Whether a router has a name that only the overlay gives."""
    name, provider, rest = route_id.rpartition(PROVIDER)
    return bool(provider) and not rest and _OURS.fullmatch(name) is not None


def is_shadow_auth(name: str) -> bool:
    """Whether a middleware has a name that only the overlay gives."""
    return _AUTH.fullmatch(name) is not None


def digest(text: str) -> str:
    """Twelve hexadecimal digits that stand for a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]

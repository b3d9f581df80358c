"""Which of Traefik's two rule syntaxes a router is read with, and what its version adds to it."""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

Syntax = Literal["v2", "v3"]

_VERSION: Final = re.compile(r"v?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?", re.ASCII)
_WILDCARD_HOSTS_SINCE: Final = (3, 7, 0)
_ANY_HOST_SINCE: Final = (3, 7, 7)
_FIRST_V3: Final = (3, 0, 0)


# A NamedTuple, since it is part of the key of the rule cache: its hash costs a tenth of a dataclass's.
class Dialect(NamedTuple):
    """A rule syntax, and whether `*.example.com` and a bare `*` mean more than themselves in Host()."""

    syntax: Syntax = "v3"
    wildcard_hosts: bool = True
    any_host: bool = True


def dialect_for(version: str, rule_syntax: str = "", default_rule_syntax: str = "") -> Dialect:
    """The dialect of a router: 2.x knows v2 only; 3.x takes the router's ruleSyntax, else the instance's, else v3.

    A version that can't be read counts as the newest.
    """
    number = _number(version)
    if number is not None and number < _FIRST_V3:
        return Dialect("v2", wildcard_hosts=False, any_host=False)
    chosen = rule_syntax if rule_syntax not in {"", "default"} else default_rule_syntax
    if chosen == "v2":
        return Dialect("v2", wildcard_hosts=False, any_host=False)
    return Dialect(
        "v3",
        wildcard_hosts=number is None or number >= _WILDCARD_HOSTS_SINCE,
        any_host=number is None or number >= _ANY_HOST_SINCE,
    )


def _number(version: str) -> tuple[int, int, int] | None:
    found = _VERSION.match(version.strip())
    if found is None:
        return None
    return int(found[1]), int(found[2] or 0), int(found[3] or 0)

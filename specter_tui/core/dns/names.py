"""Host names as DNS compares them: lower case, ASCII, without the last dot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final

LONGEST: Final = 253  # characters of a whole name without its last dot (RFC 1035, 2.3.4: 255 octets on the wire)
_LONGEST_LABEL: Final = 63
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")


def canonical(name: str) -> str:
    """The name as records are compared; other scripts in their ASCII form where they have one."""
    text = name.strip().rstrip(".").lower()
    if text.isascii():
        return text
    try:
        return text.encode("idna").decode("ascii")
    except UnicodeError:  # a label that is too long or that IDNA 2003 forbids: no name, but still something to show
        return text


def is_host_name(name: str) -> bool:
    """Whether a record can stand under this name: not an address, no wildcard, and within DNS's limits."""
    if not name or len(name) > LONGEST or is_address(name):
        return False
    return all(len(label) <= _LONGEST_LABEL and _LABEL.fullmatch(label) for label in name.split("."))


def is_address(text: str) -> bool:
    """Whether it is an IPv4 or IPv6 address."""
    return normal_address(text) != ""


def normal_address(text: str) -> str:
    """The address in its one canonical spelling; empty when it is none."""
    try:
        return str(ip_address(text.strip().strip("[]")))
    except ValueError:
        return ""


def parents(name: str) -> Iterator[str]:
    """The names above a name, the nearest first: of `a.b.org` those are `b.org` and `org`."""
    while "." in name:
        name = name.partition(".")[2]
        yield name

"""Whom a sign-in request comes from, for LOGIN_RATE."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from typing import Final

_IPV6_CUSTOMER: Final = 64  # bits; whoever has one address of such a network has them all


def client_address(peer: str | None, forwarded_for: Sequence[str], trusted: Callable[[str | None], bool]) -> str:
    """The last address that no trusted proxy vouches for, in one spelling each.

    Read from the right, because a client can send whatever it likes on the left. What is no address ends the walk.
    """
    found = (peer or "").partition("%")[0]
    for hop in reversed(",".join(forwarded_for).split(",")):
        address = hop.strip().partition("%")[0]
        if not trusted(found) or not _canonical(address):
            break
        found = address
    return _canonical(found) or "unknown"


def _canonical(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, _IPV6_CUSTOMER), strict=False).network_address) + "/64"
    return str(address)

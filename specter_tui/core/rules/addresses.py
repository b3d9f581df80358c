"""Client addresses of a ClientIP matcher, read as Go's net package reads them."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Final

from specter_tui.core.text import visible

_SHOWN: Final = 60
_MAPPED_BITS: Final = 96  # the prefix of IPv4 addresses that are written as IPv6

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """The networks of addresses and CIDR ranges; raises `ValueError`."""
    return tuple(_network(text) for text in texts)


def contains(allowed: tuple[Network, ...], address: str) -> bool:
    """Whether an address lies in one of the networks; what is no address lies in none."""
    try:
        parsed = _plain(ipaddress.ip_address(address))
    except ValueError:
        return False
    return any(parsed in network for network in allowed)


def _network(text: str) -> Network:
    _, slash, bits = text.partition("/")
    # Go knows neither zones here nor masks written as addresses.
    if "%" in text or (slash and not (bits.isascii() and bits.isdigit())):
        raise ValueError(f"invalid address or range: {visible(text, _SHOWN)}")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"invalid address or range: {visible(text, _SHOWN)}") from None
    start = network.network_address
    mapped = start.ipv4_mapped if isinstance(start, ipaddress.IPv6Address) else None
    if mapped is None or network.prefixlen < _MAPPED_BITS:
        return network
    return ipaddress.IPv4Network((mapped, network.prefixlen - _MAPPED_BITS))


def _plain(address: _Address) -> _Address:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address

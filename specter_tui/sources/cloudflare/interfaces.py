"""The machine's own public addresses, from what the kernel lists in /proc/net (Linux)."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc/net")
_TEMPORARY: Final = 0x01 | 0x20 | 0x08 | 0x40  # IFA_F_TEMPORARY, DEPRECATED, DADFAILED, TENTATIVE (if_addr.h)
_HEX_DIGITS: Final = 32
_FLAGS: Final = 4  # which column


def public_addresses(proc: Path = _PROC) -> tuple[str, ...]:
    """The global unicast addresses of all interfaces, IPv4 first; none where the kernel does not tell."""
    found: list[IPv4Address | IPv6Address] = [*_v4(_lines(proc / "fib_trie")), *_v6(_lines(proc / "if_inet6"))]
    return tuple(dict.fromkeys(str(one) for one in found if one.is_global and not one.is_multicast))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []


def _v4(lines: list[str]) -> Iterator[IPv4Address]:
    """Each local address is a leaf `|-- 192.0.2.1` with `/32 host LOCAL` below it."""
    leaf = ""
    for line in lines:
        text = line.strip()
        if text.startswith("|--"):
            leaf = text.removeprefix("|--").strip()
        elif text == "/32 host LOCAL" and leaf:
            try:
                yield IPv4Address(leaf)
            except ValueError:
                continue


def _v6(lines: list[str]) -> Iterator[IPv6Address]:
    """Lines of address, interface, prefix, scope, flags, name; addresses that come and go are left out."""
    for line in lines:
        columns = line.split()
        if len(columns) <= _FLAGS or len(columns[0]) != _HEX_DIGITS:
            continue
        try:
            address = ip_address(bytes.fromhex(columns[0]))
            flags = int(columns[_FLAGS], 16)
        except ValueError:
            continue
        if isinstance(address, IPv6Address) and not flags & _TEMPORARY:
            yield address

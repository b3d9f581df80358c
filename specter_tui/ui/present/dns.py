"""How a host's records read."""

from __future__ import annotations

from typing import Final

from specter_tui.core.dns.model import HostDns, Record
from specter_tui.core.text import visible
from specter_tui.ui.present.base import Line, Piece, Role, outside

_MOST: Final = 3
_SHOWN: Final = 80


def record_text(record: Record) -> str:
    """`A 203.0.113.10, proxied`."""
    text = f"{visible(record.type, 20)} {visible(record.content, _SHOWN)}"
    return f"{text}, proxied" if record.proxied else text


def host_target(dns: HostDns | None) -> Line:
    """The records that answer for a host, aliases first."""
    if dns is None or not dns.records:
        return (Piece("-", Role.MUTED),)
    shown = " > ".join(record_text(record) for record in dns.records[:_MOST])
    more = len(dns.records) - _MOST
    return (outside(f"{shown} and {more} more" if more > 0 else shown, limit=200),)


def why(dns: HostDns | None) -> Line:
    """Why the verdict is not ok; empty when it is."""
    return (outside(dns.reason if dns else "", limit=200),)

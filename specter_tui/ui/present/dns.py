"""How a host's records read."""

from __future__ import annotations

from typing import Final

from specter_tui.core.dns.mending import Mending, mending
from specter_tui.core.dns.model import HostDns, Record
from specter_tui.core.dns.plan import RecordChange
from specter_tui.core.snapshot import Snapshot
from specter_tui.core.text import visible
from specter_tui.ui.present.base import Line, Piece, Role, outside
from specter_tui.ui.present.remember import of_the_same_parts

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


def _parts(snapshot: Snapshot) -> tuple[object, ...]:
    return (snapshot.routes, snapshot.cloudflare)


@of_the_same_parts(_parts)
def mending_of(snapshot: Snapshot) -> Mending:
    """The plan for all hosts, worked out once for the same routes and records."""
    return mending(snapshot)


def plan_words(change: RecordChange | None, left: str) -> Line:
    """`create A 203.0.113.10`, `correct to 203.0.113.10`, `left: 2 records have this name`; empty for nothing to do."""
    if change is None:
        return (outside(f"left: {left}", Role.OFF, 400),) if left else ()
    content = visible(change.after.content, _SHOWN)
    if change.before is None:
        return (outside(f"create {record_text(change.after)}"),)
    if change.adopted:
        return (outside(f"adopt, to {content}", Role.WARN),)
    return (outside(f"correct to {content}"),)

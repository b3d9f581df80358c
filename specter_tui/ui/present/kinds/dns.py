"""The DNS board: for every routed host whether its records bring visitors here, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from specter_tui.core.dns.addresses import OwnAddresses
from specter_tui.core.dns.model import DnsState, HostDns, Record
from specter_tui.core.dns.owners import is_ours
from specter_tui.core.findings.model import SubjectKind
from specter_tui.core.snapshot import Snapshot, SourceName
from specter_tui.ui.present import sections
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role, joined, outside, plain
from specter_tui.ui.present.dns import host_target
from specter_tui.ui.present.kinds.dimming import dims
from specter_tui.ui.present.raw import raw_json
from specter_tui.ui.present.references import to_routes
from specter_tui.ui.present.resource import Column, Reference, Resource, text_column
from specter_tui.ui.present.sections import BLANK, fact, heading
from specter_tui.ui.present.states import DNS, dns_words, sign
from specter_tui.ui.present.welcome import source_page

_ORDER: Final = {
    DnsState.MISSING: 0,
    DnsState.WRONG_TARGET: 1,
    DnsState.UNKNOWN: 2,
    DnsState.OK: 4,
    DnsState.PROXIED: 4,
}
_FLAGGED: Final = 3  # right, and something else of it is not


def _rank(one: HostDns) -> int:
    rank = _ORDER[one.state]
    return _FLAGGED if rank > _FLAGGED and one.reason else rank


def _words(one: HostDns, glyphs: Glyphs) -> Line:
    return dns_words(one, glyphs)[1:]


COLUMNS: Final[tuple[Column[HostDns], ...]] = (
    Column(
        "state", "", lambda one, glyphs: dns_words(one, glyphs)[:1], lambda one: (_rank(one), one.host), 1, 1, gap=1
    ),
    text_column("host", "HOST", lambda one: one.host, 50, 20),
    Column("word", "DNS", _words, lambda one: (_rank(one), one.host), 28, 12),
    text_column("target", "LEADS TO", lambda one: plain(host_target(one)), 44, 12, drop=2),
    text_column("why", "WHY", lambda one: one.reason, 60, 10, drop=1, role=Role.MUTED),
)


def _items(snapshot: Snapshot) -> tuple[HostDns, ...]:
    return tuple(host.dns for host in snapshot.hosts if host.dns is not None)


def _detail(one: HostDns, snapshot: Snapshot, glyphs: Glyphs) -> Iterator[Line]:
    yield (outside(one.host, Role.STRONG), Piece("   "), *dns_words(one, glyphs))
    yield BLANK
    yield from sections.findings(sections.about(snapshot, {SubjectKind.HOST: {one.host}}), glyphs)
    if one.reason:
        yield fact("why", outside(one.reason, limit=400))
    yield heading("records")
    for record in one.records:
        yield from _record(record)
    if not one.records:
        yield (Piece("  none", Role.MUTED),)
    zones = snapshot.cloudflare.zones if snapshot.cloudflare else ()
    zone = next((zone for zone in zones if zone.id == one.zone_id), None)
    if zone is not None:
        ours = snapshot.own_addresses.get(zone.id, OwnAddresses())
        yield heading("zone")
        yield fact("name", outside(zone.name))
        yield fact("status", outside(f"{zone.status}, paused" if zone.paused else zone.status))
        yield fact("SSL", outside(zone.ssl) if zone.ssl else Piece("not known", Role.OFF))
        known = ", ".join((*ours.v4, *ours.v6)) or "not known: set cloudflare.expected_ips"
        yield fact("we are", outside(f"{known} (assumed from the zone's own record)" if ours.assumed else known))
    yield heading("routes")
    yield from sections.routes([route for route in snapshot.routes if one.host in route.hosts], glyphs)


def _record(record: Record) -> Iterator[Line]:
    how = "proxied" if record.proxied else "not proxied"
    owner = "ours" if is_ours(record) else "no marker of ours"
    ttl = "ttl automatic" if record.ttl == 1 else f"ttl {record.ttl} s"
    yield (Piece("  "), outside(f"{record.type} {record.name} {record.content}", limit=300))
    yield (Piece("    "), outside(f"{how}, {ttl}, {owner}", Role.MUTED))
    if record.comment:
        yield (Piece("    "), outside(record.comment, Role.MUTED))


def _counts(snapshot: Snapshot, glyphs: Glyphs) -> Line:
    verdicts = _items(snapshot)
    counts = Counter(one.state for one in verdicts)
    parts = [Piece(str(len(verdicts)))]
    for state, (name, role, word) in DNS.items():
        if counts[state]:
            parts.append(Piece(f"{sign((name, role), glyphs).text} {counts[state]} {word}", role))
    return joined(parts, Piece("  "))


def _related(one: HostDns, snapshot: Snapshot) -> Sequence[Reference]:
    return tuple(to_routes((route for route in snapshot.routes if one.host in route.hosts), "serves it"))


DNS_BOARD: Final[Resource[HostDns]] = Resource(
    id="dns",
    title="DNS",
    noun="host",
    columns=COLUMNS,
    search={
        "host": lambda one: one.host,
        "state": lambda one: f"{one.state} {DNS[one.state][2]}",
        "flag": lambda one: " ".join(one.flags).replace("_", " "),
        "record": lambda one: " ".join(f"{record.type} {record.content}" for record in one.records),
    },
    items=_items,
    key=lambda one: one.host,
    name=lambda one: one.host,
    detail=_detail,
    raw=lambda one: raw_json(dns=one),
    related=_related,
    counts=_counts,
    empty=lambda snapshot, _proposal, glyphs: source_page(snapshot, SourceName.CLOUDFLARE, "record", glyphs),
    gone="is no longer a routed host",
    sort="state",
    dimmed=dims(COLUMNS, SourceName.CLOUDFLARE),
)

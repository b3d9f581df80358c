"""The DNS board: for every routed host whether its records bring visitors here, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from specter_tui.core.actions.model import Change
from specter_tui.core.dns.addresses import OwnAddresses
from specter_tui.core.dns.model import DnsState, HostDns, Record
from specter_tui.core.dns.owners import is_ours
from specter_tui.core.dns.plan import RecordChange
from specter_tui.core.dns.work import shown
from specter_tui.core.findings.model import SubjectKind
from specter_tui.core.snapshot import Snapshot, SourceName
from specter_tui.ui.present import sections
from specter_tui.ui.present.base import TEXT_LIMIT, UNICODE, Glyphs, Line, Piece, Role, joined, outside, plain
from specter_tui.ui.present.dns import host_target, mending_of, plan_words
from specter_tui.ui.present.kinds.dimming import dims
from specter_tui.ui.present.plan import diff_lines
from specter_tui.ui.present.raw import raw_json
from specter_tui.ui.present.references import to_routes
from specter_tui.ui.present.resource import Column, Reference, Resource, SortKey, text_column, text_width
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


class DnsRow(NamedTuple):
    """The verdict on a host, and what the plan says of it: a change, or why it is left alone."""

    dns: HostDns
    change: RecordChange | None = None
    left: str = ""


def _rank(row: DnsRow) -> int:
    rank = _ORDER[row.dns.state]
    return _FLAGGED if rank > _FLAGGED and row.dns.reason else rank


def _by_rank(row: DnsRow) -> SortKey:
    return (_rank(row), row.dns.host)


def _words(row: DnsRow, glyphs: Glyphs) -> Line:
    return dns_words(row.dns, glyphs)[1:]


def _word(row: DnsRow, glyphs: Glyphs) -> Line:
    return tuple(Piece(text.lstrip(), role) for text, role in _words(row, glyphs))


def _plan(row: DnsRow, _glyphs: Glyphs) -> Line:
    return plan_words(row.change, row.left) or (Piece("-", Role.MUTED),)


def _plan_text(row: DnsRow) -> str:
    return plain(plan_words(row.change, row.left))


# What is to be done goes last: on a narrow screen it says more than where a wrong record leads.
COLUMNS: Final[tuple[Column[DnsRow], ...]] = (
    Column("state", "", lambda row, glyphs: dns_words(row.dns, glyphs)[:1], _by_rank, 1, 1, gap=1),
    text_column("host", "HOST", lambda row: row.dns.host, 50, 20),
    Column("word", "DNS", _word, _by_rank, 28, 9, measure=lambda row: text_width(plain(_word(row, UNICODE)))),
    text_column("target", "LEADS TO", lambda row: plain(host_target(row.dns)), 44, 24, drop=2),
    Column(
        "plan",
        "PLAN",
        _plan,
        lambda row: (_plan_text(row).casefold(), row.dns.host),
        44,
        22,
        drop=3,
        measure=lambda row: text_width(_plan_text(row)),
    ),
    text_column("why", "WHY", lambda row: row.dns.reason, 60, 10, drop=1, role=Role.MUTED),
)


def _items(snapshot: Snapshot) -> tuple[DnsRow, ...]:
    plan = mending_of(snapshot)
    return tuple(
        DnsRow(host.dns, plan.change(host.name), plan.why_left(host.name))
        for host in snapshot.hosts
        if host.dns is not None
    )


def _detail(row: DnsRow, snapshot: Snapshot, glyphs: Glyphs) -> Iterator[Line]:
    one = row.dns
    yield (outside(one.host, Role.STRONG), Piece("   "), *dns_words(one, glyphs))
    yield BLANK
    yield from sections.findings(sections.about(snapshot, {SubjectKind.HOST: {one.host}}), glyphs)
    if one.reason:
        yield fact("why", outside(one.reason, limit=400))
    yield from _planned(row, glyphs)
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


def _planned(row: DnsRow, glyphs: Glyphs) -> Iterator[Line]:
    """What becomes of its record, before and after; nothing where it needs nothing."""
    if row.change is None and not row.left:
        return
    yield heading("plan")
    if row.change is None:
        yield (Piece("  left alone: ", Role.OFF), outside(row.left, limit=TEXT_LIMIT))
        return
    if row.change.adopted:
        yield (Piece(f"  {glyphs.warn} not marked as ours: changed only when you choose it", Role.WARN),)
    if row.change.apex:
        yield (Piece(f"  {glyphs.warn} the zone's own name: changed only when you say so", Role.WARN),)
    before, after = shown(row.change.before), shown(row.change.after)
    yield from diff_lines(Change(f"record {row.change.after.name}", before, after), glyphs)


def _record(record: Record) -> Iterator[Line]:
    how = "proxied" if record.proxied else "not proxied"
    owner = "ours" if is_ours(record) else "no marker of ours"
    ttl = "ttl automatic" if record.ttl == 1 else f"ttl {record.ttl} s"
    yield (Piece("  "), outside(f"{record.type} {record.name} {record.content}", limit=300))
    yield (Piece("    "), outside(f"{how}, {ttl}, {owner}", Role.MUTED))
    if record.comment:
        yield (Piece("    "), outside(record.comment, Role.MUTED))


def verdict_counts(snapshot: Snapshot, glyphs: Glyphs) -> Line:
    """`8  ● 5 ok  ✖ 1 missing`: how many hosts have which verdict."""
    verdicts = [host.dns.state for host in snapshot.hosts if host.dns is not None]
    counts = Counter(verdicts)
    parts = [Piece(str(len(verdicts)))]
    for state, (name, role, word) in DNS.items():
        if counts[state]:
            parts.append(Piece(f"{sign((name, role), glyphs).text} {counts[state]} {word}", role))
    return joined(parts, Piece("  "))


def _counts(snapshot: Snapshot, glyphs: Glyphs) -> Line:
    return (*verdict_counts(snapshot, glyphs), *_plan_counts(_items(snapshot)))


def _plan_counts(rows: Sequence[DnsRow]) -> Iterator[Piece]:
    """`3 to mend, 1 left`."""
    counts = ((sum(row.change is not None for row in rows), "to mend"), (sum(bool(row.left) for row in rows), "left"))
    if words := [f"{number} {word}" for number, word in counts if number]:
        yield Piece(f"  {', '.join(words)}", Role.MUTED)


def _related(row: DnsRow, snapshot: Snapshot) -> Sequence[Reference]:
    return tuple(to_routes((route for route in snapshot.routes if row.dns.host in route.hosts), "serves it"))


DNS_BOARD: Final[Resource[DnsRow]] = Resource(
    id="dns",
    title="DNS",
    noun="host",
    columns=COLUMNS,
    search={
        "host": lambda row: row.dns.host,
        "state": lambda row: f"{row.dns.state} {DNS[row.dns.state][2]}",
        "flag": lambda row: " ".join(row.dns.flags).replace("_", " "),
        "record": lambda row: " ".join(f"{record.type} {record.content}" for record in row.dns.records),
        "plan": _plan_text,
    },
    items=_items,
    key=lambda row: row.dns.host,
    name=lambda row: row.dns.host,
    detail=_detail,
    raw=lambda row: raw_json(dns=row.dns, plan=row.change, left=row.left),
    related=_related,
    counts=_counts,
    empty=lambda snapshot, _proposal, glyphs: source_page(snapshot, SourceName.CLOUDFLARE, "record", glyphs),
    gone="is no longer a routed host",
    sort="state",
    dimmed=dims(COLUMNS, SourceName.CLOUDFLARE),
)

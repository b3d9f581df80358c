"""What `dns plan` would create and correct, decided without touching anything.

It only ever writes A, AAAA and CNAME records of routed hosts, never deletes, never changes a record's type, and never
turns Cloudflare's proxy on or off for a record that is there. Where it can't do what a host needs, it says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from specter_tui.core.dns.addresses import OwnAddresses
from specter_tui.core.dns.model import CloudflareRead, DnsFlag, DnsState, HostDns, Record, Zone
from specter_tui.core.dns.names import canonical
from specter_tui.core.dns.owners import COMMENT_LIMIT, MARKER, is_ours, other_owner, registered_owner
from specter_tui.core.dns.states import DnsIndex
from specter_tui.core.errors import MoreNeeded

MOST_CHANGES: Final = 10
MOST_SHARE: Final = 0.3  # of a zone's records that are corrected
_SHARE_FROM: Final = 10  # records; in a smaller zone one correction is a large share
_WRITABLE: Final = frozenset({"A", "AAAA", "CNAME"})


@dataclass(frozen=True, slots=True)
class RecordChange:
    """One record that is created (`before` None) or corrected; `after.id` is empty for a new one."""

    host: str
    zone: str
    before: Record | None
    after: Record
    apex: bool = False  # the zone's own name: asked for by itself
    adopted: bool = False  # it had no marker of ours, and gets one


@dataclass(frozen=True, slots=True)
class Skipped:
    """A host that needs something which is not done, and why."""

    host: str
    reason: str


@dataclass(frozen=True, slots=True)
class DnsPlan:
    """All changes, what is left alone, and why the plan as a whole needs `--force` (empty: it does not)."""

    changes: tuple[RecordChange, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    force: tuple[str, ...] = ()


class LimitError(MoreNeeded):
    """More would change than is done without being asked for by itself."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__(reasons, f"{'; '.join(reasons)}: nothing was changed", "look at the plan, then add --force")


def plan_records(
    read: CloudflareRead,
    hosts: Iterable[str],
    expected_ips: tuple[str, ...] = (),
    *,
    adopt: bool = False,
    adopted: Collection[str] = (),
) -> DnsPlan:
    """The plan for these hosts: the zones' own names first, since aliases are led to them, each in the order of names.

    `adopt`: records without our marker too; `adopted`: those of these hosts alone.
    """
    planner = _Planner(read, expected_ips, adopt=adopt, adopted=frozenset(map(canonical, adopted)))
    wanted = sorted({canonical(one) for one in hosts})
    apexes = {zone.name for zone in read.zones}
    for host in (one for one in wanted if one in apexes):
        planner.look_at(host)
    planner.assume_written()  # an alias can lead to a zone's own name once that leads here
    for host in (one for one in wanted if one not in apexes):
        planner.look_at(host)
    return planner.result()


class _Planner:
    def __init__(
        self, read: CloudflareRead, expected_ips: tuple[str, ...], *, adopt: bool, adopted: frozenset[str]
    ) -> None:
        self._read = read
        self._expected_ips = expected_ips
        self._found = self._dns = DnsIndex(read, expected_ips)
        self._adopt = adopt
        self._adopted = adopted
        self._changes: dict[str, RecordChange] = {}  # by what is written: a record's id, or a new one's name
        self._skipped: list[Skipped] = []
        self._assumed: set[str] = set()

    def look_at(self, host: str) -> None:
        """Adds what the host needs."""
        dns = self._dns.of(host)
        wrong = dns.state in {DnsState.MISSING, DnsState.WRONG_TARGET} or DnsFlag.WRONG_AAAA in dns.flags
        zone = self._dns.index.zone_of(host)
        if zone is None or not wrong:
            return
        found = self._needed(host, zone, dns)
        if isinstance(found, str):
            self._skipped.append(Skipped(host, found))
            return
        if self._found.ours(zone).assumed:
            self._assumed.add(zone.name)
        self._changes.setdefault(found.before.id if found.before else host, found)

    def assume_written(self) -> None:
        """Looks at further hosts as they are once the changes so far are made."""
        if self._changes:
            self._dns = DnsIndex(applied(self._read, self._changes.values()), self._expected_ips)

    def result(self) -> DnsPlan:
        """The plan."""
        changes = tuple(self._changes.values())
        return DnsPlan(changes, tuple(self._skipped), tuple(self._reasons(changes)))

    def _needed(self, host: str, zone: Zone, dns: HostDns) -> RecordChange | str:
        ours = self._found.ours(zone)  # not what a planned record of the zone's own name would make of them
        if not ours:
            return "our own addresses are not known: set cloudflare.expected_ips"
        if owner := registered_owner(self._dns.index, host):
            return f"{owner} manages this name"
        own = [record for record in self._dns.index.at(host) if record.type in _WRITABLE]
        if not own:
            return self._created(host, zone, ours)
        return self._corrected(host, zone, ours, own, dns)

    def _created(self, host: str, zone: Zone, ours: OwnAddresses) -> RecordChange:
        """A record of our first address; proxied where others with that address are, so as not to tell it."""
        kind, content = ("A", ours.v4[0]) if ours.v4 else ("AAAA", ours.v6[0])
        after = Record("", zone.id, kind, host, content, comment=MARKER)
        after = msgspec.structs.replace(after, proxied=self._dns.index.hides(after))
        return RecordChange(host, zone.name, None, after, apex=host == zone.name)

    def _corrected(
        self, host: str, zone: Zone, ours: OwnAddresses, own: list[Record], dns: HostDns
    ) -> RecordChange | str:
        wrong = [record for record in own if record.type == "CNAME" or not ours.has(record.content)]
        if len(wrong) != 1 or Counter(record.type for record in own)[wrong[0].type] != 1:
            return f"{len(own)} records have this name: which of them is meant is for a person to say"
        record = wrong[0]
        content = self._content(record, zone, ours)
        if not content:
            what = (
                "an alias, and the zone's own name does not lead only here"
                if record.type == "CNAME"
                else "an AAAA record"
            )
            return f"it is {what}; no address of ours fits it: {dns.reason}"
        if owner := other_owner(record):
            return f"{owner} manages this record"
        if not (is_ours(record) or self._adopt or host in self._adopted):
            return f"its {record.type} record is not marked as ours: it is changed only when it is adopted"
        comment = record.comment if is_ours(record) else f"{record.comment} {MARKER}".strip()
        if len(comment) > COMMENT_LIMIT:
            return "its comment leaves no room for our marker"
        after = msgspec.structs.replace(record, content=content, comment=comment, modified_on="")
        return RecordChange(host, zone.name, record, after, apex=host == zone.name, adopted=not is_ours(record))

    def _content(self, record: Record, zone: Zone, ours: OwnAddresses) -> str:
        """What the record should hold, without a change of its type; empty when nothing of ours fits."""
        if record.type == "CNAME":
            own = self._dns.of(zone.name)
            fits = own.state in {DnsState.OK, DnsState.PROXIED} and DnsFlag.WRONG_AAAA not in own.flags
            return zone.name if fits and zone.name not in {record.name, canonical(record.content)} else ""
        known = ours.v4 if record.type == "A" else ours.v6
        return known[0] if known else ""

    def _reasons(self, changes: tuple[RecordChange, ...]) -> Iterable[str]:
        if len(changes) > MOST_CHANGES:
            yield f"{len(changes)} records would change, more than {MOST_CHANGES}"
        corrected = Counter(one.after.zone_id for one in changes if one.before is not None)
        for zone_id, count in corrected.items():
            total = len(self._found.index.by_zone[zone_id])
            if total >= _SHARE_FROM and count > total * MOST_SHARE:
                yield f"{count} of a zone's {total} records would change, more than {MOST_SHARE:.0%}"
        for name in sorted(self._assumed):
            yield f"our addresses in {name} are assumed from its own record: set cloudflare.expected_ips"
        for one in changes:
            if one.apex:
                yield f"{one.host} is a zone's own name"


def applied(read: CloudflareRead, changes: Iterable[RecordChange]) -> CloudflareRead:
    """The records as they are once these changes are made; a new record's id is its name with its type."""
    records = {record.id: record for record in read.records}
    for change in changes:
        ident = change.after.id or f"new:{change.after.type}:{change.after.name}"
        records[ident] = msgspec.structs.replace(change.after, id=ident)
    return CloudflareRead(read.zones, tuple(records.values()), read.interfaces, read.missing_scopes, read.problems)

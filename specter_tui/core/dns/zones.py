"""Which records answer for a name: exact ones, else a wildcard, aliases followed within the zones that were read.

Sources: RFC 1034 3.6.2 (aliases), RFC 4592 (a wildcard does not answer for a name that exists, nor below one), and
RFC 8020 (a name exists when something stands below it). Cloudflare answers for an alias at the apex with what it leads
to, so the apex needs no rule of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from specter_tui.core.dns.model import Record, Zone
from specter_tui.core.dns.names import canonical, parents

ADDRESS_TYPES: Final = frozenset({"A", "AAAA"})
_LONGEST_CHAIN: Final = 16  # aliases in a row; resolvers give up at about as many


class Ending(StrEnum):
    """How looking a name up ends."""

    ADDRESSES = "addresses"
    NOTHING = "nothing"  # no record of the name leads to an address
    DANGLING = "dangling"  # an alias for a name of these zones that has no record
    OUTSIDE = "outside"  # an alias for a name of no zone that was read
    LOOP = "loop"
    DELEGATED = "delegated"  # NS records hand the name to other servers


@dataclass(frozen=True, slots=True)
class Answer:
    """What a name leads to: the aliases on the way, then the addresses."""

    ending: Ending
    aliases: tuple[Record, ...] = ()
    addresses: tuple[Record, ...] = ()
    wildcard: bool = False  # the name itself has no record
    last: str = ""  # the name at which it ended

    @property
    def proxied(self) -> bool:
        """Whether visitors come to Cloudflare first: the last record that they meet decides, aliases included."""
        return any(record.proxied for record in (*self.aliases, *self.addresses))


class ZoneIndex:
    """All records, ready to be looked up by name."""

    def __init__(self, zones: Iterable[Zone], records: Iterable[Record]) -> None:
        self._zones = {zone.name: zone for zone in zones}
        self._names: defaultdict[str, list[Record]] = defaultdict(list)
        self._exist = set(self._zones)
        self.by_zone: defaultdict[str, list[Record]] = defaultdict(list)
        tops = {zone.id: zone.name for zone in self._zones.values()}
        for record in records:
            self._names[record.name].append(record)
            self.by_zone[record.zone_id].append(record)
            self._note(record.name, tops.get(record.zone_id, ""))
        self._proxied = {
            (record.zone_id, record.content)
            for found in self.by_zone.values()
            for record in found
            if record.proxied and record.type in ADDRESS_TYPES
        }

    def zone_of(self, name: str) -> Zone | None:
        """The zone with the longest name that the name is in."""
        return next((self._zones[one] for one in (name, *parents(name)) if one in self._zones), None)

    def at(self, name: str) -> tuple[Record, ...]:
        """The records of exactly this name."""
        return tuple(self._names.get(name, ()))

    def hides(self, record: Record) -> bool:
        """Whether another record of the zone with the same content is proxied."""
        return (record.zone_id, record.content) in self._proxied

    def delegation(self, name: str) -> str:
        """The name below a zone's apex whose NS records hand this one over; empty when the zone itself answers."""
        zone = self.zone_of(name)
        for one in (name, *parents(name)):
            if zone is None or one == zone.name:
                return ""
            if any(record.type == "NS" for record in self._names.get(one, ())):
                return one
        return ""

    def look_up(self, name: str) -> Answer:
        """What the name leads to."""
        aliases: list[Record] = []
        wildcard = False
        while len(aliases) < _LONGEST_CHAIN and not any(one.name == name and not wildcard for one in aliases):
            if self.delegation(name):
                return Answer(Ending.DELEGATED, tuple(aliases), wildcard=wildcard, last=name)
            found, by_wildcard = self._found(name)
            wildcard = wildcard if aliases else by_wildcard
            alias = next((record for record in found if record.type == "CNAME"), None)
            if alias is None:
                return _end(name, found, aliases, wildcard=wildcard)
            aliases.append(alias)
            name = canonical(alias.content)
            if self.zone_of(name) is None:
                return Answer(Ending.OUTSIDE, tuple(aliases), wildcard=wildcard, last=name)
        return Answer(Ending.LOOP, tuple(aliases), wildcard=wildcard, last=name)

    def _note(self, name: str, top: str) -> None:
        """Counts the name and all above it as existing."""
        while name and name not in self._exist:
            self._exist.add(name)
            if name == top:
                return
            name = name.partition(".")[2]

    def _found(self, name: str) -> tuple[tuple[Record, ...], bool]:
        """The records that answer for the name, and whether a wildcard does."""
        if name in self._exist:
            return self.at(name), False
        nearest = next((one for one in parents(name) if one in self._exist), "")
        return self.at(f"*.{nearest}") if nearest else (), True


def _end(name: str, found: Iterable[Record], aliases: list[Record], *, wildcard: bool) -> Answer:
    addresses = tuple(record for record in found if record.type in ADDRESS_TYPES)
    if addresses:
        return Answer(Ending.ADDRESSES, tuple(aliases), addresses, wildcard=wildcard, last=name)
    ending = Ending.DANGLING if aliases else Ending.NOTHING
    return Answer(ending, tuple(aliases), wildcard=wildcard and bool(aliases), last=name)

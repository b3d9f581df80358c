"""The verdict on each routed host: whether its records bring visitors here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from specter_tui.core.dns.addresses import OwnAddresses, own_addresses
from specter_tui.core.dns.model import ACTIVE, CloudflareRead, DnsFlag, DnsState, HostDns, Record, Zone
from specter_tui.core.dns.names import canonical, is_address, is_host_name
from specter_tui.core.dns.zones import Answer, Ending, ZoneIndex
from specter_tui.core.text import visible

_SHOWN: Final = 253
_TUNNEL: Final = ".cfargotunnel.com"  # an alias to it is a Cloudflare Tunnel, whose other end no record tells
_WHAT_ARE_OURS: Final = "our own addresses are not known: set cloudflare.expected_ips"


class DnsIndex:
    """Verdicts on hosts, each made once."""

    def __init__(self, read: CloudflareRead, expected_ips: Sequence[str] = ()) -> None:
        self.index = ZoneIndex(read.zones, read.records)
        self._expected = tuple(expected_ips)
        self._interfaces = read.interfaces
        self._ours: dict[str, OwnAddresses] = {}
        self._verdicts: dict[str, HostDns] = {}

    def of(self, host: str) -> HostDns:
        """The verdict on a host."""
        if host not in self._verdicts:
            self._verdicts[host] = self._judge(host)
        return self._verdicts[host]

    def ours(self, zone: Zone) -> OwnAddresses:
        """Our own addresses, as far as they are known in a zone."""
        if zone.name not in self._ours:
            self._ours[zone.name] = own_addresses(self._expected, self._interfaces, self.index, zone.name)
        return self._ours[zone.name]

    def _judge(self, host: str) -> HostDns:
        name = canonical(host)
        if not is_host_name(name):
            reason = "an address needs no record" if is_address(name) else "no record can have this name"
            return HostDns(host, DnsState.UNKNOWN, reason=reason)
        zone = self.index.zone_of(name)
        if zone is None:
            return HostDns(host, DnsState.UNKNOWN, reason="it is in no zone that the token sees")
        if why := _unread(zone):
            return HostDns(host, DnsState.UNKNOWN, reason=why, zone_id=zone.id)
        answer = self.index.look_up(name)
        state, flags, reason = self._verdict(answer, zone)
        if answer.wildcard:
            flags = (DnsFlag.WILDCARD, *flags)
        return HostDns(host, state, flags, (*answer.aliases, *answer.addresses), reason, zone.id)

    def _verdict(self, answer: Answer, zone: Zone) -> tuple[DnsState, tuple[DnsFlag, ...], str]:
        last = visible(answer.last, _SHOWN)
        match answer.ending:
            case Ending.NOTHING:
                return DnsState.MISSING, (), "it has no A, AAAA or CNAME record"
            case Ending.DANGLING:
                return DnsState.WRONG_TARGET, (DnsFlag.DANGLING_CNAME,), f"an alias for {last}, which has no record"
            case Ending.LOOP:
                return DnsState.WRONG_TARGET, (DnsFlag.DANGLING_CNAME,), "its aliases lead in a circle"
            case Ending.DELEGATED:
                return DnsState.UNKNOWN, (), f"NS records hand {last} to other name servers"
            case Ending.OUTSIDE:
                what = "a Cloudflare Tunnel" if answer.last.endswith(_TUNNEL) else f"{last}, in no zone that is read"
                return DnsState.UNKNOWN, (), f"an alias for {what}"
            case Ending.ADDRESSES:
                return self._addresses(answer, zone)

    def _addresses(self, answer: Answer, zone: Zone) -> tuple[DnsState, tuple[DnsFlag, ...], str]:
        ours = self.ours(zone)
        if not ours:
            return DnsState.UNKNOWN, (), _WHAT_ARE_OURS
        v4 = [record for record in answer.addresses if record.type == "A"]
        wrong = [record for record in answer.addresses if not ours.has(record.content)]
        wrong_v4 = [record for record in wrong if record.type == "A"]
        wrong_aaaa = len(wrong) > len(wrong_v4)
        flags = (*((DnsFlag.WRONG_AAAA,) if wrong_aaaa else ()), *self._grey(answer))
        if v4 and not ours.v4:
            return DnsState.UNKNOWN, flags, _WHAT_ARE_OURS
        if wrong_v4 or (wrong_aaaa and not v4):
            return DnsState.WRONG_TARGET, flags, _elsewhere(wrong_v4 or wrong, answer.addresses, ours)
        state = DnsState.PROXIED if answer.proxied and not zone.paused else DnsState.OK
        return state, flags, _elsewhere(wrong, answer.addresses, ours) if wrong else ""

    def _grey(self, answer: Answer) -> Iterator[DnsFlag]:
        if not answer.proxied and any(self.index.hides(record) for record in answer.addresses):
            yield DnsFlag.GREY_CLOUD


def _unread(zone: Zone) -> str:
    if zone.error:
        return zone.error
    if zone.status and zone.status != ACTIVE:
        name, status = visible(zone.name, _SHOWN), visible(zone.status, 40)
        return f"the zone {name} is {status} at Cloudflare: other name servers may answer for it"
    return ""


def _elsewhere(wrong: Sequence[Record], found: Sequence[Record], ours: OwnAddresses) -> str:
    contents = ", ".join(visible(record.content, 60) for record in wrong[:3])
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""  # noqa: PLR2004  as many as are shown
    mixed = f"{len(wrong)} of {len(found)} records: " if len(wrong) < len(found) else ""
    assumed = " (assumed from the zone's own record)" if ours.assumed else ""
    return f"{mixed}it points at {contents}{more}, and we are {', '.join((*ours.v4, *ours.v6))}{assumed}"

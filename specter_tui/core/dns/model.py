"""Zones and records as Cloudflare's API gives them, and what they say of a routed host. Words are Cloudflare's own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec

ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone that the token sees."""

    id: str
    name: str  # lower case, ASCII
    status: str = ACTIVE  # Cloudflare's word: "active", "pending", "moved", ...
    paused: bool = False  # nothing of the zone is proxied, whatever its records say
    ssl: str = ""  # "off", "flexible", "full", "strict", "origin_pull"; empty: not known
    error: str = ""  # why its records could not be read, empty when they are all there


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record; of types that this program does not know, only what all have in common."""

    id: str
    zone_id: str
    type: str  # upper case
    name: str  # whole, lower case, ASCII
    content: str
    ttl: int = 1  # seconds; 1: automatic
    proxied: bool = False
    comment: str = ""
    tags: tuple[str, ...] = ()
    settings: str = "{}"  # the object as JSON text with sorted keys
    modified_on: str = ""  # as Cloudflare writes it; a change means that somebody edited the record


@dataclass(frozen=True, slots=True)
class CloudflareRead:
    """All zones and records that the token sees, and the machine's own public addresses at that moment."""

    zones: tuple[Zone, ...]
    records: tuple[Record, ...]
    interfaces: tuple[str, ...] = ()  # public addresses of this machine; empty behind NAT, or for another machine
    missing_scopes: tuple[str, ...] = ()  # what the token may not do and this program reads, one sentence each
    problems: tuple[str, ...] = ()  # parts of answers that are not understood, one sentence each


class DnsState(StrEnum):
    """What a host's records come to; `UNKNOWN` is never taken for ok."""

    OK = "ok"
    PROXIED = "proxied"
    MISSING = "missing"
    WRONG_TARGET = "wrong_target"
    UNKNOWN = "unknown"


class DnsFlag(StrEnum):
    """What else is to be known of a host's records."""

    WILDCARD = "wildcard"  # only a wildcard record answers
    WRONG_AAAA = "wrong_aaaa"  # visitors with IPv6 end at another machine
    DANGLING_CNAME = "dangling_cname"  # an alias for a name that does not exist
    GREY_CLOUD = "grey_cloud"  # unproxied, while another record of the zone hides the same address


class HostDns(msgspec.Struct, frozen=True, gc=False):
    """The verdict on one routed host."""

    host: str
    state: DnsState
    flags: tuple[DnsFlag, ...] = ()
    records: tuple[Record, ...] = ()  # those that answer, aliases before what they lead to
    reason: str = ""  # one sentence; empty when all is well
    zone_id: str = ""  # empty: in no zone that was read

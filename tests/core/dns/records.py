"""Zones and records for the tests: what is not named is plausible."""

from __future__ import annotations

from specter_tui.core.dns.model import CloudflareRead, Record, Zone

ZONE = Zone("z1", "example.org")
OURS = "203.0.113.10"
OTHER = "198.51.100.7"


def a_record(name: str, content: str = OURS, type_: str = "A", *, proxied: bool = False, **fields: object) -> Record:
    """A record of example.org unless `zone_id` says otherwise."""
    known: dict[str, object] = {"id": f"{type_}-{name}-{content}", "zone_id": ZONE.id, "proxied": proxied}
    return Record(type=type_, name=name, content=content, **(known | fields))  # type: ignore[arg-type]  # by the test


def a_read(*records: Record, zones: tuple[Zone, ...] = (ZONE,), interfaces: tuple[str, ...] = ()) -> CloudflareRead:
    """One read of Cloudflare."""
    return CloudflareRead(zones, records, interfaces)

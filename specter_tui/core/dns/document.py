"""Zones, records and verdicts as JSON-ready values (docs/json.md)."""

from __future__ import annotations

from typing import Any

from specter_tui.core.dns.addresses import OwnAddresses
from specter_tui.core.dns.model import DnsState, HostDns, Record, Zone
from specter_tui.core.dns.owners import is_ours

Document = dict[str, Any]  # JSON: the schema types it


def host_document(dns: HostDns | None, host: str) -> Document:
    """The verdict on a host; unknown when there is none."""
    verdict = dns or HostDns(host, DnsState.UNKNOWN)
    return {
        "host": verdict.host,
        "state": verdict.state.value,
        "flags": [flag.value for flag in verdict.flags],
        "records": [record_document(record) for record in verdict.records],
        "reason": verdict.reason or None,
    }


def record_document(record: Record) -> Document:
    """One record."""
    return {
        "id": record.id,
        "zone_id": record.zone_id,
        "type": record.type,
        "name": record.name,
        "content": record.content,
        "ttl": record.ttl,
        "proxied": record.proxied,
        "comment": record.comment,
        "tags": list(record.tags),
        "managed": is_ours(record),
    }


def zone_document(zone: Zone, ours: OwnAddresses) -> Document:
    """One zone, with the addresses that count as ours in it."""
    return {
        "id": zone.id,
        "name": zone.name,
        "status": zone.status,
        "paused": zone.paused,
        "ssl": zone.ssl or None,
        "error": zone.error or None,
        "own_addresses": [*ours.v4, *ours.v6],
        "own_addresses_from": ours.origin.value,
        "assumed": ours.assumed,
    }

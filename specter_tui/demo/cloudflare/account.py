"""What the emulated Cloudflare keeps: zones, their records and settings, and tokens with what they may do."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, Final

TOKEN: Final = "demo-token"  # noqa: S105  what the emulator takes, on loopback
READ: Final = frozenset({"zone:read", "dns:read", "settings:read"})
EVERYTHING: Final = READ | {"dns:edit", "settings:edit"}
ORDER: Final = frozenset({"zone:read", "dns:edit"})  # what an ACME client needs for its challenges
_ADDRESS_TYPES: Final = frozenset({"A", "AAAA"})
_PROXIABLE: Final = frozenset({"A", "AAAA", "CNAME"})
_LONGEST_NAME: Final = 253
_LONGEST_COMMENT: Final = 100


class ApiError(Exception):
    """An answer that is an error: HTTP's status, Cloudflare's code and message."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(slots=True)
class StoredRecord:
    """A record as it is kept; `name` is whole."""

    id: str
    type: str
    name: str
    content: str
    ttl: int = 1
    proxied: bool = False
    comment: str = ""
    tags: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    modified_on: str = ""

    def document(self, zone: StoredZone) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "id": self.id,
            "zone_id": zone.id,
            "zone_name": zone.name,
            "type": self.type,
            "name": self.name,
            "content": self.content,
            "ttl": self.ttl,
            "proxied": self.proxied,
            "proxiable": self.type in _PROXIABLE,
            "comment": self.comment or None,
            "tags": list(self.tags),
            "settings": dict(self.settings),
            "meta": {},
            "created_on": self.modified_on,
            "modified_on": self.modified_on,
        }


@dataclass(slots=True)
class StoredZone:
    """A zone with its records by id."""

    id: str
    name: str
    status: str = "active"
    ssl: str = "strict"
    paused: bool = False
    records: dict[str, StoredRecord] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """As the API shows it."""
        return {"id": self.id, "name": self.name, "status": self.status, "paused": self.paused, "type": "full"}


class Account:
    """All that one account has; may be changed at any time."""

    def __init__(self) -> None:
        self.zones: dict[str, StoredZone] = {}
        self.tokens: dict[str, frozenset[str]] = {TOKEN: EVERYTHING}
        self.state_of_tokens = "active"
        self._ids = itertools.count(1)
        self._edits = itertools.count(1)

    def add_zone(self, name: str, status: str = "active", ssl: str = "strict") -> StoredZone:
        """A new zone."""
        zone = StoredZone(self._id(), name, status, ssl)
        self.zones[zone.id] = zone
        return zone

    def zone(self, ident: str) -> StoredZone:
        """The zone of that id; ApiError when there is none."""
        if ident not in self.zones:
            raise ApiError(404, 7003, "Could not route to the zone, perhaps its identifier is invalid")
        return self.zones[ident]

    def record(self, zone: StoredZone, ident: str) -> StoredRecord:
        """The record of that id; ApiError when there is none."""
        if ident not in zone.records:
            raise ApiError(404, 81044, "Record does not exist.")
        return zone.records[ident]

    def write(self, zone: StoredZone, fields: dict[str, Any], ident: str = "") -> StoredRecord:
        """Makes a record of these fields, in place of the one named by `ident`; ApiError when it may not be."""
        record = _checked(zone, fields)
        record.id = ident or self._id()
        record.modified_on = self._now()
        _refuse_clash(zone, record)
        zone.records[record.id] = record
        return record

    def all_records(self) -> Iterator[StoredRecord]:
        """The records of all zones."""
        return (record for zone in self.zones.values() for record in zone.records.values())

    def _id(self) -> str:
        return f"{next(self._ids):032x}"

    def _now(self) -> str:
        """A time that no two edits have in common."""
        moment = datetime(2026, 1, 1, tzinfo=UTC).isoformat(timespec="seconds").removesuffix("+00:00")
        return f"{moment}.{next(self._edits):06d}Z"


def _checked(zone: StoredZone, fields: dict[str, Any]) -> StoredRecord:
    kind, name, content = (str(fields.get(key) or "") for key in ("type", "name", "content"))
    kind, name = kind.upper(), _whole(name.lower().rstrip("."), zone.name)
    if not kind or not content:
        raise ApiError(400, 9005, "Content for the record is invalid.")
    if len(name) > _LONGEST_NAME:
        raise ApiError(400, 9000, "DNS name is invalid.")
    if kind in _ADDRESS_TYPES and not _is_address(content, 4 if kind == "A" else 6):
        raise ApiError(400, 9005, f"Content for {kind} record is invalid. Must be a valid IP address.")
    comment = str(fields.get("comment") or "")
    if len(comment) > _LONGEST_COMMENT:
        raise ApiError(400, 9200, "The comment is too long.")
    proxied = fields.get("proxied") is True
    if proxied and kind not in _PROXIABLE:
        raise ApiError(400, 9004, "This record type cannot be proxied.")
    ttl = fields.get("ttl")
    return StoredRecord(
        id="",
        type=kind,
        name=name,
        content=content,
        ttl=1 if proxied or not isinstance(ttl, int) else ttl,
        proxied=proxied,
        comment=comment,
        tags=[str(tag) for tag in fields.get("tags") or []],
        settings=dict(fields.get("settings") or {}),
    )


def _whole(name: str, zone: str) -> str:
    """A name below the zone may be written without it, and the zone's own as `@`."""
    if name in {"@", ""}:
        return zone
    return name if name == zone or name.endswith(f".{zone}") else f"{name}.{zone}"


def _is_address(text: str, version: int) -> bool:
    try:
        return ip_address(text).version == version
    except ValueError:
        return False


def _refuse_clash(zone: StoredZone, record: StoredRecord) -> None:
    others = [one for one in zone.records.values() if one.name == record.name and one.id != record.id]
    if any((one.type, one.content) == (record.type, record.content) for one in others):
        raise ApiError(400, 81058, "An identical record already exists.")
    if record.type == "CNAME" and any(one.type in _PROXIABLE for one in others):
        raise ApiError(400, 81053, "An A, AAAA, or CNAME record with that host already exists.")
    if record.type in _ADDRESS_TYPES and any(one.type == "CNAME" for one in others):
        raise ApiError(400, 81054, "A CNAME record with that host already exists.")

"""Cloudflare's answers, taken apart: whatever is missing or of another type is left out and told, never guessed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from specter_tui.core.dns.model import Record, Zone
from specter_tui.core.dns.names import canonical
from specter_tui.core.text import visible

_SHOWN: Final = 80
_FIELDS: Final = ("id", "type", "name", "content")


def items_of(document: dict[str, Any]) -> list[Any]:
    """The list in an answer; `null`, which Cloudflare writes for an empty one, is empty. Raises TypeError.

    An answer that does not say that it is one holds no list: taken for an empty one, every host would lack its record.
    """
    result = document.get("result")
    if result is None and document.get("success") is True and "result" in document:
        return []
    if not isinstance(result, list):
        raise TypeError("result is no list")
    return result


def pages_of(document: dict[str, Any]) -> int:
    """How many pages there are; 0 when the answer does not say."""
    info = document.get("result_info")
    pages = info.get("total_pages") if isinstance(info, dict) else None
    return pages if isinstance(pages, int) and not isinstance(pages, bool) and pages > 0 else 0


def decode_zones(items: Iterable[Any], problems: list[str]) -> list[Zone]:
    """The zones; what is no zone goes into `problems`."""
    found = []
    for item in items:
        fields = item if isinstance(item, dict) else {}
        ident, name = _text(fields, "id"), canonical(_text(fields, "name"))
        if not ident or not name:
            problems.append(f"a zone without id or name: {_described(item)}")
            continue
        found.append(Zone(ident, name, _text(fields, "status"), fields.get("paused") is True))
    return found


def decode_records(items: Iterable[Any], zone: Zone, problems: list[str]) -> list[Record]:
    """The records of a zone, those of unknown types too; what is no record goes into `problems`."""
    found = []
    for item in items:
        record = decode_record(item, zone.id)
        if record is None:
            problems.append(f"a record of {visible(zone.name, _SHOWN)} without id, type or name: {_described(item)}")
        else:
            found.append(record)
    return found


def decode_record(item: object, zone_id: str) -> Record | None:
    """One record; None when it lacks what makes it one."""
    if not isinstance(item, dict):
        return None
    ident, kind, name, content = (_text(item, field) for field in _FIELDS)
    if not ident or not kind or not name:
        return None
    ttl, tags, settings = item.get("ttl"), item.get("tags"), item.get("settings")
    return Record(
        id=ident,
        zone_id=zone_id,
        type=kind.upper(),
        name=canonical(name),
        content=content,
        ttl=ttl if isinstance(ttl, int) and not isinstance(ttl, bool) else 1,
        proxied=item.get("proxied") is True,
        comment=_text(item, "comment"),
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        settings=json.dumps(settings, sort_keys=True) if isinstance(settings, dict) and settings else "{}",
        modified_on=_text(item, "modified_on"),
    )


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _described(item: object) -> str:
    if not isinstance(item, dict):
        return f"a {type(item).__name__}"
    told = ", ".join(f"{field} {visible(_text(item, field), _SHOWN)}" for field in _FIELDS if _text(item, field))
    return told or "no known field"

"""What `dns apply` carries out, as data that another process can read: records before and after, one write each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from specter_tui.core.dns.model import Record
from specter_tui.core.dns.plan import RecordChange


class RecordWrite(msgspec.Struct, frozen=True):
    """One record: created (`before` None), replaced, or deleted (`after` None; only to take a creation back)."""

    zone_id: str
    name: str
    before: Record | None
    after: Record | None


class DnsWork(msgspec.Struct, frozen=True):
    """All writes, in order."""

    writes: tuple[RecordWrite, ...]


class RecordWriter(Protocol):
    """Reads and writes single records. Raises SourceError; after one from a write nobody knows whether it was done."""

    async def at(self, zone_id: str, name: str) -> tuple[Record, ...]:
        """The records of a name as they are now."""
        ...

    async def create(self, record: Record) -> None:
        """Makes a new record."""
        ...

    async def replace(self, record: Record) -> None:
        """Puts this in place of the record that has its id."""
        ...

    async def delete(self, record: Record) -> None:
        """Removes the record that has its id."""
        ...


def writes_of(changes: Iterable[RecordChange]) -> tuple[RecordWrite, ...]:
    """The writes of a plan."""
    return tuple(RecordWrite(one.after.zone_id, one.after.name, one.before, one.after) for one in changes)


def reversed_writes(writes: Sequence[RecordWrite]) -> tuple[RecordWrite, ...]:
    """The writes that take these back, the last one first."""
    return tuple(RecordWrite(one.zone_id, one.name, one.after, one.before) for one in reversed(writes))


def same(one: Record, other: Record) -> bool:
    """Whether two records say the same, whatever their ids and times."""
    blank = {"id": "", "modified_on": ""}
    return msgspec.structs.replace(one, **blank) == msgspec.structs.replace(other, **blank)


def find(records: Iterable[Record], wanted: Record | None) -> Record | None:
    """The record among these that says what `wanted` does, with its id when that has one."""
    if wanted is None:
        return None
    alike = [one for one in records if same(one, wanted)]
    return next((one for one in alike if not wanted.id or one.id == wanted.id), None)


def shown(record: Record | None) -> str:
    """A record as lines of a diff; empty for none."""
    if record is None:
        return ""
    lines = [
        f"{record.type} {record.content}",
        "ttl automatic" if record.ttl == 1 else f"ttl {record.ttl} s",
        "proxied" if record.proxied else "not proxied",
        f"comment {record.comment}" if record.comment else "no comment",
    ]
    return "\n".join([*lines, *(f"tag {tag}" for tag in record.tags)]) + "\n"

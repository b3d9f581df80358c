"""Creates and corrects the records of routed hosts, each read again right before it is written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from specter_tui.core.actions import Change, Plan, Wish
from specter_tui.core.actions.ports import Tell
from specter_tui.core.dns.mending import meant, routed_hosts
from specter_tui.core.dns.model import Record
from specter_tui.core.dns.plan import DnsPlan, LimitError, plan_records
from specter_tui.core.dns.work import DnsWork, RecordWrite, RecordWriter, find, reversed_writes, shown, writes_of
from specter_tui.core.errors import FailedError, RefusedError, SourceError
from specter_tui.core.settings import CloudflareSettings
from specter_tui.core.snapshot import Snapshot, SourceName, SourceStatus
from specter_tui.core.text import visible

DNS: Final = "dns"
_SHOWN: Final = 253
_NO_TOKEN: Final = RefusedError(
    "nothing may be written without cloudflare.write_token_file", "name a file with a token that has DNS:Edit"
)


class DnsSync:
    """`dns apply` and what takes it back; `writer` None: there is no token that may write."""

    def __init__(self, writer: RecordWriter | None, settings: CloudflareSettings) -> None:
        self._writer = writer
        self._settings = settings

    async def plan(self, wish: Wish, snapshot: Snapshot) -> Plan:
        """What would be written, for all routed hosts or the one that is the target.

        Raises RefusedError, NotFoundError, and SourceError where the records can't be read again.
        """
        read = snapshot.cloudflare
        if read is None or snapshot.source(SourceName.CLOUDFLARE).status is not SourceStatus.FRESH:
            raise RefusedError("Cloudflare's records are not read, or out of date", "see specter-tui doctor")
        if snapshot.source(SourceName.TRAEFIK).status is not SourceStatus.FRESH:
            raise RefusedError("which hosts have a router is not read, or out of date", "see specter-tui doctor")
        hosts = meant(routed_hosts(snapshot.routes), wish.target)
        expected = self._settings.expected_ips
        planned = plan_records(read, hosts, expected, adopt=wish.adopt, adopted=wish.adopted)
        if planned.force and not wish.force:
            raise LimitError(planned.force)
        writes = writes_of(planned.changes)
        if self._writer is not None:
            await self._demand_unchanged(writes)
        return await self._made(writes, risks=tuple(_risks(planned, may_write=self._writer is not None)))

    async def fingerprint(self, plan: Plan) -> str:
        """Of the records as they are now. Raises RefusedError and SourceError."""
        return await self._fingerprint(_work(plan).writes)

    async def apply(self, plan: Plan, tell: Tell) -> None:
        """Writes one record after the other. Raises FailedError where one is no longer what it was."""
        for write in _work(plan).writes:
            tell(await self._write(write))

    async def verify(self, plan: Plan, tell: Tell) -> tuple[str, ...]:
        """Reads each name again. Raises FailedError."""
        proof = []
        for write in _work(plan).writes:
            now = await self._needed().at(write.zone_id, write.name)
            if not _is_done(write, now):
                raise FailedError(f"Cloudflare does not have what was written for {visible(write.name, _SHOWN)}")
            proof.append(f"Cloudflare has {_told(write)}")
            tell(proof[-1])
        return tuple(proof)

    async def rollback(self, plan: Plan, tell: Tell) -> None:
        """Takes back what was written; what somebody else changed meanwhile is left. Raises FailedError."""
        for write in reversed_writes(_work(plan).writes):
            now = await self._needed().at(write.zone_id, write.name)
            if write.before is not None and find(now, write.before) is None:
                tell(f"nothing of ours to take back at {visible(write.name, _SHOWN)}")
            else:
                tell(await self._write(write))

    async def reverse(self, plan: Plan, journal_id: str, snapshot: Snapshot) -> Plan:
        """The records as they were before. Raises RefusedError where they were changed since."""
        del snapshot  # what is to be put back stands in the plan
        writes = reversed_writes(_work(plan).writes)
        await self._demand_unchanged(writes)
        return await self._made(writes, risks=(), undoes=journal_id)

    async def _made(self, writes: Sequence[RecordWrite], *, risks: tuple[str, ...], undoes: str = "") -> Plan:
        names = tuple(dict.fromkeys(write.name for write in writes))
        return Plan(
            action=DNS,
            target=f"{len(writes)} record{'s' if len(writes) != 1 else ''}",
            fingerprint=await self._fingerprint(writes) if self._writer is not None else "",
            changes=tuple(Change(f"record {one.name}", shown(one.before), shown(one.after)) for one in writes),
            steps=tuple(_told(one) for one in writes),
            risks=risks,
            hosts=names,
            proof="Cloudflare is asked for each record again",
            undo="puts every record back as it was" if writes else "",
            locks=tuple(sorted({f"dns:{write.zone_id}" for write in writes})),
            undoes=undoes,
            work=msgspec.json.encode(DnsWork(tuple(writes))).decode(),
        )

    async def _write(self, write: RecordWrite) -> str:
        """Does one write unless it is done; reads the name again before, and after a call that told no end."""
        writer = self._needed()
        now = await writer.at(write.zone_id, write.name)
        if _is_done(write, now):
            return f"was so already: {_told(write)}"
        if not _is_as_before(write, now):
            name = visible(write.name, _SHOWN)
            raise FailedError(f"the records of {name} were changed by somebody else meanwhile", "make a new plan")
        try:
            await _once(writer, write, now)
        except SourceError:
            if not _is_done(write, await writer.at(write.zone_id, write.name)):
                raise
        return _told(write)

    async def _demand_unchanged(self, writes: Iterable[RecordWrite]) -> None:
        for write in writes:
            if not _is_as_before(write, await self._needed().at(write.zone_id, write.name)):
                name = visible(write.name, _SHOWN)
                raise RefusedError(f"the records of {name} were changed since they were read", "try again in a moment")

    async def _fingerprint(self, writes: Iterable[RecordWrite]) -> str:
        digest = hashlib.sha256()
        for write in writes:
            now = await self._needed().at(write.zone_id, write.name)
            digest.update(msgspec.json.encode(sorted(now, key=lambda one: one.id)))
        return digest.hexdigest()

    def _needed(self) -> RecordWriter:
        if self._writer is None:
            raise _NO_TOKEN
        return self._writer


async def _once(writer: RecordWriter, write: RecordWrite, now: Sequence[Record]) -> None:
    there = find(now, write.before)
    if write.after is None and there is not None:
        await writer.delete(there)
    elif write.after is not None and there is not None:
        await writer.replace(msgspec.structs.replace(write.after, id=there.id))
    elif write.after is not None:
        await writer.create(write.after)


def _is_done(write: RecordWrite, now: Sequence[Record]) -> bool:
    if write.after is None:
        return find(now, write.before) is None
    return find(now, write.after) is not None


def _is_as_before(write: RecordWrite, now: Sequence[Record]) -> bool:
    """Whether the record to be changed is what it was; where one is created, that no other came in between."""
    if write.before is None:
        return not any(one.type in {"A", "AAAA", "CNAME"} for one in now)
    return find(now, write.before) is not None


def _risks(planned: DnsPlan, *, may_write: bool) -> Iterable[str]:
    if not may_write:
        yield _NO_TOKEN.sentence()
    yield from (f"more than is done unasked: {one}" for one in planned.force)
    yield from (f"{one.host} has no marker of ours and gets one" for one in planned.changes if one.adopted)
    yield from (f"left alone: {visible(one.host, _SHOWN)}: {one.reason}" for one in planned.skipped)


def _told(write: RecordWrite) -> str:
    name = visible(write.name, _SHOWN)
    if write.after is None:
        return f"no {visible(write.before.type, 20) if write.before else 'such'} record of {name} any more"
    kind, content = visible(write.after.type, 20), visible(write.after.content, 80)
    return f"{kind} {name} {content}{', proxied' if write.after.proxied else ''}"


def _work(plan: Plan) -> DnsWork:
    try:
        return msgspec.json.decode(plan.work, type=DnsWork)
    except msgspec.MsgspecError as error:
        raise RefusedError("the plan is not understood", "it was made by another version") from error

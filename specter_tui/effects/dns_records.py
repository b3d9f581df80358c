"""Writes single records through Cloudflare's SDK: each call once, never repeated by itself."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from specter_tui.core.dns.model import Record
from specter_tui.core.errors import SourceError
from specter_tui.core.text import visible

if TYPE_CHECKING:
    from cloudflare import Cloudflare

_SECONDS: Final = 20.0
_SHOWN: Final = 253


class Api(Protocol):
    """Cloudflare's API; raises SourceError."""

    def call(self, ask: Callable[[Cloudflare], Any], what: str, until: float) -> dict[str, Any]:
        """The JSON object that answers; runs in a thread."""
        ...


class DnsRecords:
    """`core.dns.work.RecordWriter`; `decode` makes a record of an item in an answer."""

    def __init__(self, api: Api, decode: Callable[[object, str], Record | None]) -> None:
        self._api = api
        self._decode = decode

    async def at(self, zone_id: str, name: str) -> tuple[Record, ...]:
        """The records of a name as they are now. Raises SourceError."""
        what = f"the records of {visible(name, _SHOWN)}"
        document = await self._call(
            lambda client: client.dns.records.with_raw_response.list(zone_id=zone_id, name={"exact": name}), what
        )
        items = document.get("result")
        if not isinstance(items, list):
            raise SourceError(f"Cloudflare's API answers {what} with something that is no list")
        found = [self._decode(item, zone_id) for item in items]
        if None in found:
            raise SourceError(f"Cloudflare's API answers {what} with something that is no record")
        return tuple(one for one in found if one is not None)

    async def create(self, record: Record) -> None:
        """Makes a new record. Raises SourceError."""
        path = f"/zones/{record.zone_id}/dns_records"
        await self._call(lambda client: _raw(client, "post", path, _body(record)), _named(record))

    async def replace(self, record: Record) -> None:
        """Puts this in place of the record that has its id. Raises SourceError."""
        path = f"/zones/{record.zone_id}/dns_records/{record.id}"
        await self._call(lambda client: _raw(client, "put", path, _body(record)), _named(record))

    async def delete(self, record: Record) -> None:
        """Removes the record that has its id. Raises SourceError."""
        await self._call(
            lambda client: client.dns.records.with_raw_response.delete(record.id, zone_id=record.zone_id),
            _named(record),
        )

    async def _call(self, ask: Callable[[Cloudflare], Any], what: str) -> dict[str, Any]:
        return await asyncio.to_thread(self._api.call, ask, what, time.monotonic() + _SECONDS)


class _Raw:
    def __init__(self, response: Any) -> None:  # noqa: ANN401  httpx's, which is not imported for a name
        self.http_response = response


def _raw(client: Cloudflare, method: str, path: str, body: dict[str, Any]) -> _Raw:
    """The SDK's typed methods know only records of types that it knows, one by one; its own plain calls take any."""
    import httpx

    call = client.post if method == "post" else client.put
    return _Raw(call(path, cast_to=httpx.Response, body=body))


def _body(record: Record) -> dict[str, Any]:
    """All that a record is made of: a replacement resets what it leaves out."""
    body = {
        "type": record.type,
        "name": record.name,
        "content": record.content,
        "ttl": record.ttl,
        "proxied": record.proxied,
        "comment": record.comment,
        "settings": json.loads(record.settings),
    }
    return body | ({"tags": list(record.tags)} if record.tags else {})  # the free plan refuses any tags


def _named(record: Record) -> str:
    return f"the {visible(record.type, 20)} record of {visible(record.name, _SHOWN)}"

"""One read of Cloudflare: the token's state, its zones, their records and SSL modes."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from specter_tui.core.dns.model import CloudflareRead, Record, Zone
from specter_tui.core.dns.names import canonical
from specter_tui.core.errors import SourceError
from specter_tui.core.text import visible
from specter_tui.sources.cloudflare.client import Call, CloudflareClient, CloudflareError, Document
from specter_tui.sources.cloudflare.decode import decode_records, decode_zones, items_of, pages_of
from specter_tui.sources.daemon_thread import started

T = TypeVar("T")

MOST_CALLS: Final = 600  # a read; 1,200 in 5 minutes are allowed to all that use the account (API documentation)
_ZONES_A_PAGE: Final = 50  # the most that Cloudflare takes
_RECORDS_A_PAGE: Final = 1000
_MOST_PAGES: Final = 200
_GONE: Final = 404
_SHOWN: Final = 253
_UNUSABLE: Final = frozenset({"disabled", "expired"})


class CloudflareDns:
    """Reads zones and records (`core.ports.CloudflareSource`); `deadline` is seconds for a whole read."""

    def __init__(
        self,
        client: CloudflareClient,
        zones: Sequence[str],
        deadline: float,
        interfaces: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        self._client = client
        self._zones = frozenset(map(canonical, zones))
        self._deadline = deadline
        self._interfaces = interfaces
        self._one_at_a_time = threading.Lock()
        self._verified = False

    async def read(self) -> CloudflareRead:
        """All zones with their records. Raises SourceError."""
        until = time.monotonic() + self._deadline
        try:
            async with asyncio.timeout(self._deadline):
                return await in_daemon(lambda: self._read(until))
        except TimeoutError:
            message = f"Cloudflare did not give all zones and records within {self._deadline:g} s"
            raise SourceError(message, "name the zones that matter in cloudflare.zones") from None

    async def close(self) -> None:
        """Frees the connections; a call under way ends by its own time limit."""
        await in_daemon(self._client.close)

    # What follows runs in the thread.

    def _read(self, until: float) -> CloudflareRead:
        with self._one_at_a_time:
            self._client.calls = 0
            try:
                return self._read_all(until)
            except CloudflareError as error:
                if error.refused:  # the token file may hold another one by the next time
                    self._verified = False
                    self._client.forget()
                raise

    def _read_all(self, until: float) -> CloudflareRead:
        self._verify(until)
        problems: list[str] = []
        missing: list[str] = []
        zones, records = [], list[Record]()
        for zone in self._wanted(until, problems, missing):
            read, found = self._zone(zone, until, problems, missing)
            zones.append(read)
            records += found
        return CloudflareRead(tuple(zones), tuple(records), self._interfaces(), tuple(missing), tuple(problems))

    def _verify(self, until: float) -> None:
        """Raises SourceError for a token that is switched off or has run out."""
        if self._verified:
            return
        try:
            document = self._call(
                lambda client: client.user.tokens.with_raw_response.verify(), "the token's state", until
            )
        except CloudflareError as error:
            if not error.refused:
                raise
            return  # tokens of accounts are verified elsewhere: whether it is good shows in what follows
        result = document.get("result")
        status = result.get("status") if isinstance(result, dict) else ""
        if status in _UNUSABLE:
            raise CloudflareError(f"the Cloudflare token is {status}", "make a new one", status=401)
        self._verified = True

    def _wanted(self, until: float, problems: list[str], missing: list[str]) -> list[Zone]:
        items = self._pages(
            lambda page: lambda client: client.zones.with_raw_response.list(page=page, per_page=_ZONES_A_PAGE),
            "its zones",
            until,
        )
        zones = decode_zones(items, problems)
        if not zones:
            raise SourceError("the Cloudflare token sees no zone", "give it Zone:Read for the zones of your hosts")
        wanted = [zone for zone in zones if not self._zones or zone.name in self._zones]
        unseen = sorted(self._zones - {zone.name for zone in wanted})
        missing += [f"Zone:Read for {visible(name, _SHOWN)}, which cloudflare.zones names" for name in unseen]
        return sorted(wanted, key=lambda zone: zone.name)

    def _zone(self, zone: Zone, until: float, problems: list[str], missing: list[str]) -> tuple[Zone, list[Record]]:
        """A zone with its SSL mode, and its records; what the token may not read is told, and the rest counts."""
        name = visible(zone.name, _SHOWN)
        try:
            items = list(self._records(zone, until))
        except CloudflareError as error:
            if error.status == _GONE:
                return replace(zone, error=f"the zone {name} went away while it was read"), []
            if not error.refused:
                raise
            missing.append(f"DNS:Read for {name}")
            return replace(zone, error=f"the token may not read the records of {name}"), []
        records = decode_records(items, zone, problems)
        return replace(zone, ssl=self._ssl(zone, until, missing)), records

    def _records(self, zone: Zone, until: float) -> Iterator[Any]:
        return self._pages(
            lambda page: (
                lambda client: client.dns.records.with_raw_response.list(
                    zone_id=zone.id, page=page, per_page=_RECORDS_A_PAGE
                )
            ),
            f"the records of {visible(zone.name, _SHOWN)}",
            until,
        )

    def _ssl(self, zone: Zone, until: float, missing: list[str]) -> str:
        name = visible(zone.name, _SHOWN)
        try:
            document = self._call(
                lambda client: client.zones.settings.with_raw_response.get("ssl", zone_id=zone.id),
                f"the SSL mode of {name}",
                until,
            )
        except CloudflareError as error:
            if not error.refused and error.status != _GONE:
                raise
            missing.append(f"Zone Settings:Read for {name}")
            return ""
        result = document.get("result")
        value = result.get("value") if isinstance(result, dict) else ""
        return value if isinstance(value, str) else ""

    def _pages(self, page: Callable[[int], Call], what: str, until: float) -> Iterator[Any]:
        """The items of all pages. Raises CloudflareError where one before the last is empty or another one's."""
        last: list[Any] = []
        for number in range(1, _MOST_PAGES + 1):
            document = self._call(page(number), what, until)
            try:
                items = items_of(document)
            except TypeError:
                raise _broken(what, "with something that is no list") from None
            pages = pages_of(document)
            if not items or items == last:
                if pages > number or (last and pages == number):
                    raise _broken(what, f"with {pages} pages, of which page {number} has nothing new")
                return
            yield from items
            last = items
            if number == pages:
                return
        raise _broken(what, f"with more than {_MOST_PAGES} pages")

    def _call(self, call: Call, what: str, until: float) -> Document:
        if self._client.calls >= MOST_CALLS:
            message = f"the token's zones take more than {MOST_CALLS} calls of Cloudflare's API"
            raise SourceError(message, "name the zones that matter in cloudflare.zones")
        return self._client.call(call, what, until)


def _broken(what: str, how: str) -> CloudflareError:
    return CloudflareError(f"Cloudflare's API answers {what} {how}", "see whether a proxy is in between")


async def in_daemon(call: Callable[[], T]) -> T:
    """The call's result, from a thread of its own that holds up no exit. Cancelling leaves it to its time limit."""
    future, _ = started(call, "cloudflare")
    return await asyncio.wrap_future(future)

"""What is asked of Traefik in one tick, and what of the last tick still holds.

Three requests side by side each time: `/api/version`, `/api/entrypoints` and `/api/rawdata`. After a restart of Traefik
(another start date or version) one more follows for what only a restart can change: the support dump from 3.3 on,
which holds everything; before 3.3 the overview. A dump that can't be read gives its turn to the overview in the next
tick. So there are never more than four, and three as a rule. Bodies that did not change are not decoded again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import httpx

from specter_tui.core.collection import no_collection
from specter_tui.core.errors import SourceError
from specter_tui.core.model import TraefikRead
from specter_tui.core.settings import TraefikSettings
from specter_tui.core.versions import at_least
from specter_tui.sources.traefik.client import TraefikClient
from specter_tui.sources.traefik.fields import Element, Problems, any_json
from specter_tui.sources.traefik.routing import Routing, decode_routing
from specter_tui.sources.traefik.sections import NO_DIGEST, Kept, digest, split
from specter_tui.sources.traefik.static import (
    EntryPoints,
    StaticConfig,
    decode_entry_points,
    decode_overview,
    decode_support_dump,
)

_VERSION: Final = "/api/version"
_ENTRY_POINTS: Final = "/api/entrypoints"
_RAW_DATA: Final = "/api/rawdata"
_DUMP: Final = "/api/support-dump"
_OVERVIEW: Final = "/api/overview"
_SMALL: Final = 16 * 1024 * 1024
_DUMP_SINCE: Final = "3.3"
_Decoded = TypeVar("_Decoded")


@dataclass(frozen=True, slots=True)
class _Instance:
    """Which run of which Traefik answers."""

    version: str
    started_at: str


@dataclass(frozen=True, slots=True)
class _Bodies:
    """The three answers of a tick."""

    version: bytes
    entry_points: bytes
    raw_data: bytes


@dataclass(frozen=True, slots=True)
class _Parts:
    """What one read is made of."""

    instance: _Instance
    entry_points: EntryPoints
    routing: Routing
    static: StaticConfig

    def same_as(self, other: _Parts) -> bool:
        """Whether all parts are the same objects: comparing thousands of routers would hold up the event loop."""
        return (
            self.instance is other.instance
            and self.entry_points is other.entry_points
            and self.routing is other.routing
            and self.static is other.static
        )

    def joined(self) -> TraefikRead:
        """The parts as the core takes them."""
        return TraefikRead(
            version=self.instance.version,
            started_at=self.instance.started_at,
            entry_points=self.entry_points.entry_points,
            routers=self.routing.routers,
            middlewares=self.routing.middlewares,
            services=self.routing.services,
            providers=self.static.providers,
            default_rule_syntax=self.static.default_rule_syntax,
            certificates_duration=self.static.certificates_duration,
            resolver_durations=self.static.durations,
            resolvers=self.static.resolvers,
            problems=self.entry_points.problems + self.routing.problems,
        )


class _Memo:
    """Remembers what one body was decoded to, by its digest; used by one thread at a time."""

    def __init__(self) -> None:
        self._digest = NO_DIGEST
        self._decoded: object = None

    def get(self, body: bytes, decode: Callable[[bytes], _Decoded], kind: type[_Decoded]) -> _Decoded:
        """The decoded body, the same object as last time when the body is the same."""
        told = digest(body)
        if told == self._digest and isinstance(self._decoded, kind):
            return self._decoded
        decoded = decode(body)
        self._digest, self._decoded = told, decoded
        return decoded


class TraefikApi:
    """Reads Traefik's API (`core.ports.TraefikSource`); `deadline` is the seconds one read may take in all.

    Raises `ConfigError` when the settings name an address or a file that can't be used.
    """

    def __init__(
        self, settings: TraefikSettings, deadline: float, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._client = TraefikClient(settings, transport)
        self._deadline = deadline
        self._entry_points = _Memo()
        self._routing = _Memo()
        self._kept: Kept = {}
        self._static = StaticConfig()
        self._instance: _Instance | None = None
        self._wanted: list[str] = []  # what is still to be asked about this run of Traefik
        self._last: tuple[_Parts, TraefikRead] | None = None

    async def read(self) -> TraefikRead:
        """The whole configuration; the very same object as last time when nothing changed."""
        ends = asyncio.get_running_loop().time() + self._deadline
        try:
            async with asyncio.timeout_at(ends):
                bodies = await self._bodies()
                instance, entry_points, routing = await asyncio.to_thread(self._decode, bodies)
        except TimeoutError:
            raise self._client.deadline_error(self._deadline) from None
        if instance != self._instance:
            self._instance, self._static, self._wanted = instance, StaticConfig(), _questions(instance.version)
        await self._ask_more(ends)
        parts = _Parts(self._instance or instance, entry_points, routing, self._static)
        if self._last is None or not parts.same_as(self._last[0]):
            self._last = parts, parts.joined()
        return self._last[1]

    async def close(self) -> None:
        """Frees the connections."""
        await self._client.close()

    async def _bodies(self) -> _Bodies:
        try:
            async with asyncio.TaskGroup() as group:
                version = group.create_task(self._client.get(_VERSION, _SMALL))
                entry_points = group.create_task(self._client.get(_ENTRY_POINTS, _SMALL))
                raw_data = group.create_task(self._client.get(_RAW_DATA))
        except* SourceError as failed:
            error = failed.exceptions[0]
        else:
            return _Bodies(version.result(), entry_points.result(), raw_data.result())
        raise error

    def _decode(self, bodies: _Bodies) -> tuple[_Instance, EntryPoints, Routing]:
        """In a worker thread: everything that takes longer than the event loop may stand still."""
        with no_collection():
            return (
                self._decode_version(bodies.version),
                self._entry_points.get(bodies.entry_points, self._decode_entry_points, EntryPoints),
                self._routing.get(bodies.raw_data, self._decode_routing, Routing),
            )

    def _decode_version(self, body: bytes) -> _Instance:
        document = self._client.parse(_VERSION, body, any_json)
        raw = Element("the version", document if isinstance(document, dict) else None, Problems())
        if not raw.text("Version"):
            raise self._client.shape_error(_VERSION, "Traefik's version")
        return _Instance(raw.text("Version"), raw.text("startDate"))

    def _decode_entry_points(self, body: bytes) -> EntryPoints:
        document = self._client.parse(_ENTRY_POINTS, body, any_json)
        if not isinstance(document, list):
            raise self._client.shape_error(_ENTRY_POINTS, "a list")
        return decode_entry_points(document)

    def _decode_routing(self, body: bytes) -> Routing:
        document = self._client.parse(_RAW_DATA, body, split)
        if document is None:
            raise self._client.shape_error(_RAW_DATA, "an object")
        return decode_routing(document, self._kept)

    async def _ask_more(self, ends: float) -> None:
        """The fourth request, if any: what it would tell stays unknown when it fails, and the read is good anyway."""
        if not self._wanted:
            return
        path = self._wanted.pop(0)
        try:
            async with asyncio.timeout_at(ends):
                body = await self._client.get(path, _SMALL)
                found = await asyncio.to_thread(self._decode_static, path, body)
        except (SourceError, TimeoutError):
            found = None
        if found is not None:
            self._static, self._wanted = found, []

    def _decode_static(self, path: str, body: bytes) -> StaticConfig | None:
        if path == _DUMP:
            return decode_support_dump(body)
        document = self._client.parse(path, body, any_json)
        return decode_overview(document) if isinstance(document, dict) else None


def _questions(version: str) -> list[str]:
    return [_DUMP, _OVERVIEW] if at_least(version, _DUMP_SINCE) else [_OVERVIEW]

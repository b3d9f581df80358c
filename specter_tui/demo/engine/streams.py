"""The paths that may go on answering: logs, stats and events; each is chunked, its headers sent at once."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any, Final

from aiohttp import web

from specter_tui.demo.engine import filters, moments, query, stats
from specter_tui.demo.engine.answers import json_answer
from specter_tui.demo.engine.container import Container
from specter_tui.demo.engine.store import Store

_FRAMES: Final = "application/vnd.docker.multiplexed-stream"
_STATS_SECONDS: Final = 1.0


class Streams:
    """Handlers over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def table(self) -> list[web.RouteDef]:
        """The paths, without a version."""
        return [
            web.get("/containers/{id}/logs", self.logs, allow_head=False),
            web.get("/containers/{id}/stats", self.stats, allow_head=False),
            web.get("/events", self.events, allow_head=False),
        ]

    async def logs(self, request: web.Request) -> web.StreamResponse:
        """The lines that are kept; with `follow` also those to come, until the container stops."""
        container = self._store.container(request.match_info["id"])
        wish, tail = query.log_wish(request), query.tail(request)
        follow = query.flag(request, "follow")
        response = await _begin(request, _FRAMES)
        lines, life = container.log.lines, container.life
        position = 0 if tail is None else max(0, lines.end - tail)
        async with _until(wish.until):
            while True:
                new, position = lines.after(position), lines.end
                await response.write(wish.frames(new))
                if position == lines.end:
                    over = wish.until is not None and wish.until <= moments.now()
                    if not follow or over or not life or container.life != life:
                        break  # as in the real engine, following ends with the process, though another may begin
                    await lines.changed()
        await response.write_eof()
        return response

    async def stats(self, request: web.Request) -> web.StreamResponse:
        """Every second, or once: at once with `one-shot`, else after the second that a comparison needs."""
        container = self._store.container(request.match_info["id"])
        if query.flag(request, "stream", default=True):
            return await self._stats_stream(request, container)
        before = stats.Sample()
        if not query.flag(request, "one-shot") and container.running:
            before = stats.read(container)
            await asyncio.sleep(_STATS_SECONDS)
        return json_answer(stats.document(container, stats.read(container), before))

    async def _stats_stream(self, request: web.Request, container: Container) -> web.StreamResponse:
        response = await _begin(request, "application/json")
        before = stats.Sample()
        while True:
            now = stats.read(container)
            await response.write(_line(stats.document(container, now, before)))
            before = now
            await asyncio.sleep(_STATS_SECONDS)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """The history from `since` on, and what happens from now on until `until`."""
        wanted = filters.parse(request.query.get("filters", ""), filters.EVENTS)
        since, until = query.moment(request, "since"), query.moment(request, "until")
        events = self._store.events
        position = events.end if since is None and until is None else 0
        response = await _begin(request, "application/json")
        async with _until(until):
            while True:
                new, position = events.after(position), events.end
                for event in new:
                    early = since is not None and event.time < since
                    late = until is not None and event.time > until
                    if not early and not late and filters.matches(event, wanted, filters.EVENTS):
                        await response.write(_line(event.document()))
                if until is not None and until <= moments.now():
                    break
                if position == events.end:
                    await events.changed()
        await response.write_eof()
        return response


async def _begin(request: web.Request, content_type: str) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": content_type})
    response.enable_chunked_encoding()
    await response.prepare(request)
    return response


@contextlib.asynccontextmanager
async def _until(moment: int | None) -> AsyncIterator[None]:
    """Ends what it holds at a moment; one that is over already only bounds what is told of the past."""
    ahead = None if moment is None else (moment - moments.now()) / moments.SECOND
    if ahead is None or ahead <= 0:
        yield
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(ahead):
            yield


def _line(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode() + b"\n"

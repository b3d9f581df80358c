"""The paths that answer at once: containers and what is done with them, networks, images."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from aiohttp import web

from specter_tui.demo.engine import documents, filters, query
from specter_tui.demo.engine.answers import json_answer
from specter_tui.demo.engine.container import Container
from specter_tui.demo.engine.store import Store


class Routes:
    """Handlers over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._actions: set[asyncio.Task[None]] = set()

    def table(self) -> list[web.RouteDef]:
        """The paths, without a version."""
        one = "/containers/{id}"
        return [
            web.get("/containers/json", self.containers, allow_head=False),
            web.get(f"{one}/json", self.container, allow_head=False),
            web.post(f"{one}/start", self.start),
            web.post(f"{one}/stop", self.stop),
            web.post(f"{one}/restart", self.restart),
            web.post(f"{one}/kill", self.kill),
            web.get("/networks", self.networks, allow_head=False),
            web.get("/networks/{id}", self.network, allow_head=False),
            web.get("/images/json", self.images, allow_head=False),
            web.get("/images/{id:.+}/json", self.image, allow_head=False),
        ]

    async def containers(self, request: web.Request) -> web.Response:
        """The listing, the newest first; without `all`, `limit` or a filter on the state only what runs."""
        wanted = filters.container_filters(request.query.get("filters", ""))
        limit = query.integer(request, "limit")
        limit = limit if limit is not None and limit > 0 else None
        everything = query.flag(request, "all") or limit is not None or "status" in wanted or "exited" in wanted
        newest_first = reversed(self._store.containers.values())
        found = [
            one
            for one in newest_first
            if (everything or one.running) and filters.matches(one, wanted, filters.CONTAINERS)
        ]
        return json_answer([documents.listed(one, self._store.addresses) for one in found[:limit]])

    async def container(self, request: web.Request) -> web.Response:
        """One container."""
        return json_answer(documents.inspected(self._asked(request), self._store.addresses))

    async def start(self, request: web.Request) -> web.Response:
        """204, or 304 when it runs."""
        await self._carried_out(self._asked(request).start())
        return web.Response(status=204)

    async def stop(self, request: web.Request) -> web.Response:
        """204 once the process has ended, or 304 when there is none."""
        await self._carried_out(self._asked(request).stop(query.integer(request, "t")))
        return web.Response(status=204)

    async def restart(self, request: web.Request) -> web.Response:
        """204 once the new process runs."""
        await self._carried_out(self._asked(request).restart(query.integer(request, "t")))
        return web.Response(status=204)

    async def kill(self, request: web.Request) -> web.Response:
        """204, or 409 when it does not run."""
        await self._carried_out(self._asked(request).kill(query.signal_number(request)))
        return web.Response(status=204)

    async def networks(self, request: web.Request) -> web.Response:
        """All networks."""
        wanted = filters.parse(request.query.get("filters", ""), filters.NETWORKS)
        found = [one for one in self._store.networks.values() if filters.matches(one, wanted, filters.NETWORKS)]
        return json_answer([documents.network_document(one, self._store.addresses) for one in found])

    async def network(self, request: web.Request) -> web.Response:
        """One network with its members."""
        network = self._store.network(request.match_info["id"])
        members = self._store.members(network)
        return json_answer(documents.network_document(network, self._store.addresses, members))

    async def images(self, _request: web.Request) -> web.Response:
        """The images that the containers name."""
        return json_answer([documents.image_listed(one, self._store.begun) for one in self._store.images()])

    async def image(self, request: web.Request) -> web.Response:
        """One image."""
        return json_answer(documents.image_inspected(self._store.image(request.match_info["id"]), self._store.begun))

    async def _carried_out(self, action: Coroutine[None, None, None]) -> None:
        """Waits for an action, which goes on when the client no longer does."""
        task = asyncio.create_task(action)
        self._actions.add(task)
        task.add_done_callback(self._done)
        await asyncio.shield(task)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._actions.discard(task)
        if not task.cancelled():
            task.exception()  # marks it as seen: whoever asked may have gone

    def _asked(self, request: web.Request) -> Container:
        return self._store.container(request.match_info["id"])

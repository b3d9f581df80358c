"""The emulator as an object: it listens on loopback, and its parts can be looked at and changed while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from specter_tui.demo.descope import api, control, flow, pages
from specter_tui.demo.descope.faults import Faults, middleware
from specter_tui.demo.descope.people import PEOPLE, Person
from specter_tui.demo.descope.sessions import Project
from specter_tui.demo.loopback_site import LOOPBACK, LoopbackSite

PROJECT: Final = "P2specterdemo"


class DescopeEmulator:
    """One project on `address:port` (0: any free one); `async with` starts and stops it.

    `project` and `faults` may be changed at any time. `pause` closes the port, as when the service is unreachable,
    and `resume` opens the same one again with everything remembered. `library` is the folder `dist/umd` of the real
    `@descope/web-components-ui`; without it the flow's screens are of plain HTML. Whatever `address` is, only names of
    loopback are answered for.
    """

    def __init__(
        self,
        port: int = 0,
        project_id: str = PROJECT,
        people: Iterable[Person] = PEOPLE,
        clock: Callable[[], float] = time.time,
        *,
        library: Path | None = None,
        address: str = LOOPBACK,
    ) -> None:
        self.project = Project(project_id, people, clock)
        self.faults = Faults(clock)
        self._site = LoopbackSite(port, address)
        self._library = library

    @property
    def port(self) -> int:
        """Where it listens, or did last."""
        return self._site.port

    @property
    def base_url(self) -> str:
        """What DESCOPE_BASE_URI has to be, of those who reach it by loopback."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def listening(self) -> bool:
        """Whether it can be reached."""
        return self._site.listening

    async def resume(self) -> None:
        """Listens; OSError when the port is taken."""
        await self._site.start(self._app())

    async def pause(self) -> None:
        """Closes the port and every connection; what is remembered stays."""
        await self._site.stop()

    async def __aenter__(self) -> Self:
        await self.resume()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.pause()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[_local_hosts, flow.cross_origin, middleware(self.faults)])
        app[api.PROJECT] = self.project
        app[control.FAULTS] = self.faults
        for part in (api, pages, control):
            part.add_routes(app)
        flow.add_routes(app, self._library)
        return app


@web.middleware
async def _local_hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses a name that was made to point at loopback (DNS rebinding): the emulator has people's codes."""
    if not api.is_local(f"http://{request.host}/"):
        raise web.HTTPMisdirectedRequest(text="this emulator answers for loopback names only\n")
    return await handler(request)

"""The parts around the verify service in its end-to-end tests: an emulated Descope and an application, in a thread."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any, Final, TypeVar

from aiohttp import WSMsgType, web

from specter_tui.demo.descope import DescopeEmulator

T = TypeVar("T")
_PATIENCE: Final = 60.0


class Background:
    """An event loop in a thread of its own, since the tests that drive a browser block theirs."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Waits for a coroutine of the other thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(_PATIENCE)

    def close(self) -> None:
        """Ends the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
        self._loop.close()


class Application:
    """What stands behind Traefik: shows each request as it arrived, and answers WebSocket messages.

    A browser gets a page with the request as JSON in it, everything else the JSON itself. `seen` keeps all of them.
    """

    def __init__(self) -> None:
        self.port = 0
        self.seen: list[dict[str, Any]] = []
        self._runner: web.AppRunner | None = None

    async def start(self, address: str) -> None:
        """Listens on a free port of an address of this machine."""
        app = web.Application()
        app.router.add_get("/ws", self._socket)
        app.router.add_route("*", "/{path:.*}", self._show)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, max_field_size=65536)
        await self._runner.setup()
        site = web.TCPSite(self._runner, address, 0)
        await site.start()
        self.port = int(site.port)

    async def stop(self) -> None:
        """Closes everything."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _show(self, request: web.Request) -> web.Response:
        text = json.dumps(await self._noted(request))
        if "text/html" not in request.headers.get("Accept", ""):
            return web.Response(text=text, content_type="application/json")
        page = f'<!doctype html><title>Application</title><h1>Welcome</h1><pre id="seen">{escape(text)}</pre>'
        return web.Response(text=page, content_type="text/html", headers={"Set-Cookie": "app=kept; Path=/"})

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json(await self._noted(request))
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await socket.send_str(message.data)
        return socket

    async def _noted(self, request: web.Request) -> dict[str, Any]:
        noted = {
            "method": request.method,
            "path": request.path_qs,
            "headers": [[name, value] for name, value in request.headers.items()],
            "body": (await request.read()).decode(errors="replace"),
        }
        self.seen.append(noted)
        return noted


@contextmanager
def running_parts(
    library: Path | None = None, address: str = "127.0.0.1"
) -> Iterator[tuple[Background, DescopeEmulator, Application]]:
    """Both parts, started on `address`; `library` is the real UI library of Descope's component."""
    background = Background()
    emulator, application = DescopeEmulator(library=library, address=address), Application()
    try:
        background.run(emulator.resume())
        background.run(application.start(address))
        yield background, emulator, application
    finally:
        background.run(emulator.pause())
        background.run(application.stop())
        background.close()

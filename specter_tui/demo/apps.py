"""The sample applications: small pages on loopback, and an answerer that turns every visitor away as verify does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape
from urllib.parse import quote

from aiohttp import web

from specter_tui.demo.layout import DOMAIN, Ports


class SampleApps:
    """All sample applications of one demo, in this process."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._runners: list[web.AppRunner] = []

    async def start(self) -> None:
        """Listens on every application's port; OSError when one is taken."""
        for name, port in self._ports.apps:
            if name == "gone":
                continue
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", self._verify if name == "verify" else _page(name))
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
            await runner.setup()
            self._runners.append(runner)
            await web.TCPSite(runner, "127.0.0.1", port).start()

    async def stop(self) -> None:
        """Closes every listener and connection."""
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()

    async def _verify(self, request: web.Request) -> web.Response:
        """307 to the sign-in host with the address that was asked for, or 401 JSON for what is no browser."""
        if request.path != "/verify":
            raise web.HTTPNotFound
        asked = {name: request.headers.get(f"X-Forwarded-{name}", "") for name in ("Proto", "Host", "Uri")}
        if not all(asked.values()):
            raise web.HTTPBadRequest
        original = f"{asked['Proto']}://{asked['Host']}{asked['Uri']}"
        sign_in = f"https://auth.{DOMAIN}:{self._ports.websecure}/?redirect={quote(original, safe='')}"
        if "text/html" not in request.headers.get("Accept", ""):
            return web.json_response({"error": "no session", "login_url": sign_in}, status=401)
        return web.Response(status=307, headers={"Location": sign_in})


def _page(name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        text = f"<!doctype html><title>{name}</title><h1>{name}.{DOMAIN}</h1><p>{escape(request.path)}</p>\n"
        return web.Response(text=text, content_type="text/html")

    return answer

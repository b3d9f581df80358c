"""The emulator as an object: it listens on loopback, and its account can be looked at and changed while it runs."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from aiohttp import web

from specter_tui.demo.cloudflare import api
from specter_tui.demo.cloudflare.account import Account
from specter_tui.demo.cloudflare.faults import Faults
from specter_tui.demo.loopback_site import LoopbackSite


class CloudflareEmulator:
    """One account on `127.0.0.1:port` (0: any free one); `async with` starts and stops it.

    `account` and `faults` may be changed at any time.
    """

    def __init__(self, port: int = 0, account: Account | None = None) -> None:
        self.account = account or Account()
        self.faults = Faults()
        self._site = LoopbackSite(port)

    @property
    def port(self) -> int:
        """Where it listens, or did last."""
        return self._site.port

    @property
    def base_url(self) -> str:
        """What CLOUDFLARE_BASE_URL has to be."""
        return f"http://127.0.0.1:{self.port}{api.BASE}"

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[api.middleware])
        app[api.ACCOUNT] = self.account
        app[api.FAULTS] = self.faults
        app.add_routes(api.routes())
        await self._site.start(app)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._site.stop()

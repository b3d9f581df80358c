"""The emulator as an object: it listens on loopback, and its account can be looked at and changed while it runs."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from aiohttp import web

from specter_tui.demo.cloudflare import api
from specter_tui.demo.cloudflare.account import Account
from specter_tui.demo.cloudflare.faults import Faults


class CloudflareEmulator:
    """One account on `127.0.0.1:port` (0: any free one); `async with` starts and stops it.

    `account` and `faults` may be changed at any time.
    """

    def __init__(self, port: int = 0, account: Account | None = None) -> None:
        self.account = account or Account()
        self.faults = Faults()
        self.port = port
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        """What CLOUDFLARE_BASE_URL has to be."""
        return f"http://127.0.0.1:{self.port}{api.BASE}"

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[api.middleware])
        app[api.ACCOUNT] = self.account
        app[api.FAULTS] = self.faults
        app.add_routes(api.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port, reuse_address=True)
        try:
            await site.start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self.port = int(site.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

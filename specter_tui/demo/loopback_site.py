"""An aiohttp application on a port of loopback, as the emulators are served."""

from __future__ import annotations

from typing import Final

from aiohttp import web

LOOPBACK: Final = "127.0.0.1"


class LoopbackSite:
    """Listens while it is started; port 0 becomes the one that was free, and stays.

    `address` is another one only where loopback is out of reach: from and in containers.
    """

    def __init__(self, port: int = 0, address: str = LOOPBACK) -> None:
        self.port = port
        self._address = address
        self._runner: web.AppRunner | None = None

    @property
    def listening(self) -> bool:
        """Whether it can be reached."""
        return self._runner is not None

    async def start(self, app: web.Application) -> None:
        """Listens; OSError when the port is taken."""
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, self._address, self.port, reuse_address=True)
        try:
            await site.start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self.port = int(site.port)

    async def stop(self) -> None:
        """Closes the port and every connection."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

"""Waits until the demo's Traefik serves what it is to serve."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from specter_tui.demo.folder import DemoError

_PAUSE: Final = 0.05
_ANSWER_SECONDS: Final = 2.0  # somebody else may listen there, and never answer


async def until_served(api: int, routers: tuple[str, ...], seconds: float, broken: Callable[[], str] = str) -> None:
    """Returns once Traefik's API, on this port of 127.0.0.1, has all the HTTP routers.

    DemoError after `seconds`, or as soon as `broken` gives a reason why it never will.
    """
    waiting = list(routers)
    try:
        async with asyncio.timeout(seconds):
            while waiting:
                if await _has(api, waiting[0]):
                    waiting.pop(0)
                    continue
                if why := broken():
                    raise DemoError("traefik does not run", why)
                await asyncio.sleep(_PAUSE)
    except TimeoutError:
        raise DemoError(f"traefik does not serve {waiting[0]} after {seconds:.0f} s", broken()) from None


async def _has(api: int, router: str) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", api)
    except OSError:
        return False
    try:
        writer.write(f"GET /api/http/routers/{router} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode())
        async with asyncio.timeout(_ANSWER_SECONDS):
            return b" 200 " in await reader.readline()
    except OSError:  # TimeoutError is one
        return False
    finally:
        writer.close()

"""Follows what tells of changes, for as long as it is wanted and however often it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Final

_PAUSES: Final = (1.0, 10.0)  # seconds between two tries


async def follow(subscribe: Callable[[], AsyncIterator[str]], act: Callable[[], None]) -> None:
    """Acts on each item, and on the stream's end; subscribes again, ever less often while nothing comes."""
    pause, longest = _PAUSES
    while True:
        items = subscribe()
        try:
            with suppress(Exception):  # whatever it is, the reads say what is wrong, and listening goes on
                async for _ in items:
                    pause = _PAUSES[0]
                    act()
                act()
        finally:
            if (aclose := getattr(items, "aclose", None)) is not None:
                await aclose()
        await asyncio.sleep(pause)
        pause = min(longest, 2 * pause)

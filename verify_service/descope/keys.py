"""Keeps Descope's public keys fresh: in the background, and when a token names one that is not known.

The SDK never fetches known keys again, so that a revoked one stays good, and fetches for every unknown key id, so that
forged tokens use up the project's rate limit. Here the background drops what was revoked, an outage keeps what was
known for a day, and unknown ids cause one fetch in 30 s, whoever sends them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Final

from verify_service.errors import RejectedError, UnavailableError

UNKNOWN_PAUSE: Final = 30.0  # seconds between fetches that unknown key ids cause
STALE_LIMIT: Final = 86400.0  # seconds for which keys count that can't be fetched anew
_FIRST_RETRY: Final = 1.0
_LAST_RETRY: Final = 30.0


class KeyState(StrEnum):
    """How far the keys can be relied on."""

    FRESH = "fresh"
    STALE = "stale"  # the last fetch failed; the keys before it still count
    MISSING = "missing"


class Keys:
    """Which key ids are known; `fetch` reads them anew and raises UnavailableError when it can't."""

    def __init__(
        self, fetch: Callable[[], Awaitable[frozenset[str]]], interval: float, clock: Callable[[], float]
    ) -> None:
        self._fetch = fetch
        self._interval = interval
        self._clock = clock
        self._known: frozenset[str] = frozenset()
        self._fetched_at: float | None = None
        self._asked_for_unknown = -UNKNOWN_PAUSE
        self._failed = False
        self._running: asyncio.Task[None] | None = None

    @property
    def state(self) -> KeyState:
        """What is known now."""
        if not self._known or self._fetched_at is None or self._clock() - self._fetched_at > STALE_LIMIT:
            return KeyState.MISSING
        return KeyState.STALE if self._failed else KeyState.FRESH

    async def require(self, key_id: str) -> None:
        """Returns when the key is known; UnavailableError while there are no keys, RejectedError for no key of ours."""
        if self.state is KeyState.MISSING and self._running is not None:
            await self.refresh()
        if self.state is KeyState.MISSING:
            raise UnavailableError("Descope's keys could not be fetched yet")
        if key_id in self._known:
            return
        if self._clock() - self._asked_for_unknown >= UNKNOWN_PAUSE:
            self._asked_for_unknown = self._clock()
            await self.refresh()
        if key_id not in self._known:
            raise RejectedError("the token was signed with a key that is none of the project's")

    async def refresh(self) -> None:
        """Fetches once for everybody who waits; a failure keeps what is known."""
        if self._running is None:
            self._running = asyncio.create_task(self._refresh())
        await asyncio.shield(self._running)

    async def keep_fresh(self) -> None:
        """Fetches for ever: at the interval, and sooner while it fails."""
        pause = _FIRST_RETRY
        while True:
            await self.refresh()
            pause = min(pause * 2, _LAST_RETRY) if self._failed else _FIRST_RETRY
            await asyncio.sleep(min(pause, self._interval) if self._failed else self._interval)

    async def _refresh(self) -> None:
        try:
            self._known = await self._fetch()
            self._fetched_at = self._clock()
            self._failed = False
        except UnavailableError:
            self._failed = True
        finally:
            self._running = None

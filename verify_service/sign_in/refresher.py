"""Silent refresh: one call to Descope for one refresh token, however many tabs ask for it at once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from typing import Final

from verify_service.descope.identity import Descope, Grant
from verify_service.errors import RejectedError
from verify_service.lru import Lru

KEPT_SECONDS: Final = 30.0  # for tabs that come a moment later with the token that was just replaced
_KEPT: Final = 1000


class Refresher:
    """Shares calls under way and their results, by the full SHA-256 of the refresh token.

    A refusal is a result too: whoever keeps a cookie with a revoked token could else use up the project's rate limit.
    """

    def __init__(self, descope: Descope, clock: Callable[[], float]) -> None:
        self._descope = descope
        self._clock = clock
        self._running: dict[bytes, asyncio.Task[Grant]] = {}
        self._done: Lru[bytes, tuple[float, Grant]] = Lru(_KEPT)
        self._refused: Lru[bytes, float] = Lru(_KEPT)

    async def refresh(self, token: str) -> Grant:
        """What Descope gives for the token; RejectedError, UnavailableError or IdentityError."""
        digest = hashlib.sha256(token.encode()).digest()
        done = self._done.get(digest)
        if done is not None and self._clock() - done[0] < KEPT_SECONDS:
            return done[1]
        refused = self._refused.get(digest)
        if refused is not None and self._clock() - refused < KEPT_SECONDS:
            raise RejectedError("the token was refused a moment ago")
        task = self._running.get(digest)
        if task is None:
            task = self._running[digest] = asyncio.create_task(self._ask(token, digest))
            task.add_done_callback(_look_at_the_result)
        return await asyncio.shield(task)  # one visitor who leaves does not end it for the others

    def forget(self, token: str) -> None:
        """Drops a result, for a token that was logged out."""
        self._done.drop(hashlib.sha256(token.encode()).digest())

    async def _ask(self, token: str, digest: bytes) -> Grant:
        try:
            grant = await self._descope.refresh(token)
        except RejectedError:
            self._refused.put(digest, self._clock())
            raise
        else:
            self._done.put(digest, (self._clock(), grant))
            return grant
        finally:
            del self._running[digest]


def _look_at_the_result(task: asyncio.Task[Grant]) -> None:
    """Keeps asyncio quiet about a failure when everybody who waited has left."""
    if not task.cancelled():
        task.exception()

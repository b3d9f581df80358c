"""Faults as switches: what goes wrong, where, how often; and the rate limit that every address has."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware


class Target(StrEnum):
    """The calls that can fail, by the part of Descope that answers them."""

    KEYS = "keys"
    REFRESH = "refresh"
    LOGOUT = "logout"
    ME = "me"
    START = "start"  # authorize of OAuth and SSO, sending a magic link
    EXCHANGE = "exchange"  # the codes of both, and a magic link's token
    FLOW = "flow"  # what the web component asks for


class Trouble(StrEnum):
    """What a call answers in place of the truth; each is also what a broken proxy in between may do."""

    NONE = ""
    DOWN = "down"  # the connection ends without an answer
    STATUS = "status"
    HTML = "html"  # 200, but no JSON
    LIST = "list"  # 200, JSON of the wrong type
    EMPTY = "empty"  # 200, an object with nothing in it
    HUGE = "huge"  # 200, an object of eight megabytes


@dataclass(frozen=True, slots=True)
class Fault:
    """One switch: seconds of `delay` before any answer, then the trouble; `times` 0 means until it is cleared."""

    trouble: Trouble = Trouble.NONE
    status: int = 500
    retry_after: int = 0
    delay: float = 0.0
    times: int = 0


_PATHS: Final = (
    ("/v2/keys/", Target.KEYS),
    ("/v1/auth/refresh", Target.REFRESH),
    ("/v1/auth/logout", Target.LOGOUT),
    ("/v1/auth/me", Target.ME),
    ("/v1/auth/magiclink/verify", Target.EXCHANGE),
    ("/v1/auth/magiclink/", Target.START),
    ("/v1/flow/", Target.FLOW),
    ("/pages/", Target.FLOW),
)


def target_of(path: str) -> Target | None:
    """Which switch a path belongs to."""
    if path.endswith("/authorize") and path.startswith("/v1/"):
        return Target.START
    if path.endswith("/exchange") and path.startswith("/v1/"):
        return Target.EXCHANGE
    return next((target for prefix, target in _PATHS if path.startswith(prefix)), None)


class Faults:
    """The switches of one emulator, how often each part was asked, and the limit of calls a minute (0: none)."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.limit_per_minute = 0
        self.asked: Counter[Target] = Counter()
        self._clock = clock
        self._faults: dict[Target, Fault] = {}
        self._minute = 0
        self._calls: Counter[str] = Counter()

    def set(self, target: Target, fault: Fault) -> None:
        """Turns a switch on; it replaces the one that was there."""
        self._faults[target] = fault

    def clear(self) -> None:
        """Turns every switch off and forgets the counts."""
        self._faults.clear()
        self.limit_per_minute = 0
        self.asked.clear()
        self._calls.clear()

    def take(self, target: Target) -> Fault:
        """The fault for one call; a fault with `times` is used up by it."""
        self.asked[target] += 1
        fault = self._faults.get(target, Fault())
        if fault.times == 1:
            del self._faults[target]
        elif fault.times > 1:
            self._faults[target] = replace(fault, times=fault.times - 1)
        return fault

    def seconds_to_wait(self, address: str) -> int:
        """0, or after how many seconds an address that called too often may call again."""
        minute, passed = divmod(int(self._clock()), 60)
        if minute != self._minute:
            self._minute = minute
            self._calls.clear()
        self._calls[address] += 1
        return 60 - passed if 0 < self.limit_per_minute < self._calls[address] else 0


def error(status: int, code: str, description: str, headers: dict[str, str] | None = None) -> web.Response:
    """An error in Descope's shape."""
    body = {"errorCode": code, "errorDescription": description, "errorMessage": description}
    return web.json_response(body, status=status, headers=headers)


def middleware(faults: Faults) -> Middleware:
    """Lets a call through, or answers it with what its switch says."""

    @web.middleware
    async def trouble(request: web.Request, handler: Handler) -> web.StreamResponse:
        target = target_of(request.path)
        if target is None or request.method == "OPTIONS":
            return await handler(request)
        fault = faults.take(target)
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.trouble is not Trouble.NONE:
            return _answer(request, fault)
        if wait := faults.seconds_to_wait(request.remote or ""):
            return _too_many(wait)
        return await handler(request)

    return trouble


def _answer(request: web.Request, fault: Fault) -> web.StreamResponse:
    bodies: dict[Trouble, Any] = {Trouble.LIST: [], Trouble.EMPTY: {}, Trouble.HUGE: {"x": "x" * (8 << 20)}}
    if fault.trouble is Trouble.DOWN:
        if request.transport is not None:
            request.transport.close()
        return web.Response()
    if fault.trouble is Trouble.HTML:
        return web.Response(text="<!doctype html><title>Welcome</title>", content_type="text/html")
    if fault.trouble is not Trouble.STATUS:
        return web.json_response(bodies[fault.trouble])
    if fault.status == 429:  # noqa: PLR2004  the one status whose body is known
        return _too_many(fault.retry_after)
    headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else None
    return error(fault.status, "E000000", "the fault that was asked for", headers)


def _too_many(seconds: int) -> web.Response:
    return error(429, "E130429", "Rate limit exceeded", {"Retry-After": str(seconds)})

"""Faults as switches: what goes wrong, where, how often; latency, and the rate limit that a token has."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from aiohttp import web

_RETRY_AFTER: Final = 300


class Trouble(StrEnum):
    """What a call answers in place of the truth; each is also what a broken proxy in between may do."""

    NONE = ""
    STATUS = "status"
    DOWN = "down"  # the connection ends without an answer
    HTML = "html"  # 200, but no JSON
    LIST = "list"  # 200, JSON of the wrong type
    EMPTY = "empty"  # 200, an object with nothing in it
    DONE_AND_DOWN = "done_and_down"  # done, and the connection ends without saying so


@dataclass(frozen=True, slots=True)
class Fault:
    """One switch; `path` and `method` choose the calls (empty: any), `times` 0 means until it is cleared."""

    trouble: Trouble = Trouble.NONE
    path: str = ""  # a part of the path
    method: str = ""
    status: int = 500
    code: int = 10000
    retry_after: int | str = _RETRY_AFTER  # seconds, or what a broken proxy writes
    times: int = 0


@dataclass(slots=True)
class Faults:
    """The switches of one emulator, what it was asked, and how many calls it takes (0: any number)."""

    delay: float = 0.0  # seconds before each answer
    limit: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)  # method and path with its query
    switches: list[Fault] = field(default_factory=list)

    def take(self, method: str, path: str) -> Fault:
        """The fault for one call; one with `times` is used up by it."""
        self.asked.append((method, path))
        if 0 < self.limit < len(self.asked):
            return Fault(Trouble.STATUS, status=429, code=971)
        for index, one in enumerate(self.switches):
            if one.path in path and one.method in {"", method}:
                if one.times == 1:
                    del self.switches[index]
                elif one.times > 1:
                    self.switches[index] = replace(one, times=one.times - 1)
                return one
        return Fault()

    def clear(self) -> None:
        """Turns everything off and forgets what was asked."""
        self.delay, self.limit = 0.0, 0
        self.asked.clear()
        self.switches.clear()


async def answered(request: web.Request, fault: Fault, delay: float) -> web.StreamResponse | None:
    """What a fault answers; None when it lets the call through."""
    if delay:
        await asyncio.sleep(delay)
    match fault.trouble:
        case Trouble.STATUS:
            headers = {"retry-after": str(fault.retry_after)} if fault.status == 429 else {}  # noqa: PLR2004  its status
            return envelope(None, status=fault.status, error=(fault.code, "as the switch says"), headers=headers)
        case Trouble.DOWN:
            _hang_up(request)
        case Trouble.HTML:
            return web.Response(text="<!doctype html><title>Sign in</title>\n", content_type="text/html")
        case Trouble.LIST:
            return web.json_response([1, 2, 3])
        case Trouble.EMPTY:
            return web.json_response({})
        case Trouble.NONE | Trouble.DONE_AND_DOWN:
            return None
    return None


def hang_up_after(request: web.Request, fault: Fault) -> None:
    """Ends the connection of a call that was carried out, when its fault says so."""
    if fault.trouble is Trouble.DONE_AND_DOWN:
        _hang_up(request)


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
    raise web.HTTPInternalServerError


def envelope(
    result: object,
    *,
    status: int = 200,
    error: tuple[int, str] | None = None,
    info: dict[str, int] | None = None,
    headers: dict[str, str] | None = None,
) -> web.Response:
    """An answer in Cloudflare's shape."""
    body: dict[str, Any] = {
        "success": error is None,
        "errors": [{"code": error[0], "message": error[1]}] if error else [],
        "messages": [],
        "result": result,
    }
    if info is not None:
        body["result_info"] = info
    return web.json_response(body, status=status, headers=headers)

"""The answers of /verify as bytes and responses.

The one that lets somebody pass is most of what this service sends, so its head is built once a session and written
straight to the transport; aiohttp's own path costs three times as much (docs/benchmarks.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from email.utils import formatdate
from typing import Final

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest

ALWAYS: Final = {"Cache-Control": "no-store", "Vary": "Cookie, Accept"}
_CHALLENGE: Final = {"WWW-Authenticate": "Bearer"}


def head_of_allowed(identity: Iterable[tuple[str, str]]) -> bytes:
    """The part of the 200 that is the same for every request of one person."""
    lines = ["HTTP/1.1 200 OK", "Content-Length: 0"]
    lines += [f"{name}: {value}" for name, value in (*identity, *ALWAYS.items())]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a header with a line break")
    return "\r\n".join(lines).encode("ascii") + b"\r\n"


class Allowed(web.StreamResponse):
    """200 without a body: a prepared head, the request's cookies without ours, and the date."""

    def __init__(self, head: bytes, cookies: str, now: float) -> None:
        super().__init__(reason="OK")
        self._head = head
        self._cookies_left = cookies
        self._now = int(now)
        self._persistent = False

    @property
    def keep_alive(self) -> bool:
        """Whether the connection stays open."""
        return self._persistent

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        """Writes all of it."""
        self._persistent = request.keep_alive and request.version >= HttpVersion11
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("the connection is gone")
        transport.write(self.to_bytes())
        if request.protocol.writing_paused:  # somebody asks and asks, and reads no answer
            await request.writer.drain()
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""

    def to_bytes(self) -> bytes:
        """The answer on the wire."""
        parts = [self._head, _date_line(self._now)]
        if self._cookies_left:
            cookies = self._cookies_left.encode("utf-8", "surrogateescape")  # the bytes that came, whatever they were
            if b"\r" in cookies or b"\n" in cookies:
                raise ValueError("a cookie with a line break")
            parts.append(b"Cookie: " + cookies + b"\r\n")
        if not self._persistent:
            parts.append(b"Connection: close\r\n")
        parts.append(b"\r\n")
        return b"".join(parts)


_last_date: tuple[int, bytes] = (0, b"")


def _date_line(now: int) -> bytes:
    global _last_date  # noqa: PLW0603  one second's date is the same for all requests of it
    if _last_date[0] != now:
        _last_date = (now, f"Date: {formatdate(now, usegmt=True)}\r\n".encode("ascii"))
    return _last_date[1]


def refused(status: int, reason: str) -> web.Response:
    """400, 403 or 500 for a request that can't be judged."""
    return _json(status, {"error": reason})


def to_login(status: int, location: str) -> web.Response:
    """307 or 303 to the sign-in."""
    return web.Response(status=status, headers=ALWAYS | {"Location": location})


def unauthorized(login_url: str) -> web.Response:
    """401 for a program, with the address where a person could sign in."""
    return _json(401, {"error": "a session is needed", "login_url": login_url}, _CHALLENGE)


def forbidden() -> web.Response:
    """403 for a program whose user is known and not allowed."""
    return _json(403, {"error": "this user is not allowed here"})


def unavailable(retry_after: int) -> web.Response:
    """503 while a credential can't be checked."""
    return _json(503, {"error": "the credential can't be checked now"}, {"Retry-After": str(retry_after)})


def _json(status: int, content: dict[str, str], headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status,
        text=json.dumps(content),
        content_type="application/json",
        headers=ALWAYS | (headers or {}),
    )

"""The probe's connections: a new one for each request, or kept from one round to the next.

A connection is kept for one address and one host, since another host behind the same address needs its own SNI.
What a kept one shows of the certificate is as old as its handshake: `forget` ends that, and so does `FRESH`.
"""

from __future__ import annotations

import hashlib
import json
import random
import select
import socket
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from specter_tui.core.proof import ProbeTarget
from specter_tui.sources.probe_exchange import Exchange
from specter_tui.sources.probe_request import Place, headers_of, place_of

if TYPE_CHECKING:
    import h11
    import httpcore

FRESH: Final = (240.0, 360.0)  # seconds after its handshake, at random, after which a connection is used no more
_READ_LIMIT: Final = 64 * 1024  # bytes of an answer's head
_BODY_LIMIT: Final = 64 * 1024
_TEXT_LIMIT: Final = 2000

_Key = tuple[str, bool, str]  # address, TLS, host


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer as far as it is of interest."""

    status: int
    location: str
    login_url: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class _Line:
    """An open stream and what its handshake showed."""

    stream: httpcore.AsyncNetworkStream
    socket: socket.socket
    until: float  # monotonic; from then on it is not used again
    fingerprint: str


class Connections:
    """Sends single requests; keeps at most `keep` idle connections. `connect` is seconds for TCP, and again for TLS.

    httpcore's streams carry the bytes and h11 reads them: 0.35 ms of processor time a request, where httpcore's own
    connection on the same stream takes 0.6 (measured). The limit on connecting ends it before the caller's deadline
    does: a handshake that is cancelled leaves its socket to the garbage collector (httpcore 1.0). TLS certificates are
    not verified: what is served is read, not trusted.
    """

    def __init__(self, connect: float, keep: int = 0) -> None:
        self._connect = connect
        self._keep = keep
        self._idle: dict[_Key, _Line] = {}
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE
        self._context.set_alpn_protocols(["http/1.1"])

    async def send(self, target: ProbeTarget, method: str) -> Reply:
        """The reply to one request; ValueError for a target that is no request.

        Raises httpcore's and h11's errors, ssl.SSLError and OSError.
        """
        import h11
        import httpcore

        place, key = place_of(target), (target.address, target.tls, target.host)
        if (line := await self._kept(key)) is not None:
            try:
                return await self._exchange(key, line, target, method)
            except (httpcore.NetworkError, h11.RemoteProtocolError):
                pass  # closed by the other end just now; HEAD and GET may be sent again
        return await self._exchange(key, await self._open(place, target.host), target, method)

    async def forget(self) -> None:
        """Closes what is kept: the next requests see what is served from now on."""
        idle, self._idle = self._idle, {}
        for line in idle.values():
            await line.stream.aclose()

    async def _kept(self, key: _Key) -> _Line | None:
        line = self._idle.pop(key, None)
        if line is None:
            return None
        if line.until > time.monotonic() and not _has_news(line.socket):
            return line
        await line.stream.aclose()
        return None

    async def _open(self, place: Place, name: str) -> _Line:
        import httpcore

        stream = await httpcore.AnyIOBackend().connect_tcp(place.host, place.port, timeout=self._connect)
        if place.tls:
            stream = await stream.start_tls(self._context, server_hostname=name, timeout=self._connect)
        until = time.monotonic() + random.uniform(*FRESH)  # noqa: S311  spreads work, hides nothing
        return _Line(stream, stream.get_extra_info("socket"), until, _fingerprint(stream))

    async def _exchange(self, key: _Key, line: _Line, target: ProbeTarget, method: str) -> Reply:
        """Sends and reads; keeps the stream, or closes it where an answer was not read to its end.

        Each exchange has an HTTP state of its own, so that nothing left over from one answer is part of the next.
        """
        exchange = Exchange(line.stream, _READ_LIMIT)
        kept = False
        try:
            response = await exchange.ask(method, target.path, headers_of(target, keep=self._keep > 0))
            reply = await _read(exchange, response, method, line.fingerprint)
            kept = exchange.is_over() and self._put(key, line)
        finally:
            if not kept:
                await line.stream.aclose()
        return reply

    def _put(self, key: _Key, line: _Line) -> bool:
        if key in self._idle or len(self._idle) >= self._keep:
            return False
        self._idle[key] = line
        return True


def _has_news(idle: socket.socket) -> bool:
    """Whether it was closed by the other end, or says something unasked."""
    look = select.poll()
    look.register(idle, select.POLLIN)
    return bool(look.poll(0))


async def _read(exchange: Exchange, response: h11.Response, method: str, fingerprint: str) -> Reply:
    headers = [(name, value.decode("utf-8", "replace")) for name, value in response.headers]  # h11's: in lower case
    location = ", ".join(value for name, value in headers if name == b"location")[:_TEXT_LIMIT]
    kind = ", ".join(value for name, value in headers if name == b"content-type")
    login_url = ""
    if method == "HEAD":
        await exchange.body(0)  # there is none, and reading that is what sets the connection free
    elif kind.partition(";")[0].strip().lower() == "application/json":
        login_url = _login_url(await exchange.body(_BODY_LIMIT))
    return Reply(response.status_code, location, login_url, fingerprint)


def _fingerprint(stream: httpcore.AsyncNetworkStream) -> str:
    """SHA-256 of the leaf that was served, hex."""
    secured = stream.get_extra_info("ssl_object")
    leaf = secured.getpeercert(binary_form=True) if secured is not None else None
    return hashlib.sha256(leaf).hexdigest() if leaf else ""


def _login_url(body: bytes | None) -> str:
    """`login_url` of a JSON answer that is not too long."""
    try:
        document = json.loads(body or b"")
    except (ValueError, RecursionError):
        return ""
    found = document.get("login_url") if isinstance(document, dict) else None
    return found[:_TEXT_LIMIT] if isinstance(found, str) else ""

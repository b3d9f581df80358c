"""The probe: what an anonymous visitor gets from Traefik's own entry points.

Nothing here judges. TLS certificates are not verified, since what is served is read and not trusted; redirects
are never followed, cookies never kept, and no method but HEAD and GET is ever sent.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import json
import re
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from specter_tui import __version__
from specter_tui.core.proof import ProbeAnswer, ProbeTarget
from specter_tui.core.text import visible

if TYPE_CHECKING:
    import httpx

USER_AGENT: Final = f"specter-tui/{__version__} (probe)"
_AT_ONCE: Final = 10
_BODY_LIMIT: Final = 64 * 1024
_TEXT_LIMIT: Final = 2000
_REASON_LIMIT: Final = 160
_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_LONGEST_HOST: Final = 253
_PATH: Final = re.compile(r"/[!-~]*")
_METHODS: Final = ("HEAD", "GET")


@dataclass(frozen=True, slots=True)
class _Reply:
    """One answer as far as it is of interest."""

    status: int
    location: str
    login_url: str
    fingerprint: str


class Probe:
    """`core.ports.ProbeSource` over httpx; `deadline` is seconds for one target, HEAD and GET together.

    `pause` is seconds between the beginnings of two targets: one costs 3 ms of processor time, half of it OpenSSL's
    (measured), so that thousands in a row would be in the way of everything else for many seconds.
    """

    def __init__(self, deadline: float = 5.0, pause: float = 0.0) -> None:
        self._deadline = deadline
        self._pause = pause
        self._next = 0.0  # the monotonic time at which the next target may begin
        self._client: httpx.AsyncClient | None = None
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def read(self, targets: Sequence[ProbeTarget]) -> tuple[ProbeAnswer, ...]:
        """One answer a target, in their order; at most ten are asked at once. Raises nothing."""
        if not targets:
            return ()
        if self._client is None:
            self._client = await asyncio.to_thread(_build_client, self._deadline)
        answers: dict[int, ProbeAnswer] = {}
        left = iter(enumerate(targets))  # taken from by as many tasks as may ask at once: not a task for each target
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(self._work(self._client, left, answers))
        return tuple(answers[place] for place in range(len(targets)))

    async def close(self) -> None:
        """Frees the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _work(
        self, client: httpx.AsyncClient, left: Iterator[tuple[int, ProbeTarget]], answers: dict[int, ProbeAnswer]
    ) -> None:
        for place, target in left:
            async with self._places:
                await self._turn()
                answers[place] = await self._ask(client, target)

    async def _turn(self) -> None:
        """Waits until the next target may begin."""
        now = time.monotonic()
        begins = max(now, self._next)
        self._next = begins + self._pause
        if begins > now:
            await asyncio.sleep(begins - now)

    async def _ask(self, client: httpx.AsyncClient, target: ProbeTarget) -> ProbeAnswer:
        started = time.monotonic()
        checked_at = datetime.now(UTC)  # noqa: TID251  adapters read the clock
        reply, error = await self._reply(client, target)
        return ProbeAnswer(
            target,
            checked_at,
            status=reply.status if reply else 0,
            location=reply.location if reply else "",
            login_url=reply.login_url if reply else "",
            error=error,
            seconds=time.monotonic() - started,
            served_fingerprint=reply.fingerprint if reply else "",
        )

    async def _reply(self, client: httpx.AsyncClient, target: ProbeTarget) -> tuple[_Reply | None, str]:
        """The deciding reply, or why there is none."""
        import httpx

        try:
            async with asyncio.timeout(self._deadline):
                request = _url_of(target)
                reply = await _send(client, target.method, request, target)
                if target.method == "HEAD" and _undecided(reply.status):
                    reply = await _send(client, "GET", request, target)
                return reply, ""
        except (TimeoutError, httpx.TimeoutException):
            return None, f"no answer from {visible(target.address, _REASON_LIMIT)} within {self._deadline:g} s"
        except httpx.ConnectError as error:
            return None, f"no connection to {visible(target.address, _REASON_LIMIT)} ({_short(error)})"
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError, ValueError) as error:
            return None, f"no valid answer from {visible(target.address, _REASON_LIMIT)} ({_short(error)})"


def _build_client(deadline: float) -> httpx.AsyncClient:
    import httpx

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return httpx.AsyncClient(
        verify=context,
        trust_env=False,
        follow_redirects=False,
        # One limit lies around everything; this one ends connecting and the TLS handshake before it does, since a
        # handshake that is cancelled leaves its socket to the garbage collector (httpcore 1.0).
        timeout=httpx.Timeout(None, connect=deadline / 3),
        # No connection is used again: the pool knows addresses, and another host behind one needs its own SNI.
        limits=httpx.Limits(max_connections=_AT_ONCE, max_keepalive_connections=0),
    )


def _url_of(target: ProbeTarget) -> httpx.URL:
    """Where to send the request; ValueError for what would not be one request to one host."""
    import httpx

    if target.method not in _METHODS:
        raise ValueError("a probe is a HEAD or a GET and nothing else")
    if not _is_host(target.host):
        raise ValueError("the host is no host name")
    if not _PATH.fullmatch(target.path):
        raise ValueError("the path has characters that no request may hold")
    place = httpx.URL(f"{'https' if target.tls else 'http'}://{target.address}")
    if not place.host or place.userinfo or place.raw_path != b"/":
        raise ValueError("the address is not host:port")
    return httpx.URL(scheme=place.scheme, host=place.host, port=place.port, raw_path=target.path.encode("ascii"))


def _is_host(text: str) -> bool:
    if len(text) <= _LONGEST_HOST and _HOST.fullmatch(text):
        return True
    try:
        ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


async def _send(client: httpx.AsyncClient, method: str, url: httpx.URL, target: ProbeTarget) -> _Reply:
    headers = {
        **dict(target.headers),
        "Host": target.host,
        "User-Agent": USER_AGENT,
        "Accept": "text/html",  # as a browser navigates, which the verify service answers with a redirect
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    client.cookies.clear()
    extensions = {"sni_hostname": target.host} if target.tls else {}
    async with client.stream(method, url, headers=headers, extensions=extensions) as response:
        stream = response.extensions.get("network_stream")
        secured = stream.get_extra_info("ssl_object") if stream is not None else None
        leaf = secured.getpeercert(binary_form=True) if secured is not None else None
        return _Reply(
            status=response.status_code,
            location=response.headers.get("location", "")[:_TEXT_LIMIT],
            login_url=await _login_url(response),
            fingerprint=hashlib.sha256(leaf).hexdigest() if leaf else "",
        )


async def _login_url(response: httpx.Response) -> str:
    """`login_url` of a JSON answer of at most 64 KiB; any other body is not read."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or response.request.method == "HEAD":
        return ""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > _BODY_LIMIT:
            return ""
    try:
        document = json.loads(bytes(body))
    except (ValueError, RecursionError):
        return ""
    found = document.get("login_url") if isinstance(document, dict) else None
    return found[:_TEXT_LIMIT] if isinstance(found, str) else ""


def _undecided(status: int) -> bool:
    """Whether GET may say more than HEAD did: a HEAD has no body, so even its 401 shows no `login_url`."""
    return not HTTPStatus.OK <= status < HTTPStatus.BAD_REQUEST


def _short(error: Exception) -> str:
    return visible(str(error).partition("\n")[0] or type(error).__name__, _REASON_LIMIT)

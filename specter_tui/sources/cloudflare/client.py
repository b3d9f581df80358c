"""Cloudflare's SDK as one function: a call in, the answer's JSON out, every failure a SourceError with its remedy.

Of the SDK (5.9) come the addresses, the authentication and the errors; answers are decoded here, because its models
pass over what is missing or of another type. What it would do by itself is put off: it repeats failed calls, those
that write too; with CLOUDFLARE_EMAIL or CLOUDFLARE_API_KEY in the environment, which Traefik's DNS provider uses, it
leaves the token out; and its paging asks for pages until one is empty.
"""

from __future__ import annotations

import json
import os
import shlex
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

from specter_tui.core.errors import SourceError
from specter_tui.core.loopback import is_loopback
from specter_tui.core.secrets import Secret, mask_line
from specter_tui.core.text import visible

if TYPE_CHECKING:
    import httpx
    from cloudflare import APIStatusError, Cloudflare

API: Final = "https://api.cloudflare.com/client/v4"
SCOPES: Final = "Zone:Read, DNS:Read and Zone Settings:Read"
_SHOWN: Final = 200
_TOKEN_LIMIT: Final = 4096
_OPEN: Final = stat.S_IWGRP | stat.S_IRWXO  # a group may be let read it
_CALL_SECONDS: Final = 15.0
_MOST_RETRY_AFTER: Final = 600.0
_USUAL_RETRY_AFTER: Final = 300.0  # after too many calls Cloudflare blocks for 5 minutes (its API documentation)
_TOO_MANY: Final = 429
_REFUSED: Final = frozenset({401, 403})
_SERVER_ERROR: Final = 500
_BAD_TOKEN_CODES: Final = frozenset({1000, 6003, 6111, 9109, 10000})  # Cloudflare's own, of its authentication


class Answer(Protocol):
    """What the SDK's `with_raw_response` gives."""

    @property
    def http_response(self) -> httpx.Response:
        """The answer itself."""
        ...


Call = Callable[["Cloudflare"], Answer]
Document = dict[str, Any]  # JSON, not yet looked at


class CloudflareError(SourceError):
    """Cloudflare answered, and not with what was asked for; `status` is HTTP's, `codes` are Cloudflare's own."""

    def __init__(self, message: str, remedy: str, status: int = 0, codes: frozenset[int] = frozenset()) -> None:
        super().__init__(message, remedy)
        self.status = status
        self.codes = codes

    @property
    def refused(self) -> bool:
        """Whether the token, or what it may do, is the reason."""
        return _is_refused(self.status, self.codes)


def read_token(name: str) -> Secret:
    """The token in a file, without white space around it. Raises SourceError, also where others may read the file."""
    shown = visible(name, _SHOWN)
    try:
        with Path(name).expanduser().open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read(_TOKEN_LIMIT + 1)
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        message = f"the Cloudflare token file {shown} cannot be read: {reason}"
        raise SourceError(message, "name a file that the user running specter-tui can read") from None
    if mode & _OPEN:
        message = f"the Cloudflare token file {shown} is open to others (mode {mode:04o})"
        raise SourceError(message, f"type: chmod 600 {shlex.quote(shown)}; and if others had access, make a new token")
    text = content.decode("ascii", "replace").strip()
    if not text or len(content) > _TOKEN_LIMIT or not text.isprintable() or " " in text or not text.isascii():
        raise SourceError(f"{shown} holds no Cloudflare token", "put the token into it, in one line and alone")
    return Secret(text)


class CloudflareClient:
    """Calls of Cloudflare's API, one at a time; for worker threads, since the SDK's import takes most of a second.

    `token` is asked for before a client is made, so that one which changed is noticed by `forget`.
    """

    def __init__(self, base_url: str, token: Callable[[], Secret]) -> None:
        self._base_url = base_url or API
        self._token = token
        self._client: Cloudflare | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._not_before = 0.0  # the tick before which Cloudflare wants to hear nothing
        self.calls = 0

    def call(self, ask: Call, what: str, until: float) -> Document:
        """The JSON object that answers; `until` is the tick at which nobody waits any more.

        Raises CloudflareError for an answer that is none, SourceError where there is no answer.
        """
        from cloudflare import APIConnectionError, APIError, APIStatusError, APITimeoutError

        left = until - time.monotonic()
        waiting = self._not_before - time.monotonic()
        if waiting > 0:
            raise CloudflareError(_limited(waiting), "it is asked again by itself", _TOO_MANY)
        if left <= 0:
            raise _slow(what)
        self.calls += 1
        try:
            client = _token_alone(self._connected().with_options(timeout=min(left, _CALL_SECONDS)))
            response = ask(client).http_response
        except APITimeoutError:
            raise _slow(what) from None
        except APIConnectionError as error:
            raise self._unreachable(error) from None
        except APIStatusError as error:
            raise self._refused(error, what) from None
        except APIError as error:
            raise CloudflareError(f"Cloudflare's API cannot be asked for {what}", _shown(error.message)) from None
        return _decoded(response.content, what)

    def forget(self) -> None:
        """The next call reads the token again."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def close(self) -> None:
        """Frees the connections for good."""
        self._closed = True
        self.forget()

    def _connected(self) -> Cloudflare:
        with self._lock:
            if self._closed:
                raise SourceError("the Cloudflare source is closed")
            if self._client is None:
                self._client = self._connect()
            return self._client

    def _connect(self) -> Cloudflare:
        from cloudflare import Cloudflare, DefaultHttpxClient

        local = _refuse_plain(self._base_url)
        return Cloudflare(
            api_token=self._token().reveal(),
            base_url=self._base_url,
            max_retries=0,
            http_client=DefaultHttpxClient(trust_env=not local, follow_redirects=False),
        )

    def _unreachable(self, error: Exception) -> SourceError:
        where = visible(urlsplit(self._base_url).hostname or "", _SHOWN)
        reason = visible(str(error.__cause__ or error), _SHOWN)
        return SourceError(f"Cloudflare's API at {where} cannot be reached ({reason})", "see this machine's network")

    def _refused(self, error: APIStatusError, what: str) -> CloudflareError:
        status = error.status_code
        codes, said = _errors_of(error.body)
        if status == _TOO_MANY:
            seconds = _retry_after(error.response.headers.get("retry-after", ""))
            self._not_before = time.monotonic() + seconds
            return CloudflareError(_limited(seconds), "it is asked again by itself", status, codes)
        told = f": {said}" if said else ""
        if _is_refused(status, codes):
            message = f"Cloudflare refuses {what} to the token ({status}{told})"
            return CloudflareError(message, f"give the token {SCOPES}, for the zones of these hosts", status, codes)
        message = f"Cloudflare answers {what} with status {status}{told}"
        return CloudflareError(
            message, "see Cloudflare's status page, and whether a proxy is in between", status, codes
        )


def _is_refused(status: int, codes: frozenset[int]) -> bool:
    """Whether it is the token's fault; one that is told to wait is no bad one, whatever the code beside it."""
    return status in _REFUSED or (status < _SERVER_ERROR and status != _TOO_MANY and bool(codes & _BAD_TOKEN_CODES))


def _token_alone(client: Cloudflare) -> Cloudflare:
    """The client without what the SDK takes from the environment whenever it copies one: it would send no token."""
    client.api_email = client.api_key = client.user_service_key = None
    return client


def _refuse_plain(url: str) -> bool:
    """Whether the API is on this machine; anywhere else the token needs TLS."""
    parts = urlsplit(url)
    local = is_loopback(parts.hostname or "")
    if parts.scheme != "https" and not local:
        raise SourceError(
            "cloudflare.base_url is not https, and the token would be readable on the way", "write it with https://"
        )
    return local


def _decoded(content: bytes, what: str) -> Document:
    remedy = "see whether a proxy or sign-in page is in between, or correct cloudflare.base_url"
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        kind = "a web page" if content.lstrip().startswith(b"<") else "no JSON"
        raise CloudflareError(f"Cloudflare's API answers {what} with {kind}", remedy) from None
    if not isinstance(document, dict):
        raise CloudflareError(f"Cloudflare's API answers {what} with JSON that is no object", remedy)
    if document.get("success") is False:
        codes, said = _errors_of(document)
        raise CloudflareError(f"Cloudflare does not give {what}: {said or 'no reason'}", remedy, codes=codes)
    return document


def _errors_of(body: object) -> tuple[frozenset[int], str]:
    """Cloudflare's error codes, and its first message as it may be shown."""
    errors = body.get("errors") if isinstance(body, dict) else None
    found = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    codes = frozenset(code for one in found if isinstance(code := one.get("code"), int))
    said = next((text for one in found if isinstance(text := one.get("message"), str) and text), "")
    return codes, _shown(said)


def _shown(text: str) -> str:
    return visible(mask_line(text), _SHOWN)


def _retry_after(text: str) -> float:
    """Seconds; a date, or nothing, counts as the usual time."""
    try:
        seconds = float(text)
    except ValueError:
        return _USUAL_RETRY_AFTER
    return min(max(seconds, 1.0), _MOST_RETRY_AFTER) if seconds == seconds else _USUAL_RETRY_AFTER  # noqa: PLR0124  NaN


def _limited(seconds: float) -> str:
    return f"Cloudflare's rate limit is used up for another {seconds:.0f} s"


def _slow(what: str) -> SourceError:
    return SourceError(f"Cloudflare's API did not answer {what} in time", "see Cloudflare's status page")

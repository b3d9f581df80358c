"""Traefik's API over HTTP: one connection pool, bounded answers, and every failure as one sentence."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

import httpx

from specter_tui.core.errors import ConfigError, SourceError
from specter_tui.core.secrets import Secret, mask_urls
from specter_tui.core.settings import TraefikSettings
from specter_tui.core.text import visible

BODY_LIMIT: Final = 64 * 1024 * 1024
_PASSWORD_LIMIT: Final = 64 * 1024
_SHOWN: Final = 200  # characters of something from outside in a sentence
_ADDRESS_REMEDY: Final = "set traefik.api_url to the address of Traefik's API, without /api"
_REDIRECT: Final = range(300, 400)
_LAST_PORT: Final = 65535
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_HOSTNAME_MISMATCH: Final = (62, 64)  # OpenSSL: X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_EXPIRED: Final = (9, 10)  # OpenSSL: X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED

_Decoded = TypeVar("_Decoded")


class TraefikClient:
    """GET requests to the API; no redirect is followed, no proxy of the environment used.

    Raises `ConfigError` for an address, password file or CA file that can't be used.
    """

    def __init__(self, settings: TraefikSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        url = _api_url(settings.api_url)
        auth = _auth(settings, url)
        # httpx logs the URLs of its requests: they must hold no password.
        self._base = str(url.copy_with(userinfo=b"")).rstrip("/")
        self.shown_url = visible(self._base, _SHOWN)
        self._with_password = auth is not None
        self._http = httpx.AsyncClient(
            auth=auth,
            # Asked for uncompressed: the size of what arrives is then the size of what it costs.
            headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "specter-tui"},
            verify=_ssl_context(self._base, settings.ca_file),
            trust_env=False,
            follow_redirects=False,
            timeout=None,  # noqa: S113  the source has one deadline for all requests of a tick
            transport=transport,
        )

    async def get(self, path: str, limit: int = BODY_LIMIT) -> bytes:
        """The body of a 200; raises `SourceError` for everything else and for more than `limit` bytes."""
        try:
            return await self._get(path, limit)
        except httpx.TransportError as error:
            raise self._transport_error(error) from None
        except UnicodeError:  # of the resolver, for a name with empty or overlong labels
            raise self._error("has a host name that cannot be resolved", "correct traefik.api_url") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._error(f"cannot be asked ({visible(mask_urls(str(error)), _SHOWN)})", _ADDRESS_REMEDY) from None

    async def _get(self, path: str, limit: int) -> bytes:
        body = bytearray()
        async with self._http.stream("GET", self._base + path) as answer:
            if answer.status_code != httpx.codes.OK:
                raise self._status_error(path, answer)
            if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise self._error(f"answers {path} compressed although not asked to", _ADDRESS_REMEDY)
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > limit:
                    raise self._error(f"answers {path} with more than {limit >> 20} MiB", _ADDRESS_REMEDY)
        return bytes(body)

    def parse(self, path: str, body: bytes, decode: Callable[[bytes], _Decoded]) -> _Decoded:
        """What `decode` makes of a body; raises `SourceError` when that finds no JSON. Runs in a worker thread."""
        try:
            return decode(body)
        except (ValueError, RecursionError):
            found = _described(body)
        raise self._error(f"answers {path} with {found} instead of JSON", _ADDRESS_REMEDY)

    def shape_error(self, path: str, wanted: str) -> SourceError:
        """The error for a JSON document that is not what Traefik answers on this path."""
        return self._error(f"answers {path} with JSON that is not {wanted}", _ADDRESS_REMEDY)

    def deadline_error(self, seconds: float) -> SourceError:
        """The error for an answer that did not come in time."""
        return self._error(f"did not answer within {seconds:g} s", "see whether Traefik is overloaded or unreachable")

    async def close(self) -> None:
        """Frees the connections."""
        await self._http.aclose()

    def _error(self, what: str, remedy: str) -> SourceError:
        return SourceError(f"Traefik's API at {self.shown_url} {what}", remedy)

    def _status_error(self, path: str, answer: httpx.Response) -> SourceError:
        status = answer.status_code
        if status in _REDIRECT:
            target = visible(mask_urls(answer.headers.get("Location", "").partition("?")[0]), _SHOWN)
            return self._error(
                f"redirects {path} to {target or 'nowhere'}: this address stands behind a sign-in or on another scheme",
                "set traefik.api_url to the API itself, for example http://127.0.0.1:8080",
            )
        if status in {_UNAUTHORIZED, _FORBIDDEN}:
            what = "refuses the user name and password" if self._with_password else "asks for authentication"
            return self._error(f"{what} ({status})", "set traefik.username and traefik.password_file")
        if status == _NOT_FOUND:
            return self._error(
                f"does not know {path} (404)",
                "enable the API in Traefik's static configuration (api) and set traefik.api_url with the base path and "
                "without /api",
            )
        return self._error(f"answers {path} with status {status}", "see Traefik's log")

    def _transport_error(self, error: httpx.TransportError) -> SourceError:
        causes = list(_causes(error))
        for cause in causes:
            if isinstance(cause, ssl.SSLError):
                return self._tls_error(cause)
            if isinstance(cause, socket.gaierror):
                return self._error("has a host name that cannot be resolved", "correct traefik.api_url")
            if isinstance(cause, ConnectionRefusedError):
                return self._error("refuses the connection", "start Traefik, or correct traefik.api_url")
        if isinstance(error, httpx.UnsupportedProtocol):
            return self._error("has no http or https address", _ADDRESS_REMEDY)
        if isinstance(error, httpx.ConnectError):
            reason = next((one.strerror for one in causes if isinstance(one, OSError) and one.strerror), "")
            detail = f" ({visible(reason, _SHOWN)})" if reason else ""
            return self._error(f"cannot be reached{detail}", "start Traefik, or correct traefik.api_url")
        return self._error("broke off in the middle of an answer", "see whether Traefik was restarted, and its log")

    def _tls_error(self, error: ssl.SSLError) -> SourceError:
        if not isinstance(error, ssl.SSLCertVerificationError):
            return self._error("does not speak TLS that this machine accepts", "see whether it should be http://")
        if error.verify_code in _HOSTNAME_MISMATCH:
            return self._error(
                "shows a certificate for another name", "use the name in the certificate in traefik.api_url"
            )
        if error.verify_code in _EXPIRED:
            return self._error("shows a certificate that is expired or not yet valid", "renew it, or check the clock")
        return self._error(
            "shows a certificate that no known authority signed",
            "set traefik.ca_file to the certificate of the authority that did",
        )


def _api_url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError):
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host or (url.port or 0) > _LAST_PORT:
        shown = visible(mask_urls(text), _SHOWN)
        raise ConfigError(f"traefik.api_url is not an http or https address: {shown}", _ADDRESS_REMEDY)
    return url.copy_with(query=None, fragment=None)


def _auth(settings: TraefikSettings, url: httpx.URL) -> httpx.Auth | None:
    if not settings.username:
        return httpx.BasicAuth(url.username, url.password) if url.userinfo else None
    password = _read_password(settings.password_file)
    return httpx.BasicAuth(settings.username, password.reveal())


def _read_password(name: str) -> Secret:
    """The file's content without the line end; a file that is not there or too long raises `ConfigError`."""
    if not name:
        return Secret("")
    try:
        with Path(name).open("rb") as file:
            content = file.read(_PASSWORD_LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise ConfigError(
            f"traefik.password_file {visible(name, _SHOWN)} cannot be read: {reason}",
            "name a file that the user running specter-tui can read",
        ) from None
    if len(content) <= _PASSWORD_LIMIT:
        return Secret(content.decode("utf-8", "surrogateescape").removesuffix("\n").removesuffix("\r"))
    raise ConfigError(f"traefik.password_file {visible(name, _SHOWN)} is too long", "name a file with one line")


def _ssl_context(base: str, ca_file: str) -> ssl.SSLContext:
    if base.startswith("http:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and costs no reading of certificates
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        missing = isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError)
        reason = error.strerror if missing and isinstance(error, OSError) else "it holds no certificate"
    raise ConfigError(
        f"traefik.ca_file {visible(ca_file, _SHOWN)} cannot be used: {reason}",
        "name a PEM file with the authority's certificate",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything it came from; several attempts to connect come as a group."""
    todo, seen = [error], set[int]()
    while todo:
        one = todo.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        todo += [cause for cause in (one.__cause__, one.__context__) if cause]
        if isinstance(one, BaseExceptionGroup):
            todo += one.exceptions


def _described(body: bytes) -> str:
    start = body[:64].lstrip()
    if not start:
        return "nothing"
    if start.startswith(b"<"):
        return "a web page"
    return "a cut or garbled text" if start[:1] in b"{[" else "some text"

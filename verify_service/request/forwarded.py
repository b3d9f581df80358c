"""What Traefik says about the request it asks for: four X-Forwarded-* headers in, the request or a refusal out.

Traefik sets each of them exactly once. A missing one means that a client made Traefik drop it (CVE-2024-45410,
CVE-2026-29054), a second one that somebody smuggled it in; names with underscores are other headers and never read.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from multidict import CIMultiDict, CIMultiDictProxy, istr

from verify_service.site import Site, parse_authority

METHOD: Final = istr("X-Forwarded-Method")
PROTO: Final = istr("X-Forwarded-Proto")
HOST: Final = istr("X-Forwarded-Host")
URI: Final = istr("X-Forwarded-Uri")

_SCHEMES: Final = {"https": "https", "http": "http", "wss": "https", "ws": "http"}
_METHOD: Final = re.compile(r"[A-Z]{1,20}")
# Printable ASCII: browsers percent-encode the rest, and raw bytes would reach us as lone surrogates.
_URI: Final = re.compile(r"/[!-\[\]-~]{0,8191}")


class Asked(NamedTuple):
    """The request that a visitor made of an application."""

    method: str
    scheme: str  # http or https
    authority: str  # host in lower case, with its port when one was named
    uri: str  # path and query as they were sent, without a fragment
    websocket: bool

    def url(self, site: Site) -> str:
        """The address to come back to; https unless the site is declared insecure, since no cookie lives on http."""
        return f"{self.scheme if site.insecure else 'https'}://{self.authority}{self.uri}"

    def front_page(self, site: Site) -> str:
        """The address of the application's first page."""
        return f"{self.scheme if site.insecure else 'https'}://{self.authority}/"


class Refusal(NamedTuple):
    """Why a request can't be judged at all; `status` is what to answer."""

    status: int
    reason: str


_LONGEST: Final = 300  # characters of method, scheme and host together: more than any that is well-formed
_NONE: Final[list[str]] = []
_MALFORMED: Final = Refusal(400, "X-Forwarded-Method, -Proto, -Host or -Uri is malformed")


class _Origin(NamedTuple):
    scheme: str
    authority: str
    websocket: bool


class Reader:
    """Reads the headers of one site's requests.

    Method, scheme and host are few and judged once for each combination; `kept` of the last ones are remembered.
    """

    def __init__(self, site: Site, kept: int = 4096) -> None:
        self._site = site
        self._origin = lru_cache(kept)(self._judge)

    def read(self, headers: CIMultiDictProxy[str] | CIMultiDict[str]) -> Asked | Refusal:
        """The request that Traefik asks for, or the refusal: 400 malformed, 403 outside of the site."""
        try:
            (method,) = headers.getall(METHOD, _NONE)
            (proto,) = headers.getall(PROTO, _NONE)
            (host,) = headers.getall(HOST, _NONE)
            (uri,) = headers.getall(URI, _NONE)
        except ValueError:
            return Refusal(400, "X-Forwarded-Method, -Proto, -Host and -Uri are needed, each once")
        if len(method) + len(proto) + len(host) > _LONGEST:  # remembering these would fill the memory with them
            return _MALFORMED
        origin = self._origin(method, proto, host)
        if isinstance(origin, Refusal):
            return origin
        if not _URI.fullmatch(uri):
            return _MALFORMED
        return Asked(method, origin.scheme, origin.authority, uri.partition("#")[0], origin.websocket)

    def _judge(self, method: str, proto: str, host: str) -> _Origin | Refusal:
        scheme = _SCHEMES.get(proto)
        if scheme is None or not _METHOD.fullmatch(method):
            return _MALFORMED
        authority = parse_authority(host)
        if authority is None:
            return Refusal(400, "X-Forwarded-Host is malformed")
        if not self._site.covers(authority.host):
            return Refusal(403, "the host is not under COOKIE_DOMAIN")
        if not self._site.allows_port(scheme if self._site.insecure else "https", authority.port):
            return Refusal(403, "the port of the host is not one of PUBLIC_PORTS")
        return _Origin(scheme, str(authority), proto.startswith("ws"))

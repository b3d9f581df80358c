"""What Traefik says about the request it asks for: four X-Forwarded-* headers in, the request or a refusal out.

Traefik sets each of them exactly once. A missing one means that a client made Traefik drop it (CVE-2024-45410,
CVE-2026-29054), a second one that somebody smuggled it in; names with underscores are other headers and never read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

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


@dataclass(frozen=True, slots=True)
class Asked:
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


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request can't be judged at all; `status` is what to answer."""

    status: int
    reason: str


def read(headers: CIMultiDictProxy[str] | CIMultiDict[str], site: Site) -> Asked | Refusal:
    """The request that Traefik asks for, or the refusal: 400 malformed, 403 outside of the site."""
    method = headers.getall(METHOD, ())
    proto = headers.getall(PROTO, ())
    host = headers.getall(HOST, ())
    uri = headers.getall(URI, ())
    if not len(method) == len(proto) == len(host) == len(uri) == 1:
        return Refusal(400, "X-Forwarded-Method, -Proto, -Host and -Uri are needed, each once")
    scheme = _SCHEMES.get(proto[0])
    if scheme is None or not _METHOD.fullmatch(method[0]) or not _URI.fullmatch(uri[0]):
        return Refusal(400, "X-Forwarded-Method, -Proto or -Uri is malformed")
    authority = parse_authority(host[0])
    if authority is None:
        return Refusal(400, "X-Forwarded-Host is malformed")
    if not site.covers(authority.host):
        return Refusal(403, "the host is not under COOKIE_DOMAIN")
    if not site.allows_port(scheme if site.insecure else "https", authority.port):
        return Refusal(403, "the port of the host is not one of PUBLIC_PORTS")
    return Asked(method[0], scheme, str(authority), uri[0].partition("#")[0], proto[0].startswith("ws"))

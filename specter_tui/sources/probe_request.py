"""What a probe may send: one HEAD or GET to one host, with nothing in it that could become a second request."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from specter_tui import __version__
from specter_tui.core.proof import ProbeTarget

USER_AGENT: Final = f"specter-tui/{__version__} (probe)"
_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_LONGEST_HOST: Final = 253
_PATH: Final = re.compile(r"/[!-~]*")
_METHODS: Final = ("HEAD", "GET")


@dataclass(frozen=True, slots=True)
class Place:
    """Where to connect; `host` is a name or an address without brackets."""

    host: str
    port: int
    tls: bool


def place_of(target: ProbeTarget) -> Place:
    """Where the target's request goes; ValueError for what would not be one request to one host."""
    if target.method not in _METHODS:
        raise ValueError("a probe is a HEAD or a GET and nothing else")
    if not _is_host(target.host):
        raise ValueError("the host is no host name")
    if not _PATH.fullmatch(target.path):
        raise ValueError("the path has characters that no request may hold")
    return _place_at(target.address, tls=target.tls)


@lru_cache(64)  # thousands of hosts share a few entry points
def _place_at(address: str, *, tls: bool) -> Place:
    import httpx

    try:
        url = httpx.URL(f"{'https' if tls else 'http'}://{address}")
    except httpx.InvalidURL as error:
        raise ValueError("the address is not host:port") from error
    if not url.host or url.userinfo or url.raw_path != b"/":
        raise ValueError("the address is not host:port")
    return Place(url.raw_host.decode("ascii"), url.port or (443 if tls else 80), tls)


def headers_of(target: ProbeTarget, *, keep: bool) -> list[tuple[str, str]]:
    """The request's headers; `keep` asks the server to leave the connection open."""
    given = {
        **dict(target.headers),
        "Host": target.host,
        "User-Agent": USER_AGENT,
        "Accept": "text/html",  # as a browser navigates, which the verify service answers with a redirect
        "Accept-Encoding": "identity",
        "Connection": "keep-alive" if keep else "close",
    }
    return list(given.items())


def _is_host(text: str) -> bool:
    if len(text) <= _LONGEST_HOST and _HOST.fullmatch(text):
        return True
    try:
        ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True

"""The request that a rule is held against, and how Traefik reads its host and its path."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

# RFC 3986's reserved characters and the percent sign: Traefik leaves these encoded where it matches a path
# (pkg/muxer/http/mux.go, since 2.11.25 and 3.4.1).
_KEPT_ENCODED: Final = frozenset(b":/?#[]@!$&'()*+,;=%")
_ENCODED: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_UTF8_ENCODED: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


# By name, or as sent: a name may stand there more than once, and each of its values counts.
Headers = Mapping[str, str] | tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What is known of a request; None means unstated, so that a rule on it can't be decided.

    For TCP, `host` is the server name (empty: none was sent). `open_path` says that `path` stands for all paths that
    no literal of the rules tells from it: a pattern is undecided on such a path.
    """

    host: str = ""
    path: str = "/"  # without query, as sent
    method: str = "GET"
    headers: Headers | None = None
    query: tuple[tuple[str, str], ...] | None = None
    client_ip: str | None = None
    alpn: tuple[str, ...] | None = None
    open_path: bool = False


def header_pairs(headers: Headers) -> Iterable[tuple[str, str]]:
    """Names and values, in the order given."""
    return headers.items() if isinstance(headers, Mapping) else headers


# Asks a request; None where the request leaves open what the answer depends on.
Test = Callable[[Request], "bool | None"]


@lru_cache(maxsize=4096)
def canonical_host(host: str) -> str:
    """The host as Traefik compares it: without port and brackets, in lower case."""
    host = host.strip()
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    name, colon, port = host.partition(":")
    return name.lower() if colon and ":" not in port else host.lower()


def routing_path(path: str) -> str:
    """The path as Traefik compares it: decoded, but for the reserved characters."""
    return _decoded(path) if "%" in path else path


@lru_cache(maxsize=4096)
def _decoded(path: str) -> str:
    return _UTF8_ENCODED.sub(_decode_run, path)


def _decode_run(run: re.Match[str]) -> str:
    kept_encoded = _ENCODED.sub(_keep_reserved, run[0])
    return unquote_to_bytes(kept_encoded).decode("utf-8", "surrogateescape")


def _keep_reserved(encoded: re.Match[str]) -> str:
    # A reserved one is encoded once more, so that decoding the run gives it back as it was.
    return f"%25{encoded[0][1:].upper()}" if int(encoded[0][1:], 16) in _KEPT_ENCODED else encoded[0]

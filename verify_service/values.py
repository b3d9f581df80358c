"""Readers of single settings: a text in, a value out, ValueError with what is wrong for a person."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from verify_service.secret import Secret
from verify_service.site import LABEL

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

SHORTEST_SECRET: Final = 32  # bytes
_DISTINCT: Final = 8  # characters; a secret of fewer was typed, not made
_PLACEHOLDER: Final = re.compile(
    r"change.?(?:me|this)|replace.?(?:me|this|with)|placeholder|openssl|your[-_ ]", re.IGNORECASE
)
_WIDEST_IPV4: Final = 8  # bits of the prefix: 10.0.0.0/8 is the widest private network (RFC 1918)
_WIDEST_IPV6: Final = 16
_PRIVATE_IPV6: Final = (ipaddress.IPv6Network("fc00::/7"), ipaddress.IPv6Network("fe80::/10"))  # RFC 4193, RFC 4291
_YES: Final = frozenset({"true", "1", "yes", "on"})
_NO: Final = frozenset({"false", "0", "no", "off"})
_SECONDS: Final = {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600}
_DOMAIN: Final = re.compile(rf"{LABEL}(?:\.{LABEL})*")
# Asymmetric ones alone: a key that is published must not be able to sign.
ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in so many seconds."""

    number: int
    seconds: int


def boolean(text: str) -> bool:
    """A yes or a no."""
    if text.lower() not in _YES | _NO:
        raise ValueError("is neither true nor false")
    return text.lower() in _YES


def number(least: float, most: float) -> Callable[[str], float]:
    """A number of seconds within bounds."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise ValueError(f"is no number from {least:g} to {most:g}")
        return value

    return read


def integer(least: int, most: int) -> Callable[[str], int]:
    """A whole number within bounds."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text) or not least <= int(text) <= most:
            raise ValueError(f"is no whole number from {least} to {most}")
        return int(text)

    return read


def choice(*words: str) -> Callable[[str], str]:
    """One of some words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"is none of {', '.join(words)}")
        return text

    return read


def matching(pattern: str, wanted: str) -> Callable[[str], str]:
    """A text of a given form, described by `wanted`."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"is not {wanted}")
        return text

    return read


def secrets(text: str) -> tuple[Secret, ...]:
    """The secrets, newest first, separated by commas."""
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        if len(part.encode()) < SHORTEST_SECRET:
            raise ValueError(f"needs at least {SHORTEST_SECRET} bytes for each secret; make one: openssl rand -hex 32")
        if len(set(part)) < _DISTINCT:
            raise ValueError("is too easy to guess; make one: openssl rand -hex 32")
        if _PLACEHOLDER.search(part):
            raise ValueError("is a placeholder; make a secret: openssl rand -hex 32")
    if len(set(parts)) != len(parts):
        raise ValueError("names the same secret twice")
    return tuple(map(Secret, parts))


def cookie_domain(text: str) -> str:
    """A domain that one owner holds; a cookie for anything wider would reach strangers, and browsers refuse it."""
    domain = text.lower().removeprefix(".")
    if not _DOMAIN.fullmatch(domain):
        raise ValueError("is no domain name; write it as example.com")
    if re.fullmatch(r"[0-9.]+|.*\.0x[0-9a-f]*", domain):
        raise ValueError("is an address; cookies need a domain name")
    if PublicSuffixList().is_public(domain):
        raise ValueError("is a public suffix that belongs to many; name a domain of your own under it")
    return domain


def for_development(domain: str) -> bool:
    """Whether the domain can't be a real one (RFC 6761)."""
    return domain.endswith((".localhost", ".test"))


def networks(text: str) -> tuple[Network, ...]:
    """Networks in CIDR notation, or single addresses."""
    found = []
    for part in _parts(text):
        try:
            network = ipaddress.ip_network(part)
        except ValueError as error:
            raise ValueError(f"holds {part[:50]!r}, which is no network like 10.0.0.0/8") from error
        if not _narrow(network):
            raise ValueError(f"trusts {network}, too much of the Internet; name the networks of Traefik's container")
        found.append(network)
    return tuple(found)


def _narrow(network: Network) -> bool:
    """Whether it may be one operator's alone."""
    if isinstance(network, ipaddress.IPv4Network):
        return network.prefixlen >= _WIDEST_IPV4
    return network.prefixlen >= _WIDEST_IPV6 or any(network.subnet_of(one) for one in _PRIVATE_IPV6)


def ports(text: str) -> frozenset[int]:
    """Port numbers."""
    read = integer(1, 65535)
    return frozenset(read(part) for part in _parts(text))


def algorithms(text: str) -> tuple[str, ...]:
    """Names of signature algorithms (RFC 7518, 3.1)."""
    found = tuple(_parts(text))
    if wrong := [one for one in found if one not in ALGORITHMS]:
        raise ValueError(f"holds {wrong[0][:20]!r}; known are {', '.join(sorted(ALGORITHMS))}")
    return found


def rate(text: str) -> Rate:
    """A rate like 20/min."""
    match = re.fullmatch(r"([1-9][0-9]{0,5})/([a-z]+)", text)
    if match is None or match[2] not in _SECONDS:
        raise ValueError("is no rate like 20/min")
    return Rate(int(match[1]), _SECONDS[match[2]])


def base_url(text: str) -> str:
    """An http(s) origin without a path; the SDK would make `//v2` of a slash at its end."""
    url = urlsplit(text)
    plain = re.fullmatch(r"https?://[A-Za-z0-9_.-]+(?::[0-9]{1,5})?/?", text)
    if plain is None or not url.hostname:
        raise ValueError("is no address like https://api.descope.com")
    return text.removesuffix("/")


def _parts(text: str) -> Sequence[str]:
    return [part.strip() for part in text.split(",")]

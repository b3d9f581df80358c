"""The certificates of one PEM text: which is the leaf, and whether those behind it stand in their order.

A server sends them as they are stored: its own first, then each one's issuer (RFC 8446, 4.4.2). Traefik takes the first
for its own, and refuses the pair where that is not the one of the key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from specter_tui.core.model import Certificate
from specter_tui.core.text import visible
from specter_tui.sources.leaf import common_name, describe_leaf

if TYPE_CHECKING:
    from cryptography import x509

NOT_FIRST: Final = "does not stand first in its chain, so Traefik can't use it"
_BLOCK: Final = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_MOST: Final = 10  # certificates behind a leaf that are looked at; a chain has two or three
_SHOWN: Final = 80


@dataclass(frozen=True, slots=True)
class _Link:
    """A certificate as far as its chain goes; subject and issuer are in DER."""

    name: str
    subject: bytes
    issuer: bytes
    authority: bool


def describe_chain(pem: bytes, *, resolver: str, source: str, ordered_as: str) -> Certificate:
    """The leaf with what its chain says; raises one of `leaf.unreadable` when there is none to read."""
    from cryptography import x509

    blocks = [match[0] for match in _BLOCK.finditer(pem)][: _MOST + 1]
    if not blocks:
        raise ValueError("no certificate")
    first = x509.load_pem_x509_certificate(blocks[0])
    links = [_link(first), *(_issuer(block) for block in blocks[1:])]
    place = _place_of_leaf(links)
    leaf = first if place == 0 else x509.load_pem_x509_certificate(blocks[place])
    found = describe_leaf(leaf, resolver=resolver, source=source, ordered_as=ordered_as)
    names = tuple(link.name for number, link in enumerate(links) if number != place)
    return replace(found, chain=names, chain_problem=NOT_FIRST if place else _problem(links))


def _place_of_leaf(links: list[_Link]) -> int:
    """The first that is no authority; the first of all where every one is."""
    if not links[0].authority:
        return 0
    return next((place for place, link in enumerate(links) if not link.authority), 0)


def _problem(links: list[_Link]) -> str:
    leaf = links[0]
    if len(links) == 1:
        return "" if leaf.subject == leaf.issuer else "comes without the certificate of its issuer"
    for one, after in pairwise(links):
        if one.issuer == after.subject:
            continue
        if any(one.issuer == other.subject for other in links[1:]):
            return f"comes with its chain out of order: {visible(after.name, _SHOWN)} stands in a wrong place"
        other = visible(after.name, _SHOWN)
        return f"comes with a chain that breaks: {other} did not issue {visible(one.name, _SHOWN)}"
    return ""


@lru_cache(maxsize=64)  # thousands of leaves share a handful of issuers
def _issuer(block: bytes) -> _Link:
    from cryptography import x509

    return _link(x509.load_pem_x509_certificate(block))


def _link(one: x509.Certificate) -> _Link:
    subject, issuer = one.subject, one.issuer
    return _Link(common_name(subject), subject.public_bytes(), issuer.public_bytes(), _is_authority(one))


def _is_authority(one: x509.Certificate) -> bool:
    from cryptography import x509

    try:
        return one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False

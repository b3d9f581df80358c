"""One entry of an acme.json found, taken out and put back; all around it stays as it is, byte for byte.

The bytes hold private keys: nothing that these functions return but bytes holds one, and no error holds any of them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from specter_tui.core.errors import RefusedError
from specter_tui.core.text import visible

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_PEM: Final = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_LIST: Final = "Certificates"
_SHOWN: Final = 100
_DECODER: Final = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One element of a resolver's Certificates, without its key."""

    resolver: str
    digest: str  # SHA-256 of its `certificate`, hex: what it is told by
    names: tuple[str, ...]  # of its `domain`, lower case, sorted, each once
    fingerprints: frozenset[str]  # SHA-256 of each certificate of its chain, hex


class _Item(NamedTuple):
    """A member of an object or an element of a list (then without a name), and where its value stands."""

    name: str
    begin: int
    end: int
    value: Any


def entries(data: bytes) -> tuple[StoredEntry, ...]:
    """All entries, in the file's order. Raises RefusedError for a text that is no acme.json, or an ambiguous one."""
    text = _text(data)
    return tuple(
        _entry(resolver.name, item.value)
        for resolver in _resolvers(text)
        for item in _elements(text, resolver)
        if isinstance(item.value, dict)
    )


def entry_bytes(data: bytes, resolver: str, digest: str) -> bytes:
    """One entry as it is written, its key included. Raises RefusedError when it is not there exactly once."""
    text = _text(data)
    items = _elements(text, _section(text, resolver))
    item = items[_place(items, resolver, digest)]
    return text[item.begin : item.end].encode()


def without(data: bytes, resolver: str, digest: str) -> bytes:
    """The text without one entry. Raises RefusedError when it is not there exactly once."""
    text = _text(data)
    items = _elements(text, _section(text, resolver))
    place = _place(items, resolver, digest)
    return (text[: _begin(items, place)] + text[_end(items, place) :]).encode()


def with_entry(data: bytes, resolver: str, entry: bytes, instead_of: Collection[str] = ()) -> bytes:
    """The text with an entry at the end of the resolver's list, and without those of these digests.

    Raises RefusedError when the resolver is not there.
    """
    for digest in instead_of:
        data = without(data, resolver, digest)
    text, written = _text(data), entry.decode()
    section = _section(text, resolver)
    listed = _list(text, section)
    if listed is None:
        inner = "," if section.value else ""
        return f'{text[: section.begin + 1]}"{_LIST}":[{written}]{inner}{text[section.begin + 1 :]}'.encode()
    items = _elements(text, section)
    if items:
        return f"{text[: items[-1].end]},{written}{text[items[-1].end :]}".encode()
    return f"{text[: listed.begin]}[{written}]{text[listed.end :]}".encode()


def put_back(now: bytes, before: bytes, after: bytes, resolver: str, digest: str) -> bytes:
    """The text `now` with the entry that `before` has and `after` has not.

    Where nothing else was written since that is `before`, byte for byte; else the entry stands at the end of its list,
    in the place of those for the same names. Raises RefusedError.
    """
    if now == after:
        return before
    kept = next(one for one in entries(before) if (one.resolver, one.digest) == (resolver, digest))
    others = [one.digest for one in entries(now) if one.resolver == resolver and one.names == kept.names]
    return with_entry(now, resolver, entry_bytes(before, resolver, digest), others)


def _text(data: bytes) -> str:
    """The text of a whole, unambiguous acme.json; its error holds nothing of it."""
    wrong = ""
    try:
        text = data.decode()
        document = json.loads(text, object_pairs_hook=_once)
    except _TwiceError as error:
        wrong = f"has {error.args[0]} twice in one object"
    except (ValueError, RecursionError):
        wrong = "is not JSON"
    else:
        if isinstance(document, dict):
            return text
        wrong = "is no JSON object"
    raise RefusedError(f"acme.json {wrong}", "Traefik does not write it so; see specter-tui doctor")


class _TwiceError(Exception):
    """A name that an object has twice: Traefik would read one, and another reader the other."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(visible(next(name for name in names if names.count(name) > 1), _SHOWN))
    return found


def _resolvers(text: str) -> Iterator[_Item]:
    return (item for item in _items(text, _skip(text, 0)) if isinstance(item.value, dict))


def _section(text: str, resolver: str) -> _Item:
    found = next((item for item in _resolvers(text) if item.name == resolver), None)
    if found is None:
        raise RefusedError(f"acme.json has no resolver {visible(resolver, _SHOWN)} any more", "make a new plan")
    return found


def _list(text: str, section: _Item) -> _Item | None:
    """The resolver's list, or what stands in its place; None where it has none."""
    return next((item for item in _items(text, section.begin) if item.name == _LIST), None)


def _elements(text: str, section: _Item) -> list[_Item]:
    listed = _list(text, section)
    if listed is None or not isinstance(listed.value, list):
        return []
    return list(_items(text, listed.begin))


def _items(text: str, at: int) -> Iterator[_Item]:
    """What the object or list that begins at `at` holds; the whole text is known to be JSON."""
    named = text[at] == "{"
    at = _skip(text, at + 1)
    while text[at] not in "]}":
        name = ""
        if named:
            name, at = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)  # the colon
        value, end = _DECODER.raw_decode(text, at)
        yield _Item(name, at, end, value)
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _place(items: list[_Item], resolver: str, digest: str) -> int:
    places = [place for place, item in enumerate(items) if _digest(item.value) == digest]
    if len(places) != 1:
        how = "is no longer in acme.json" if not places else "stands in acme.json twice"
        raise RefusedError(f"the certificate of resolver {visible(resolver, _SHOWN)} {how}", "look again and repeat it")
    return places[0]


def _begin(items: list[_Item], place: int) -> int:
    """From where on an entry is left out: with the comma before it where none follows."""
    last = place + 1 == len(items)
    return items[place - 1].end if last and place else items[place].begin


def _end(items: list[_Item], place: int) -> int:
    return items[place].end if place + 1 == len(items) else items[place + 1].begin


def _entry(resolver: str, value: dict[str, Any]) -> StoredEntry:
    domain = value.get("domain")
    fields = domain if isinstance(domain, dict) else {}
    sans = fields.get("sans")
    names = [fields.get("main"), *(sans if isinstance(sans, list) else [])]
    sorted_names = tuple(sorted({one.lower() for one in names if isinstance(one, str) and one}))
    return StoredEntry(resolver, _digest(value), sorted_names, _fingerprints(value.get("certificate")))


def _digest(value: object) -> str:
    found = value.get("certificate") if isinstance(value, dict) else None
    return hashlib.sha256(found.encode("utf-8", "surrogatepass")).hexdigest() if isinstance(found, str) else ""


def _fingerprints(certificate: object) -> frozenset[str]:
    if not isinstance(certificate, str):
        return frozenset()
    try:
        pem = base64.b64decode(certificate)
        chain = [binascii.a2b_base64(found[1]) for found in _PEM.finditer(pem)]
    except ValueError:  # binascii's own is one
        return frozenset()
    return frozenset(hashlib.sha256(one).hexdigest() for one in chain)

"""The headers that tell an application who the visitor is.

All of them always, so that none that a client sent can survive. Values are ASCII: what else there is stands
percent-encoded as UTF-8, and so do comma and percent, because lists are separated by commas.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from verify_service.errors import IdentityError
from verify_service.request.person import Person

NAMES: Final = (
    "X-Auth-User", "X-Auth-Email", "X-Auth-Name", "X-Auth-Roles", "X-Auth-Permissions", "X-Auth-Tenant",
)  # fmt: skip
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_PLAIN: Final = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) not in ",%")


def identity_headers(person: Person) -> tuple[tuple[str, str], ...]:
    """Name and value of each header, in the order of `NAMES`; IdentityError where a value can't be written."""
    if not person.user:
        raise IdentityError("a user without an id")
    values = (
        encode(person.user), encode(person.email), encode(person.name),
        _list(person.roles), _list(person.permissions), encode(person.tenant),
    )  # fmt: skip
    return tuple(zip(NAMES, values, strict=True))


def encode(text: str) -> str:
    """One value; the spaces at its ends are encoded too, since HTTP drops them and " admin" is not "admin"."""
    if _CONTROL.search(text):
        raise IdentityError("a value with control characters")
    try:
        encoded = quote(text, safe=_PLAIN)
    except UnicodeEncodeError as error:
        raise IdentityError("a value that is not Unicode text") from error
    core = encoded.strip(" ")
    if not core:
        return "%20" * len(encoded)
    before = len(encoded) - len(encoded.lstrip(" "))
    return "%20" * before + core + "%20" * (len(encoded) - before - len(core))


def _list(values: Iterable[str]) -> str:
    encoded = [encode(one) for one in values]
    if not all(encoded):
        raise IdentityError("an empty role or permission")
    return ",".join(encoded)

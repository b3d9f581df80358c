"""What a Descope token has to be, beyond what the SDK checks.

The SDK (2.16) accepts any algorithm that a key names, any issuer, tokens without `exp`, and refresh tokens as sessions;
it fetches the keys anew for every key id it does not know. So a token is looked at before the SDK sees it, and its
claims after.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from verify_service.errors import IdentityError, RejectedError
from verify_service.request.identity_headers import identity_headers
from verify_service.request.person import Person

LONGEST: Final = 16384
SESSION: Final = "DS"  # the claim `drn`
REFRESH: Final = "DSR"

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Header:
    """What a token says about its signature; not verified."""

    algorithm: str
    key_id: str


def read_header(token: str, algorithms: Sequence[str]) -> Header:
    """The header of a token that is worth a closer look; RejectedError for what can't be one of ours."""
    segments = token.split(".")
    if len(token) > LONGEST or len(segments) != 3 or not all(segments):  # noqa: PLR2004  RFC 7515, 7.1
        raise RejectedError("the token has not the form of a JWT")
    try:
        header = json.loads(base64.urlsafe_b64decode(segments[0] + "=" * (-len(segments[0]) % 4)))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise RejectedError("the token's header can't be read") from error
    if not isinstance(header, dict):
        raise RejectedError("the token's header is no object")
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in algorithms or not isinstance(algorithm, str):
        raise RejectedError("the token's algorithm is not one of ALLOWED_ALGS")
    if not isinstance(key_id, str) or not key_id:
        raise RejectedError("the token names no key")
    return Header(algorithm, key_id)


def check_claims(claims: Claims, project: str, kind: str) -> float:
    """When a verified token ends, in seconds since the epoch; RejectedError for another project's or kind of token."""
    if claims.get("drn") != kind:
        raise RejectedError(f"the token is not of the kind {kind}")
    # With a path before the project it is the token of a third party's app: https://HOST/v1/apps/PROJECT.
    if not re.fullmatch(rf"(?:https?://[^/\s]+/)?{re.escape(project)}", str(claims.get("iss"))):
        raise RejectedError("the token is of another issuer")
    expires = claims.get("exp")
    if isinstance(expires, bool) or not isinstance(expires, int | float):
        raise RejectedError("the token never expires")
    if not _user(claims):
        raise RejectedError("the token names no user")
    return float(expires)


def person_of(claims: Claims, user: Mapping[str, Any] | None) -> Person:
    """The person whom a verified session token names; IdentityError when a claim is not what it has to be.

    `user` is Descope's own answer beside the token. Without it (Bearer) name and e-mail are the token's, when a JWT
    template put them there. Roles are the project-wide ones and those of the current tenant: the claim `dct`, else the
    only tenant there is.
    """
    about = claims if user is None else user
    verified = about.get("email_verified" if user is None else "verifiedEmail") is True
    tenants = _mapping(claims.get("tenants"))
    tenant = _text(claims, "dct") or (next(iter(tenants)) if len(tenants) == 1 else "")
    granted = _mapping(tenants.get(tenant))
    person = Person(
        user=_user(claims),
        email=_text(about, "email"),
        email_verified=verified,
        name=_text(about, "name"),
        tenant=tenant,
        roles=_merged(_texts(claims, "roles"), _texts(granted, "roles")),
        permissions=_merged(_texts(claims, "permissions"), _texts(granted, "permissions")),
        amr=_texts(claims, "amr"),
    )
    identity_headers(person)  # a person who can't be told to an application is none
    return person


def _user(claims: Claims) -> str:
    """The SDK's `userId`: `dsub` where a JWT template replaced `sub`."""
    found = claims.get("dsub") or claims.get("sub")
    return found if isinstance(found, str) else ""


def _text(claims: Claims, name: str) -> str:
    value = claims.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise IdentityError(f"the claim {name} is no text")
    return value


def _texts(claims: Claims, name: str) -> tuple[str, ...]:
    value = claims.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise IdentityError(f"the claim {name} is no list of texts")
    return tuple(value)


def _mapping(value: object) -> Claims:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise IdentityError("the claim tenants is no object")
    return value


def _merged(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))

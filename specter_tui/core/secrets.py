"""Secrets are a type of their own, and everything that looks like one is masked before it enters the model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

MASK: Final = "***"

_SECRET_NAME: Final = re.compile(
    r"pass(word|wd|phrase)?|secret|token|api_?key|access_?key|private|credential|auth(?!or)|cookie|session|salt|dsn|jwt|signature",
    re.IGNORECASE,
)
_URL_USERINFO: Final = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/\s@]+@", re.IGNORECASE)
_USERS_LABEL: Final = re.compile(r"\.(basicauth|digestauth)\.users$", re.IGNORECASE)


class Secret:
    """A value that never shows itself: `repr`, `str` and formatting give `***`; only `reveal` gives the text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself, for the one call that sends it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __reduce__(self) -> tuple[object, ...]:
        msg = "a secret is not serialised"
        raise TypeError(msg)


def mask_urls(text: str) -> str:
    """The text with the user information of every URL in it masked."""
    return _URL_USERINFO.sub(rf"\g<scheme>{MASK}@", text)


def mask_environment(pairs: Mapping[str, str]) -> dict[str, str]:
    """A container's environment with every value masked: names tell what is set, values are nobody's business."""
    return dict.fromkeys(pairs, MASK)


def mask_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Container labels with basic-auth users, secret-looking values and URL credentials masked."""
    return {
        name: MASK if _USERS_LABEL.search(name) or _is_secret_name(name) else mask_urls(value)
        for name, value in labels.items()
    }


def mask_json(value: object, name: str = "") -> object:
    """A decoded JSON document with the values of secret-looking keys and all URL credentials masked."""
    if isinstance(value, Mapping):
        return {str(key): mask_json(item, str(key)) for key, item in value.items()}
    if name and _is_secret_key(name):
        return MASK
    if isinstance(value, list):
        return [mask_json(item) for item in value]
    return mask_urls(value) if isinstance(value, str) else value


_PUBLIC_KEYS: Final = frozenset(
    {
        "authresponseheaders",
        "authrequestheaders",
        "authresponseheadersregex",
        "addauthcookiestoresponse",
        "forwardauth",
        "basicauth",
        "digestauth",
    }
)


def _is_secret_key(name: str) -> bool:
    return name.lower() == "users" or (_is_secret_name(name) and name.lower() not in _PUBLIC_KEYS)


def _is_secret_name(name: str) -> bool:
    if name.lower().startswith("traefik."):
        return False  # Traefik's labels are read by the join; the only secret among them is the list of users
    return _SECRET_NAME.search(name) is not None

"""Secrets are a type of their own, and everything that looks like one is masked before it enters the model.

Masking goes by name first (a key that says password), then by form (URL credentials, HTTP credentials,
password hashes, private keys), because a secret may stand under any name. When in doubt it masks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from specter_tui.core.secret_names import MASK, is_secret_field
from specter_tui.core.secret_names import SECRET_NAME as _SECRET_NAME

__all__ = [
    "MASK",
    "Secret",
    "mask_environment",
    "mask_json",
    "mask_labels",
    "mask_line",
    "mask_text",
    "mask_urls",
]

# Everything before the last "@" of the authority; a password with a raw slash follows a colon that begins no port.
_URL_USERINFO: Final = re.compile(r"(?<=://)(?:[^\s/?#]*@|[^\s/@:\[]{0,256}:(?!\d*(?:[/?#\s]|$))[^\s@]{0,256}@)")
_URL_PARAMETER: Final = re.compile(r"(?P<start>[?&;](?P<name>[^\s=&;?#]{1,64})=)[^\s&#]+")
_HTTP_CREDENTIALS: Final = re.compile(r"\b(?P<scheme>bearer|basic|digest)\s+[\w+/=.~:-]{4,}", re.IGNORECASE)
_PASSWORD_HASH: Final = re.compile(  # not just "$1$2", which is a replacement of redirectRegex
    r"\$(?:apr1|[1-7]|y|argon2\w{0,2}|scrypt)\$[^\s$]{1,64}\$\S{8,}|\$2[abxy]?\$\d\d\$\S{8,}|\{S?SHA\d{0,3}\}\S{8,}"
)
_PRIVATE_KEY: Final = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*", re.DOTALL)
_TRAEFIK_SECRET_LABEL: Final = re.compile(
    r"\.(?:basicauth|digestauth)\.users(?:\[\d+\])?$|\.customrequestheaders\.|\.healthcheck\.headers\.|\.tls\.key$",
    re.IGNORECASE,
)
_PLUGIN_LABEL: Final = re.compile(r"\.plugin\.[^.]+\.(?P<option>.+)$", re.IGNORECASE)
# NAME=value and NAME: value, where the name looks secret; what follows is looked at by itself.
_ASSIGNMENT: Final = re.compile(r"(?<![\w-])(?P<name>[\w-]++)\\?[\"']?\s{0,3}[=:]\s{0,3}")
# A host and its port, which is no assignment whatever the host is called. Not where an "@" follows before the query:
# then it may be a password that `mask_urls` took for a port.
_HOST_AND_PORT: Final = re.compile(r"://(?:\*{3}@)?[\w.-]++:(?=\d{1,5}(?:[/?#\s\"'`]|$))(?![^\s?#\"'`]{0,512}@)")
_ASSIGNED: Final = re.compile(r"\\?\"[^\"]*\"?|'[^']*'?|[^\s,;]+")
_YAML_SCALAR: Final = re.compile(r"(cannot unmarshal !!\w{1,20} )`[^`]*`")  # go-yaml repeats the value it can't use
# Header(`name`, `value`) and Query(`name=value`) as they are mostly written; `core.shown_rule` does the rest.
_RULE_CALL: Final = re.compile(
    r"""\b(?:headers?(?:regexp)?|query(?:regexp)?)[ \t]*+\((?P<args>(?:[\s,]*+(?:`[^`]*+`|"(?:[^"\\]|\\.)*+"))++)""",
    re.IGNORECASE,
)
_RULE_ARG: Final = re.compile(r"`(?P<raw>[^`]*)`|\"(?P<quoted>(?:[^\"\\]|\\.)*)\"")
_DEEPEST: Final = 64  # levels of a JSON document that are looked into; no real one comes near


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
    """The text with the user information and the secret-looking parameters of every URL in it masked."""
    if "://" not in text or not ("@" in text or "=" in text):
        return text
    return _URL_PARAMETER.sub(_masked_parameter, _URL_USERINFO.sub(f"{MASK}@", text))


def _mentions_call(text: str) -> bool:
    lower = text.lower()  # far cheaper than the expression, which most texts need not meet
    return "header" in lower or "query" in lower


def mask_text(text: str) -> str:
    """The text with everything masked that has the form of a secret, whatever it is called."""
    text = mask_urls(text)
    if "(" in text and _mentions_call(text):
        text = _RULE_CALL.sub(_masked_call, text)
    if " " in text:
        text = _PRIVATE_KEY.sub(MASK, _HTTP_CREDENTIALS.sub(rf"\g<scheme> {MASK}", text))
    return _PASSWORD_HASH.sub(MASK, text) if "$" in text or "}" in text else text


def mask_line(line: str) -> str:
    """A line of a log with everything masked that has the form of a secret or is assigned to a name of one."""
    return _YAML_SCALAR.sub(rf"\1{MASK}", _masked_assignments(mask_text(line)))


def mask_environment(pairs: Mapping[str, str]) -> dict[str, str]:
    """A container's environment with every value masked: names tell what is set, values are nobody's business."""
    return dict.fromkeys(pairs, MASK)


def mask_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Container labels with basic-auth users, request headers, secret-looking values and URL credentials masked.

    Traefik's own labels keep their values otherwise: the join reads them, and router names may say "auth".
    """
    return {name: MASK if _is_secret_label(name) else mask_text(value) for name, value in labels.items()}


def mask_json(value: object, name: str = "") -> object:
    """A decoded JSON document with the values of secret-looking keys and everything of a secret's form masked.

    Booleans, numbers and nulls stay: `passHostHeader: true` tells something and gives nothing away.
    """
    return _masked(value, name, _is_secret_key(name, ""), _DEEPEST)


def _masked(value: object, name: str, secret: bool, levels: int) -> object:  # noqa: FBT001  private, given by position
    if isinstance(value, str):
        return MASK if secret and value else mask_text(value)
    if not isinstance(value, (dict, list)):
        return value
    if not levels:
        return MASK
    if isinstance(value, list):
        return [_masked(item, name, secret, levels - 1) for item in value]
    return {
        str(key): _masked(
            item, key, (secret and key.lower() not in _PUBLIC_KEYS) or _is_secret_key(key, name), levels - 1
        )
        for key, item in value.items()
    }


# Names of sections and options that only sound like secrets; what stands inside a section is looked at by itself.
_PUBLIC_KEYS: Final = frozenset(
    {
        "authresponseheaders",
        "authrequestheaders",
        "authresponseheadersregex",
        "authsigninurl",
        "addauthcookiestoresponse",
        "forwardauth",
        "basicauth",
        "digestauth",
        "cookie",  # sticky.cookie
    }
)
# Sections of which every value counts as a secret: any header that only the backend should see may be one.
_SECRET_KEYS: Final = frozenset({"users", "key", "customrequestheaders"})


@lru_cache(maxsize=4096)
def _is_secret_key(name: str, section: str) -> bool:
    lower = name.lower()
    if lower in _SECRET_KEYS or (lower == "headers" and section.lower() == "healthcheck"):
        return True
    return lower not in _PUBLIC_KEYS and _SECRET_NAME.search(name) is not None


def _is_secret_label(name: str) -> bool:
    if not name.lower().startswith("traefik."):
        return _SECRET_NAME.search(name) is not None
    plugin = _PLUGIN_LABEL.search(name)
    return _TRAEFIK_SECRET_LABEL.search(name) is not None or bool(plugin and _SECRET_NAME.search(plugin["option"]))


def _masked_parameter(match: re.Match[str]) -> str:
    return f"{match['start']}{MASK}" if _SECRET_NAME.search(match["name"]) else match[0]


def _masked_assignments(text: str) -> str:
    pieces, done = [], 0
    ports = {found.end() for found in _HOST_AND_PORT.finditer(text)} if "://" in text else ()
    for found in _ASSIGNMENT.finditer(text):
        if found.end() in ports:
            continue
        value = _ASSIGNED.match(text, found.end()) if _SECRET_NAME.search(found["name"]) else None
        if value is not None and found.end() >= done:
            pieces += [text[done : found.end()], MASK]
            done = value.end()
    return "".join(pieces) + text[done:]


def _masked_call(call: re.Match[str]) -> str:
    pieces: list[str] = []
    done, name = call.start(), ""
    for place, arg in enumerate(_RULE_ARG.finditer(call.string, call.start("args"), call.end())):
        value = arg["raw"] if arg["raw"] is not None else arg["quoted"]
        key, sign, _ = value.partition("=")
        shown = value
        if place % 2 and is_secret_field(name):
            shown = MASK
        elif sign and is_secret_field(key) and call[0][:5].lower() == "query":
            shown = f"{key}={MASK}"
        pieces += [call.string[done : arg.start() + 1], shown, arg[0][-1]]
        done, name = arg.end(), value
    return "".join(pieces) + call.string[done : call.end()]

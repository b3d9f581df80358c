"""The text of specter-overlay.yml: written by this program alone, and read back only where it is just what it writes.

Traefik runs the text through Go's text/template before it reads it as YAML, comments included, and refuses a whole
folder for one fault in it. So every text from outside stands in double quotes, in which all but plain ASCII is
escaped, and two braces never stand side by side.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from specter_tui.core.errors import RefusedError
from specter_tui.core.shadow_names import auth_name

FILE_NAME: Final = "specter-overlay.yml"
_HEAD: Final = (
    "# Written by specter-tui: do not edit. Each router stands before one of another provider and asks for a sign-in.\n"
    "# To take one away: specter-tui unprotect HOST --via overlay\n"
)
_PLAIN_KEY: Final = re.compile(r"(?!(?i:true|false|null|yes|no|on|off|y|n)$)[A-Za-z][A-Za-z0-9-]*")
_LAST_OF_LATIN_1: Final = 0xFF
_LAST_OF_BASIC_PLANE: Final = 0xFFFF
_SURROGATES: Final = range(0xD800, 0xE000)
_BY_HAND: Final = "look at it, and remove it where it is not wanted"


class Tls(msgspec.Struct, frozen=True):
    """A router's TLS as it is copied; `options` is qualified, empty for Traefik's default."""

    options: str = ""
    cert_resolver: str = ""
    domains: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Entry(msgspec.Struct, frozen=True):
    """One router of the overlay; `auth` is its forwardAuth's definition as JSON, `middlewares` are those behind it."""

    name: str  # without provider
    rule: str
    priority: int
    entry_points: tuple[str, ...]
    service: str
    auth: str
    middlewares: tuple[str, ...] = ()
    rule_syntax: str = ""
    tls: Tls | None = None

    @property
    def chain(self) -> tuple[str, ...]:
        """What requests pass, authentication first, as Traefik's API names it."""
        return (f"{auth_name(self.auth)}@file", *self.middlewares)


def render(entries: Iterable[Entry]) -> str:
    """The file with these routers, in the order of their names; empty text without any. Raises RefusedError."""
    found = sorted(entries, key=lambda one: one.name)
    if not found:
        return ""
    auths = {auth_name(one.auth): {"forwardAuth": json.loads(one.auth)} for one in found}
    routers = {one.name: _router(one) for one in found}
    document = {"http": {"middlewares": dict(sorted(auths.items())), "routers": routers}}
    return _HEAD + "".join(f"{line}\n" for line in _lines(document, ""))


def _router(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = {"rule": entry.rule}
    if entry.rule_syntax:
        found["ruleSyntax"] = entry.rule_syntax
    found |= {"priority": entry.priority, "entryPoints": list(entry.entry_points), "service": entry.service}
    found["middlewares"] = [auth_name(entry.auth), *entry.middlewares]
    if entry.tls is not None:
        found["tls"] = _tls(entry.tls)
    return found


def _tls(tls: Tls) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if tls.options:
        found["options"] = tls.options
    if tls.cert_resolver:
        found["certResolver"] = tls.cert_resolver
    if tls.domains:
        found["domains"] = [{"main": main, **({"sans": list(sans)} if sans else {})} for main, sans in tls.domains]
    return found


# -- YAML ------------------------------------------------------------------------------------------------------------


def _lines(value: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, one in value.items():
        name = key if _PLAIN_KEY.fullmatch(key) else quoted(key)
        yield from _valued(f"{indent}{name}:", one, f"{indent}  ")


def _valued(before: str, value: object, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield before
        yield from _lines(value, indent)
    elif isinstance(value, list) and value:
        yield before
        for one in value:
            yield from _item(one, indent)
    else:
        yield f"{before} {_scalar(value)}"


def _item(value: object, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        first, *rest = _lines(value, f"{indent}  ")
        yield f"{indent}- {first.lstrip()}"
        yield from rest
    else:
        yield f"{indent}- {_scalar(value)}"


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if value in ({}, []):
        return "{}" if value == {} else "[]"
    raise RefusedError("the forwardAuth has a setting of a kind that is not copied", "protect it by labels")


def quoted(text: str) -> str:
    """The text as a YAML scalar that is nothing else to Go's templates. Raises RefusedError for half a character."""
    braces = "{{" in text
    return '"' + "".join(_escaped(one, braces=braces) for one in text) + '"'


def _escaped(character: str, *, braces: bool) -> str:
    code = ord(character)
    if character in '"\\':
        return f"\\{character}"
    if character == "{" and braces:
        return "\\x7b"
    if " " <= character <= "~":
        return character
    if code in _SURROGATES:
        raise RefusedError("a name or a rule has half a character in it, which no file can hold")
    if code <= _LAST_OF_LATIN_1:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _LAST_OF_BASIC_PLANE else f"\\U{code:08x}"


# -- reading ---------------------------------------------------------------------------------------------------------


def parse(text: str) -> tuple[Entry, ...]:
    """The routers of a file that this program wrote. Raises RefusedError for any other one, with nothing changed."""
    if not text:
        return ()
    try:
        document = YAML(typ="safe", pure=True).load(text)
        auths = document["http"]["middlewares"]
        found = tuple(_entry(name, one, auths) for name, one in document["http"]["routers"].items())
        same = render(found) == text
    except (YAMLError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise RefusedError(f"{FILE_NAME} is not as this program writes it", _BY_HAND) from error
    if not same:
        raise RefusedError(f"{FILE_NAME} was changed by hand", _BY_HAND)
    return found


def _entry(name: str, router: Mapping[str, Any], auths: Mapping[str, Any]) -> Entry:
    auth, *others = router["middlewares"]
    definition = json.dumps(auths[auth]["forwardAuth"], sort_keys=True)
    return Entry(
        name=name,
        rule=router["rule"],
        priority=router["priority"],
        entry_points=_texts(router["entryPoints"]),
        service=router["service"],
        auth=definition,
        middlewares=_texts(others),
        rule_syntax=router.get("ruleSyntax", ""),
        tls=_read_tls(router["tls"]) if "tls" in router else None,
    )


def _read_tls(tls: Mapping[str, Any]) -> Tls:
    domains = tuple((one["main"], _texts(one.get("sans", ()))) for one in tls.get("domains", ()))
    return Tls(tls.get("options", ""), tls.get("certResolver", ""), domains)


def _texts(found: Sequence[Any]) -> tuple[str, ...]:
    return tuple(found)

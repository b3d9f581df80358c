"""A configuration file's text, judged whole: every table and context, not only those that are used."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from typing import Final

from specter_tui.config.checks import problem
from specter_tui.config.schema import BY_TABLE, TABLES, Key, Kind, Value
from specter_tui.core.errors import ConfigError
from specter_tui.core.text import visible

DEFAULT_CONTEXT: Final = "default"
_SHOWN: Final = 60  # characters of a name or value that a message repeats

Values = dict[str, Value]  # "traefik.api_url" -> value


class Document:
    """The values of one file: those outside of any context, and those of each context."""

    __slots__ = ("base", "contexts", "path")

    def __init__(self, path: str, base: Values, contexts: Mapping[str, Values]) -> None:
        self.path = path
        self.base = base
        self.contexts = contexts


def parse(path: str, text: str) -> Document:
    """The file's values; ConfigError names the file, the key and the way out."""
    return _Reader(path).read(_decode(path, text))


def _decode(path: str, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError, and integers too long for Python
        message = f"{path}: {visible(str(error), 200)}"
        raise ConfigError(message, "mend that line: the file must be TOML") from None
    except RecursionError:
        message = f"{path}: brackets are nested too deeply"
        raise ConfigError(message, "the file must be TOML") from None


class _Reader:
    """Reads the decoded document of one file; holds its path for the messages."""

    def __init__(self, path: str) -> None:
        self._path = path

    def read(self, document: Mapping[str, object]) -> Document:
        outer = {name: value for name, value in document.items() if name != "contexts"}
        base = self._layer(outer, "", (*BY_TABLE[""], *TABLES, "contexts"))
        contexts = {
            name: self._context(name, table) for name, table in self._table("contexts", document.get("contexts", {}))
        }
        return Document(self._path, base, contexts)

    def _context(self, name: str, document: object) -> Values:
        where = f"contexts.{visible(name, _SHOWN)}"
        if name == DEFAULT_CONTEXT or not name or visible(name) != name:
            message = f"{self._path}: {where} cannot be the name of a context"
            raise ConfigError(message, "choose another name")
        return self._layer(dict(self._table(where, document)), f"{where}.", (*BY_TABLE[""], *TABLES))

    def _layer(self, document: Mapping[str, object], prefix: str, known: tuple[str, ...]) -> Values:
        layer: Values = {}
        for name, value in document.items():
            if name in TABLES:
                for inner, inner_value in self._table(f"{prefix}{name}", value):
                    key = BY_TABLE[name].get(inner) or self._unknown(f"{prefix}{name}.", inner, BY_TABLE[name])
                    layer[key.path] = self._value(key, inner_value, prefix)
            else:
                key = BY_TABLE[""].get(name) or self._unknown(prefix, name, known)
                layer[key.path] = self._value(key, value, prefix)
        return layer

    def _table(self, where: str, value: object) -> Iterable[tuple[str, object]]:
        if isinstance(value, dict):
            return value.items()
        message = f"{self._path}: {where} must be a table, not {_shown(value)}"
        raise ConfigError(message, f"write [{where}] on a line of its own and its keys below it")

    def _unknown(self, prefix: str, name: str, known: Iterable[str]) -> Key:
        message = f"{self._path}: unknown key {prefix}{visible(name, _SHOWN)}"
        raise ConfigError(message, _suggestion(name, known))

    def _value(self, key: Key, value: object, prefix: str) -> Value:
        converted = _convert(key.kind, value)
        if converted is None:
            message = f"{self._path}: {prefix}{key.path} must be {key.kind}, not {_shown(value)}"
            raise ConfigError(message)
        wrong = problem(key, converted)
        if wrong:
            message = f"{self._path}: {prefix}{key.path} {wrong}"
            raise ConfigError(message)
        return converted


def _suggestion(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    names = sorted(known)
    near = get_close_matches(name[:_SHOWN], names, n=1, cutoff=0.0)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}"


def _convert(kind: Kind, value: object) -> Value | None:
    """The value in its own type, None when it is of another one."""
    converted: Value | None = None
    match kind, value:
        case ((Kind.INTEGER | Kind.NUMBER), bool()):
            pass  # Python's bool is an int, TOML's is not
        case Kind.BOOLEAN, bool(given):
            converted = given
        case Kind.INTEGER, int(number):
            converted = number
        case Kind.TEXT, str(text):
            converted = text
        case Kind.NUMBER, int() | float():
            converted = _float(value)
        case Kind.TEXTS, list() if all(isinstance(item, str) for item in value):
            converted = tuple(value)
        case Kind.TABLE, dict() if all(isinstance(item, str) for item in value.values()):
            converted = dict(value)
        case _:
            pass
    return converted


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # an integer beyond any float
        return float("inf")


def _shown(value: object) -> str:
    """What a wrong value is, without its content where that could be a secret or long."""
    if isinstance(value, bool | int | float):
        return visible(repr(value), _SHOWN).lower()
    names = ((str, "a text"), (list, "a list"), (dict, "a table"))
    return next((name for kind, name in names if isinstance(value, kind)), "a date or time")

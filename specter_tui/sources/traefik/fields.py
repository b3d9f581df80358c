"""Reading values that may be missing or of any type, without losing the element they stand in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from specter_tui.core.text import visible

_MOST_PROBLEMS: Final = 100
NAME_LENGTH: Final = 100  # characters of an element's name in a sentence

_ANY: Final = msgspec.json.Decoder(float_hook=float)  # without the hook 1e999 is an error, with it infinite


def any_json(text: bytes | str | msgspec.Raw) -> object:
    """A JSON document of whatever shape; raises `ValueError` or `RecursionError` when it is none."""
    return _ANY.decode(text)


class Problems:
    """The sentences about what could not be understood; beyond a hundred they are only counted."""

    def __init__(self) -> None:
        self._sentences: list[str] = []
        self.count = 0

    def add(self, sentence: str) -> None:
        """Notes one sentence."""
        self.count += 1
        if self.count <= _MOST_PROBLEMS:
            self._sentences.append(sentence)

    def sentences(self) -> tuple[str, ...]:
        """All sentences, with a last one that counts those left out."""
        left_out = self.count - len(self._sentences)
        return (*self._sentences, *((f"and {left_out} more like these",) if left_out else ()))


class Element:
    """One JSON object of Traefik's answer; every getter gives its empty value for a missing key or a wrong type.

    A wrong type is noted as a problem, a missing key or null is not: Traefik leaves out what is empty.
    """

    __slots__ = ("_problems", "_raw", "_what")

    def __init__(self, what: str, raw: object, problems: Problems) -> None:
        self._what = what
        self._problems = problems
        self._raw: dict[str, object] = {}
        if isinstance(raw, dict):
            self._raw = raw
        elif raw is not None:
            problems.add(f"{visible(what, NAME_LENGTH)} is not an object in Traefik's answer")

    def text(self, key: str) -> str:
        """A string."""
        value = self._raw.get(key)
        if isinstance(value, str):
            return value
        if value is not None:
            self._wrong(key, "a string")
        return ""

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; other members are left out and noted."""
        value = self._raw.get(key)
        if isinstance(value, list):
            found = tuple([one for one in value if isinstance(one, str)])
            if len(found) != len(value):
                self._wrong(key, "a list of strings only")
            return found
        if value is not None:
            self._wrong(key, "a list")
        return ()

    def number(self, key: str) -> int:
        """A whole number."""
        value = self._raw.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if value is not None:
            self._wrong(key, "a whole number")
        return 0

    def flag(self, key: str) -> bool:
        """A boolean."""
        value = self._raw.get(key)
        if isinstance(value, bool):
            return value
        if value is not None:
            self._wrong(key, "true or false")
        return False

    def child(self, key: str) -> Element | None:
        """An object; None where there is none."""
        value = self._raw.get(key)
        if isinstance(value, dict):
            return Element(self._what, value, self._problems)
        if value is not None:
            self._wrong(key, "an object")
        return None

    def children(self, key: str) -> tuple[Element, ...]:
        """A list of objects; other members are left out and noted."""
        value = self._raw.get(key)
        if isinstance(value, list):
            found = tuple([Element(self._what, one, self._problems) for one in value if isinstance(one, dict)])
            if len(found) != len(value):
                self._wrong(key, "a list of objects only")
            return found
        if value is not None:
            self._wrong(key, "a list")
        return ()

    def texts_by_name(self, key: str) -> dict[str, str]:
        """An object of strings; other members are left out and noted."""
        value = self._raw.get(key)
        if isinstance(value, dict):
            found = {name: one for name, one in value.items() if isinstance(one, str)}
            if len(found) != len(value):
                self._wrong(key, "an object of strings only")
            return found
        if value is not None:
            self._wrong(key, "an object")
        return {}

    def value(self, key: str) -> object:
        """A value of whatever type."""
        return self._raw.get(key)

    def sections(self, apart_from: Iterable[str]) -> dict[str, object]:
        """The keys that hold an object, but for those named: in Traefik's answers these are types."""
        return {key: value for key, value in self._raw.items() if isinstance(value, dict) and key not in apart_from}

    def note(self, sentence: str) -> None:
        """A problem with this element; its name is put in front."""
        self._problems.add(f"{visible(self._what, NAME_LENGTH)}: {sentence}")

    def _wrong(self, key: str, wanted: str) -> None:
        self.note(f"{key} is not {wanted} in Traefik's answer")


def qualified(name: str, provider: str) -> str:
    """A name with its provider, as Traefik resolves it: one without "@" belongs to the provider that wrote it."""
    return name if not name or "@" in name or not provider else f"{name}@{provider}"

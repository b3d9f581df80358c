"""The maps of definitions in `/api/rawdata`: cut apart, each definition read, and what did not change kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from specter_tui.core.model import ConfigStatus, Protocol
from specter_tui.core.text import visible
from specter_tui.sources.traefik.fields import NAME_LENGTH, Element, Problems, any_json
from specter_tui.sources.traefik.shapes import Shape, decode_shape, repaired

_STATUS: Final[Mapping[str, ConfigStatus]] = {one.value: one for one in ConfigStatus}
_SECTION: Final = msgspec.json.Decoder(dict[str, msgspec.Raw] | None)
_DOCUMENT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NOTHING: Final = msgspec.Raw(b"null")
_Part = TypeVar("_Part")
_Shape = TypeVar("_Shape", bound=Shape)
Document = dict[str, msgspec.Raw]
NO_DIGEST: Final = 0
# By section and name, the digest of a definition and what it was decoded to. Definitions hold secrets, digests do not.
Kept = dict[str, dict[str, tuple[int, Any]]]


def split(body: bytes) -> Document | None:
    """The maps of definitions of an answer, whose values are not looked into yet; None for JSON that is no object.

    Raises `ValueError` or `RecursionError` for what is no JSON. The interpreter lets the event loop in between two
    definitions, not within one call of the parser: cutting them apart takes a tenth of the time of decoding them.
    """
    if not body.isascii():
        body.decode()  # all of it, so that no name or value can turn out to be something else than UTF-8 later
    try:
        return _DOCUMENT.decode(body)
    except msgspec.ValidationError:
        any_json(body)  # the check of the type ended at its first letter: is the rest JSON?
        return None


def digest(text: bytes) -> int:
    """What tells one text from another without giving it away, never `NO_DIGEST`.

    Python's own hash is SipHash with a key that each process makes for itself: nobody outside can aim at a collision.
    With a cryptographic digest the first read of 5,000 routes takes 6 to 8 ms more (measured).
    """
    return hash(text) or -1


class Section:
    """One of the document's maps of definitions by name, and what is wrong with them."""

    def __init__(self, key: str, protocol: Protocol, problems: Problems) -> None:
        self.key = key
        self.protocol = protocol
        self.problems = problems
        self._kind = key.removesuffix("s")

    def parts(
        self, document: Document, kept: Kept, decode: Callable[[Section, str, msgspec.Raw], _Part]
    ) -> list[_Part]:
        """What `decode` makes of each definition, in the order of their names."""
        key, problems = self.key, self.problems
        last: Mapping[str, tuple[int, _Part]] = kept.pop(key, {})
        try:
            found = _SECTION.decode(document.get(key, _NOTHING))
        except msgspec.ValidationError:
            problems.add(f"{key} is not an object in Traefik's answer")
            return []
        now: dict[str, tuple[int, _Part]] = {}
        for name, raw in sorted((found or {}).items()):
            told = digest(bytes(raw))
            known = last.get(name)
            if known is None or known[0] != told:
                noted = problems.count
                part = decode(self, name, raw)
                # What something was wrong with is decoded anew each time, so that it is noted each time.
                known = told if problems.count == noted else NO_DIGEST, part
            now[name] = known
        kept[key] = now
        return [part for _, part in now.values()]

    def element(self, name: str, raw: msgspec.Raw) -> Element:
        """The definition to be read value by value."""
        what = f"{self._kind} {name}"
        try:
            return Element(what, any_json(raw), self.problems)
        except (ValueError, RecursionError):  # a number of thousands of digits, or too deep
            self.problems.add(f"{visible(what, NAME_LENGTH)} holds what can't be read")
            return Element(what, None, self.problems)

    def shape(self, kind: type[_Shape], name: str, raw: msgspec.Raw) -> _Shape:
        """The definition in its shape."""
        return decode_shape(kind, raw) or repaired(kind, self.element(name, raw))

    def status(self, text: str, name: str, otherwise: ConfigStatus) -> ConfigStatus:
        """Traefik's word for how a definition is; `otherwise` where it is none that is known."""
        status = _STATUS.get(text)
        if status is None:
            what = visible(f"{self._kind} {name}", NAME_LENGTH)
            self.problems.add(f"{what}: its status is none of enabled, warning and disabled")
            return otherwise
        return status

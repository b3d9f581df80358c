"""Keys as the terminal sends them: an escape with a key right behind it is these two keys.

A terminal sends alt and a key as an escape and that key, which is also what comes when a person types both, over a line
that brings them in one packet. Textual takes it for alt, or for a sign of a Mac's keyboard, and the escape is lost. No
command of the dashboard has alt, so here it always is two keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver

_ESCAPE: Final = "\x1b"
_INTRODUCERS: Final = frozenset("[]OPX^_")  # with these begins what a terminal reports (ECMA-48, 5.3)


class KeyParser(XTermParser):
    """Textual's parser, but for alt."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:  # noqa: FBT001, FBT002  Textual's own signature
        if alt:
            return (_escape(), *super()._sequence_to_key_events(sequence))
        if _are_two_keys(sequence):
            return (_escape(), *super()._sequence_to_key_events(sequence[1]))
        return super()._sequence_to_key_events(sequence)


def _are_two_keys(sequence: str) -> bool:
    if len(sequence) != len("\x1bx") or sequence[0] != _ESCAPE:
        return False
    return sequence[1] == "\r" or (sequence[1].isprintable() and sequence[1] not in _INTRODUCERS)


def _escape() -> events.Key:
    return events.Key("escape", _ESCAPE)


def read_keys_in_order() -> None:
    """Makes Textual's driver use this parser, which it takes from its module by name."""
    linux_driver.XTermParser = KeyParser  # type: ignore[attr-defined]  # it offers no other way

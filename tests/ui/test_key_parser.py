"""Which keys the bytes of a terminal are."""

from __future__ import annotations

import pytest
from textual import events
from textual.message import Message

from specter_tui.ui.key_parser import KeyParser


def keys(text: str) -> list[str]:
    parser = KeyParser()
    found: list[Message] = [*parser.feed(text), *parser.feed("")]
    return [one.key for one in found if isinstance(one, events.Key)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b", ["escape"]),
        ("\x1b\x1b", ["escape", "escape"]),
        ("\x1bj", ["escape", "j"]),
        ("\x1b2", ["escape", "2"]),
        ("\x1bf", ["escape", "f"]),
        ("\x1b\r", ["escape", "enter"]),
        ("\x1b/abc\r", ["escape", "slash", "a", "b", "c", "enter"]),
        ("j\x1b3dk", ["j", "escape", "3", "d", "k"]),
        ("\x1b" + "j" * 50, ["escape", *"j" * 50]),
        ("\x1b[A\x1b[B", ["up", "down"]),
        ("\x1bOA", ["up"]),
        ("\x1b[", ["escape", "left_square_bracket"]),
        ("\xa1\u2122", ["inverted_exclamation_mark", "trade_mark_sign"]),
    ],
)
def test_an_escape_before_a_key_is_a_key_of_its_own(text: str, expected: list[str]) -> None:
    assert keys(text) == expected

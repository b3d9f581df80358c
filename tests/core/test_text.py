"""What of a text from outside may reach a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specter_tui.core.text import visible

# Signs that number or join what follows; they are drawn.
_DRAWN = frozenset({*range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD})


@pytest.mark.parametrize(
    "code",
    [
        0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x180B, 0x180E, 0x180F, 0x200B, 0x200D, 0x2028, 0x202E,
        0x2065, 0x2066, 0x206A, 0x206F, 0x3164, 0xE000, 0xF8FF, 0xFDD0, 0xFE00, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF0,
        0xFFF9, 0xFFFE, 0x13430, 0x1BCA0, 0x1D173, 0x1FFFE, 0xDFFFF, 0xE0001, 0xE0020, 0xE0100, 0xE0FFF,
        0xF0000, 0x10FFFF,
    ],
)  # fmt: skip
def test_what_hides_or_reorders_is_written_out(code: int) -> None:
    shown = visible(f"a{chr(code)}b")
    assert shown.isascii()
    assert f"{code:x}" in shown


def test_no_control_format_surrogate_or_private_character_is_left() -> None:
    wrong = [
        f"{code:x}"
        for code in range(0x110000)
        if unicodedata.category(chr(code)) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        and code not in _DRAWN
        and visible(chr(code)) == chr(code)
    ]
    assert wrong == []


@pytest.mark.parametrize("text", ["blog.example.org", "Größe", "日本語", "עברית", "é", "🙂", "→ … ●"])
def test_what_people_write_stays(text: str) -> None:
    assert visible(text) == text


@given(st.text(), st.integers(0, 50))
def test_it_is_made_safe_once(text: str, limit: int) -> None:
    shown = visible(text, limit)
    assert visible(shown) == shown

"""Text from outside, made safe to show: control characters, terminal escapes and direction marks become visible."""

from __future__ import annotations

import re
from typing import Final

# C0 and C1 controls, line and paragraph separators, surrogates; Unicode's marks, overrides and isolates of direction;
# every default-ignorable code point of DerivedCoreProperties.txt (zero-width characters, fillers, variation selectors,
# tags); annotations, format controls, private use and noncharacters: each can move, hide or reorder what a person
# reads, or is drawn differently by every terminal.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\uf8ff\ufdd0-\ufdef"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U00013430-\U00013440\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 14))
    + "\U000e0000-\U0010ffff]"
)
_LAST_OF_LATIN_1: Final = 0xFF
_LAST_OF_BASIC_PLANE: Final = 0xFFFF


def visible(text: str, limit: int = 0) -> str:
    """The text with every unsafe character written as an escape, cut at `limit` characters (0: whole)."""
    if limit and len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code <= _LAST_OF_LATIN_1:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _LAST_OF_BASIC_PLANE else f"\\U{code:08x}"

"""Text from outside, made safe to show: control characters, terminal escapes and direction marks become visible."""

from __future__ import annotations

import re
from typing import Final

# C0 and C1 controls, line and paragraph separators, the direction marks and overrides of Unicode TR 9,
# zero-width characters and the byte order mark: each can move, hide or reorder what a person reads.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufff9-\ufffb\U000e0000-\U000e007f]"
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

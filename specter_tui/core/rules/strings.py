"""Go's string literals: raw ones in back quotes, and escaped ones in double quotes.

A Go string is bytes: where its escapes do not make UTF-8, the odd bytes become lone surrogates ("surrogateescape").
"""

from __future__ import annotations

import re
from typing import Final

from specter_tui.core.errors import RuleError
from specter_tui.core.text import visible

_ESCAPED: Final = re.compile(r'"([^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+)"')
_ESCAPE: Final = re.compile(
    r'\\(?:([abfnrtv\\"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|)', re.ASCII
)
_SIMPLE: Final = {
    "a": b"\a", "b": b"\b", "f": b"\f", "n": b"\n", "r": b"\r", "t": b"\t", "v": b"\v", "\\": b"\\", '"': b'"',
}  # fmt: skip
_LAST_BYTE: Final = 0xFF
_LAST_RUNE: Final = 0x10FFFF
_SURROGATES: Final = range(0xD800, 0xE000)


def literal(text: str, position: int) -> tuple[str, int]:
    """The value of the string literal at a position, and the position behind it; raises `RuleError`."""
    if text.startswith("`", position):
        end = text.find("`", position + 1)
        if end < 0:
            raise RuleError("raw string is never closed", position)
        return text[position + 1 : end].replace("\r", ""), end + 1
    if text.startswith('"', position):
        found = _ESCAPED.match(text, position)
        if found is None:
            raise RuleError("string is never closed", position)
        value = found[1] if "\\" not in found[1] else _unescape(found[1], position + 1)
        return value, found.end()
    shown = f"'{visible(text[position])}'" if position < len(text) else "the end"
    raise RuleError(f"expected a string in back quotes or double quotes, found {shown}", position)


def _unescape(body: str, offset: int) -> str:
    """The body of an escaped literal as the bytes it means; `offset` is where it stands in the rule."""
    parts: list[bytes] = []
    done = 0
    for escape in _ESCAPE.finditer(body):
        parts.append(_bytes(body[done : escape.start()]))
        parts.append(_meaning(escape, offset))
        done = escape.end()
    parts.append(_bytes(body[done:]))
    return b"".join(parts).decode("utf-8", "surrogateescape")


def _meaning(escape: re.Match[str], offset: int) -> bytes:
    simple, hexadecimal, octal, short, long = escape.groups()
    if simple:
        return _SIMPLE[simple]
    if hexadecimal:
        return bytes([int(hexadecimal, 16)])
    if octal and int(octal, 8) <= _LAST_BYTE:
        return bytes([int(octal, 8)])
    if short or long:
        rune = int(short or long, 16)
        if rune <= _LAST_RUNE and rune not in _SURROGATES:
            return chr(rune).encode()
    raise RuleError("invalid escape in a string", offset + escape.start())


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")

"""Wraps a line of pieces at blanks, with its continuation indented; words longer than the line are broken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rich.cells import cell_len, chop_cells

from specter_tui.ui.present.base import Line, Piece, Role, fit, width_of

_WORDS: Final = re.compile(r" +|[^ ]+")
_HANG: Final = 2  # cells by which a continuation is indented more than its line


def wrapped(line: Line, width: int) -> list[Line]:
    """The line as rows of at most `width` cells; at least one row."""
    indent = min(_indent(line) + _HANG, max(0, width // 2))
    rows: list[Line] = []
    row: list[Piece] = []
    used = 0
    for word, role in _words(line, max(1, width - indent)):
        size = cell_len(word)
        if used + size > width and used > (indent if rows else 0):
            rows.append(tuple(row))
            row, used = [Piece(" " * indent)], indent
            if word.isspace():
                continue
        row.append(Piece(word, role))
        used += size
    return [*rows, tuple(row)]


def wrapped_to(line: Line, width: int, most: int, ellipsis: str) -> list[Line]:
    """At most that many rows; the last one ends with the ellipsis where there would be more."""
    rows = wrapped(line, width)
    if len(rows) <= most:
        return rows
    last = (*rows[most - 1], *rows[most])
    room = min(width, width_of(rows[most - 1]) + 1)
    return [*rows[: most - 1], fit(last, room, ellipsis)]


def _indent(line: Line) -> int:
    text = "".join(piece.text for piece in line[:2])
    return len(text) - len(text.lstrip(" "))


def _words(line: Line, widest: int) -> Iterator[tuple[str, Role]]:
    for text, role in line:
        for word in _WORDS.findall(text):
            if cell_len(word) <= widest:
                yield word, role
            else:
                yield from ((part, role) for part in chop_cells(word, widest))

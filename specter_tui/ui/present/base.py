"""Pieces of text that carry a meaning instead of a colour, and the glyphs, ages and cuts that all views share.

A `Line` is what a cell or a line of text is made of. A theme gives each `Role` its colour; a glyph or a word always
says the same as the colour does. Outside strings enter only through `outside`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from rich.cells import cell_len, set_cell_size

from specter_tui.core.text import visible

CELL_LIMIT: Final = 256  # no cell is ever wider; keeps a 100 kB rule out of every width computation
TEXT_LIMIT: Final = 2000  # one value in a detail; the raw page shows the whole of it

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400


class Role(StrEnum):
    """What a piece of text means; the values are the names of theme variables."""

    TEXT = "text"
    STRONG = "strong"
    MUTED = "muted"  # labels and separators: never a state
    OK = "ok"
    WARN = "warn"  # will break, or is partly broken
    BAD = "bad"  # broken, or open to the world
    OFF = "off"  # unknown, or switched off
    FOCUS = "focus"


class Piece(NamedTuple):
    """A run of text with one meaning."""

    text: str
    role: Role = Role.TEXT


Line = tuple[Piece, ...]
EMPTY: Final[Line] = ()


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The signs of one character set, each a single cell wide."""

    ok: str = "●"
    warn: str = "◐"
    bad: str = "✖"
    unknown: str = "?"
    off: str = "○"
    protected: str = "▣"
    open: str = "□"
    bypassed: str = "◪"
    then: str = "›"  # noqa: RUF001  from one hop to the next
    dot: str = "·"
    rule: str = "─"
    bar: str = "│"
    cursor: str = "▌"
    ellipsis: str = "…"
    up: str = "▲"
    down: str = "▼"
    arrow: str = "→"
    thick: str = "━"


UNICODE: Final = Glyphs()
ASCII: Final = Glyphs("+", "~", "x", "?", "o", "P", "-", "B", ">", "-", "-", "|", ">", "~", "^", "v", "->", "=")


def glyphs_for(environ: Mapping[str, str], *, utf8_mode: bool) -> Glyphs:
    """The set that the terminal's locale can show.

    An interpreter that starts in the C locale rewrites LC_CTYPE to C.UTF-8 (PEP 538) and switches its UTF-8 mode on
    (PEP 540): then LC_CTYPE is not the person's word, and LANG decides.
    """
    chosen = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    if utf8_mode and not environ.get("LC_ALL") and environ.get("LC_CTYPE") == "C.UTF-8":
        chosen = environ.get("LANG", "")
    return UNICODE if "utf8" in chosen.lower().replace("-", "") else ASCII


def outside(text: str, role: Role = Role.TEXT, limit: int = CELL_LIMIT) -> Piece:
    """A piece made of a string from outside, controls and direction marks visible, cut at its end."""
    return Piece(visible(text, limit), role)


def plain(line: Iterable[Piece]) -> str:
    """The text of a line without its meaning."""
    return "".join(piece.text for piece in line)


def joined(pieces: Iterable[Piece], separator: Piece) -> Line:
    """The pieces with the separator between them."""
    result: list[Piece] = []
    for piece in pieces:
        if result:
            result.append(separator)
        result.append(piece)
    return tuple(result)


def width_of(line: Iterable[Piece]) -> int:
    """The number of terminal cells a line takes."""
    return sum(cell_len(piece.text) for piece in line)


def fit(line: Line, width: int, ellipsis: str) -> Line:
    """The line at exactly `width` cells: padded, or cut at its end with the ellipsis as its last cell."""
    total = width_of(line)
    if total == width:
        return line
    if total < width:
        return (*line, Piece(" " * (width - total)))
    if width <= 0:
        return EMPTY
    kept: list[Piece] = []
    left = width - 1
    for text, role in line:
        size = cell_len(text)
        if size > left:
            kept += [Piece(set_cell_size(text, left), role), Piece(ellipsis, Role.MUTED)]
            break
        kept.append(Piece(text, role))
        left -= size
    return tuple(kept)


def age(span: timedelta) -> str:
    """An age as one unit, rounded down: `40s`, `4m`, `3h`, `2d`; seconds in tens, the pace at which it is redrawn."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < _MINUTE:
        return f"{seconds // 10 * 10}s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE}m"
    return f"{seconds // _HOUR}h" if seconds < _DAY else f"{seconds // _DAY}d"


def clock(moment: datetime, now: datetime) -> str:
    """A moment in the reader's own time zone: `14:02`, with the date when it is not today's."""
    local = moment.astimezone()
    return f"{local:%H:%M}" if local.date() == now.astimezone().date() else f"{local:%Y-%m-%d %H:%M}"


def count(number: int, noun: str) -> str:
    """`1 route`, `2 routes`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def title_line(context: str, domain: str, glyphs: Glyphs) -> Line:
    """`specter · vps1 · example.org`."""
    parts = [Piece("specter", Role.STRONG), *(outside(one) for one in (context, domain) if one)]
    return joined(parts, Piece(f" {glyphs.dot} ", Role.MUTED))

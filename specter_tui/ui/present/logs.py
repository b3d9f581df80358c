"""A line of a log as rows of the screen: everything in it that could move, hide or colour something is visible."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rich.cells import cell_len, chop_cells

from specter_tui.core.logs import LogLine, Stream
from specter_tui.core.text import visible
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role, fit, outside, width_of

NAME_WIDTH: Final = 16  # cells for the container's name where several are shown
_WRAPPED: Final = 4_096  # characters of a line that are shown when it wraps
_TAB: Final = 4
# Terminal escapes by ECMA-48: control sequences, control strings with their end, and the two-character ones.
_ESCAPES: Final = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]|\x1b[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)?|\x1b[ -/]*[0-~]?|\x9b[0-?]*[ -/]*[@-~]"
)
_COLOUR: Final = re.compile("(?:\x1b\\[|\x9b)[0-9;:]*m")
_MARKED_STREAMS: Final = {Stream.STDERR: "! "}

Spans = Callable[[str], Iterator[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class LogStyle:
    """How lines are shown; `find` gives the places of what is looked for."""

    glyphs: Glyphs
    names: int = 0  # cells for the container's name; 0: not shown
    timestamps: bool = False
    wrap: bool = False
    colours: bool = True  # colour codes are shown as text, as every other escape always is
    find: Spans | None = None


def log_rows(line: LogLine, width: int, style: LogStyle) -> list[Line]:
    """The rows of a line, at most `width` cells wide; one row unless it wraps."""
    if line.stream is Stream.MARK:
        return [_mark(line, width, style.glyphs)]
    head = tuple(_head(line, style))
    room = max(1, width - width_of(head))
    if not style.wrap:
        body = _body(line, room + 1, style)
        return [(*head, *fit(body, room, style.glyphs.ellipsis))]
    rows = _wrapped(_body(line, _WRAPPED, style), room)
    blank = Piece(" " * (width - room))
    return [(*head, *rows[0]), *((blank, *row) for row in rows[1:])]


def clock_of(timestamp: str) -> str:
    """The engine's time in the reader's zone, with milliseconds: `14:02:03.120`; dashes where there is none."""
    try:
        moment = datetime.fromisoformat(timestamp).astimezone()
    except (ValueError, OverflowError):
        return "--:--:--.---"
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"


def _head(line: LogLine, style: LogStyle) -> Iterator[Piece]:
    if style.timestamps:
        yield Piece(f"{clock_of(line.timestamp)} ", Role.MUTED)
    if style.names:
        yield from fit((outside(line.container, Role.MUTED),), style.names, style.glyphs.ellipsis)
        yield Piece(" ")
    yield Piece(_MARKED_STREAMS.get(line.stream, "  "), Role.WARN)


def _mark(line: LogLine, width: int, glyphs: Glyphs) -> Line:
    words = f"{glyphs.rule * 2} mark {clock_of(line.timestamp)} " if line.timestamp else f"{glyphs.rule * 2} mark "
    return fit((Piece(words + glyphs.rule * max(0, width - cell_len(words)), Role.FOCUS),), width, "")


def _body(line: LogLine, limit: int, style: LogStyle) -> Line:
    """The text in pieces, of at most about `limit` characters, with what is left out counted."""
    text = line.text
    if not style.colours:
        text = _COLOUR.sub("", text)
    pieces: list[Piece] = []
    if "\r" in text:
        # A progress line: a terminal would show the last state alone, so the others are counted, not hidden.
        *before, text = text.rstrip("\r").split("\r")
        if before:
            pieces.append(Piece(f"\\r{'' if len(before) == 1 else f'×{len(before)}'} ", Role.MUTED))  # noqa: RUF001  times
    more = line.cut + max(0, len(text) - limit)
    pieces += _found(_plain(text[:limit]), style.find)
    if more and (style.wrap or line.cut):
        pieces.append(Piece(f" {style.glyphs.ellipsis} {more:,} more", Role.MUTED))
    return tuple(pieces)


def _plain(text: str) -> Iterator[Piece]:
    """Text and, apart from it, the escapes in it as text."""
    text = text.expandtabs(_TAB) if "\t" in text else text
    if text.isascii() and text.isprintable():
        yield Piece(text)
        return
    place = 0
    for match in _ESCAPES.finditer(text):
        if match.start() > place:
            yield Piece(visible(text[place : match.start()]))
        yield Piece(visible(match[0]), Role.MUTED)
        place = match.end()
    if place < len(text):
        yield Piece(visible(text[place:]))


def _found(pieces: Iterator[Piece], find: Spans | None) -> Iterator[Piece]:
    """The same pieces with what is looked for in the colour of the focus, also across an escape."""
    if find is None:
        yield from pieces
        return
    whole = list(pieces)
    spans = list(find("".join(text for text, role in whole if role is not Role.MUTED)))
    place = 0
    for text, role in whole:
        if role is Role.MUTED:
            yield Piece(text, role)
            continue
        begin = 0
        for start, end in spans:
            first, last = max(0, start - place), min(len(text), end - place)
            if first < last and last > begin:
                if first > begin:
                    yield Piece(text[begin:first], role)
                yield Piece(text[max(first, begin) : last], Role.FOCUS)
                begin = last
        if begin < len(text):
            yield Piece(text[begin:], role)
        place += len(text)


def _wrapped(line: Line, width: int) -> list[Line]:
    """Rows of at most `width` cells, broken where they end: a log's columns stay under each other."""
    rows: list[list[Piece]] = [[]]
    left = width
    for text, role in line:
        rest = text
        while rest:
            if not left:
                rows.append([])
                left = width
            # What has no width comes in no part.
            part = rest[:left] if rest.isascii() else next(iter(chop_cells(rest, left)), rest)
            if not part and left == width:
                break  # a character wider than the screen
            if part:
                rows[-1].append(Piece(part, role))
                rest = rest[len(part) :]
            left -= cell_len(part) if part else left
    return [tuple(row) for row in rows]

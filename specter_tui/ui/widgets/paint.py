"""From lines of pieces to what Textual draws: strips for one-line widgets and tables, content for text that wraps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.geometry import Region
from textual.scrollbar import ScrollBarRender
from textual.strip import Strip
from textual.widget import Widget

from specter_tui.ui.present.base import Glyphs, Line, Piece, Role, fit, width_of
from specter_tui.ui.theme import THEMES


class PlainScrollBar(ScrollBarRender):
    """A scroll bar of whole cells: the same in every character set, and less to write over a slow line."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8


class Painted(Widget):
    """A widget of lines over one style, which Textual works out anew for every line that asks: here once a frame."""

    base = Style()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines, as Textual's compositor asks for them."""
        self.base = self.rich_style
        return super().render_lines(crop)


Palette = Mapping[Role, Style]


def palette_of(app: App[object]) -> Palette:
    """The rich style of each role in the app's present theme."""
    return _palette(app.theme)


@cache
def _palette(name: str) -> Palette:
    colours = next(theme for theme in THEMES if theme.name == name).variables
    return {role: Style(color=colours[f"role-{role}"], bold=role is Role.STRONG or None) for role in Role}


@cache
def cursor_style(name: str, *, focused: bool) -> Style:
    """What the row at the cursor adds to its style in the theme of that name."""
    colours = next(theme for theme in THEMES if theme.name == name).variables
    return Style(bgcolor=colours["cursor-row"], bold=focused or None)


def segments(line: Iterable[Piece], palette: Palette, base: Style) -> list[Segment]:
    """The line as segments over a base style, which carries the background."""
    return [Segment(text, base + palette[role]) for text, role in line]


def strip_of(line: Iterable[Piece], width: int, palette: Palette, base: Style) -> Strip:
    """The line as a strip of exactly `width` cells."""
    return Strip(segments(line, palette, base)).adjust_cell_length(width, base).simplify()


def spread(left: Line, right: Line, width: int, glyphs: Glyphs) -> Line:
    """Left and right at the two ends of a line; where both do not fit the left one is cut at its end."""
    room = width - width_of(right) - (1 if right else 0)
    return (*fit(left, room, glyphs.ellipsis), *((Piece(" "), *right) if right else ()))

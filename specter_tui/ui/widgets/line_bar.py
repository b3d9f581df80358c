"""One or more fixed lines of text that are drawn again only where they changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from specter_tui.ui.present.base import EMPTY, Line
from specter_tui.ui.widgets.paint import palette_of, strip_of


class LineBar(Widget):
    """Draws what `compose_lines(width)` gives; `show` asks it again and repaints the lines that differ.

    The height follows the number of lines; with none the bar takes no room.
    """

    def __init__(self, compose_lines: Callable[[int], Sequence[Line]], *, id: str) -> None:  # noqa: A002  Textual's own word
        super().__init__(id=id)
        self._compose_lines = compose_lines
        self._lines: tuple[Line, ...] = ()
        self._height = 1  # as the style sheet says

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown now."""
        return self._lines

    def show(self) -> None:
        """Asks for the lines again and repaints what differs."""
        if not self.size.width and not self.is_attached:
            return
        lines = tuple(self._compose_lines(self.size.width or self.app.size.width))
        if lines == self._lines:
            return
        old, self._lines = self._lines, lines
        if self._height != len(lines):
            self._height = len(lines)
            self.styles.height = self._height
        for y, (was, line) in enumerate(zip_longest(old, lines)):
            if was != line:
                self.refresh(Region(0, y, self.size.width, 1))

    def on_resize(self) -> None:
        """The lines depend on the width."""
        self.show()

    def render_line(self, y: int) -> Strip:
        """One line as Textual's compositor asks for it."""
        line = self._lines[y] if y < len(self._lines) else EMPTY
        return strip_of(line, self.size.width, palette_of(self.app), self.rich_style)

"""The line of views: digit and name of each, the present one marked; a click on one shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual import events
from textual.strip import Strip
from textual.widget import Widget

from specter_tui.ui.navigate import navigator
from specter_tui.ui.present.base import Glyphs, Piece, Role
from specter_tui.ui.widgets.paint import palette_of, strip_of


class Tab(NamedTuple):
    """A view in the line: its key comes from the registry."""

    kind: str
    key: str
    title: str
    short: str


class TabBar(Widget):
    """One line; the short names where the long ones do not fit."""

    def __init__(self, tabs: Sequence[Tab], current: str, glyphs: Glyphs) -> None:
        super().__init__(id="tabs")
        self._tabs = tabs
        self._current = current
        self._glyphs = glyphs

    def show(self, current: str) -> None:
        """Another view is shown."""
        if current != self._current:
            self._current = current
            self.refresh()

    def _words(self) -> list[tuple[Tab, str]]:
        for name in (_long, _short):
            words = [(tab, f"{tab.key} {name(tab)}") for tab in self._tabs]
            if sum(len(word) + 1 for _, word in words) <= self.size.width:
                break
        return words

    def render_line(self, y: int) -> Strip:
        """The line, as Textual's compositor asks for it."""
        pieces: list[Piece] = []
        for tab, word in self._words() if y == 0 else ():
            here = tab.kind == self._current
            key, _, name = word.partition(" ")
            pieces += [
                Piece(self._glyphs.cursor if here else " ", Role.FOCUS),
                Piece(f"{key} ", Role.STRONG if here else Role.MUTED),
                Piece(name, Role.STRONG if here else Role.TEXT),
            ]
        return strip_of(pieces, self.size.width, palette_of(self.app), self.rich_style)

    async def on_click(self, event: events.Click) -> None:
        """Shows the view under the mouse."""
        left = 0
        for tab, word in self._words():
            if left <= event.x < left + len(word) + 1:
                await navigator(self).visit(tab.kind)
            left += len(word) + 1


def _long(tab: Tab) -> str:
    return tab.title


def _short(tab: Tab) -> str:
    return tab.short

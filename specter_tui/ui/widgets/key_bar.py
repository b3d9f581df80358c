"""The last line: the keys that work here, from the registry; a click on one does it."""

from __future__ import annotations

from textual import events
from textual.strip import Strip
from textual.widget import Widget

from specter_tui.ui.dispatch import run_command
from specter_tui.ui.keymap import Command, Keymap, Scope
from specter_tui.ui.present.base import Piece, Role, width_of
from specter_tui.ui.widgets.paint import palette_of, strip_of


class KeyBar(Widget):
    """One line of `key word` pairs; what does not fit is left out from the right."""

    def __init__(self, keymap: Keymap, scope: Scope) -> None:
        super().__init__(classes="key-bar")
        self._pairs = tuple(keymap.bar(scope))

    def _fitting(self) -> list[tuple[int, int, str, Command]]:
        """Start, end, key and command of each pair that fits."""
        result: list[tuple[int, int, str, Command]] = []
        left = 1
        for key, command in self._pairs:
            right = left + len(key) + 1 + len(command.bar)
            if right > self.size.width:
                break
            result.append((left, right, key, command))
            left = right + 2
        return result

    def render_line(self, y: int) -> Strip:
        """The line, as Textual's compositor asks for it."""
        pieces: list[Piece] = []
        for start, _, key, command in self._fitting() if y == 0 else ():
            gap = Piece(" " * (start - width_of(pieces)))
            pieces += [gap, Piece(key, Role.STRONG), Piece(f" {command.bar}", Role.MUTED)]
        return strip_of(pieces, self.size.width, palette_of(self.app), self.rich_style)

    async def on_click(self, event: events.Click) -> None:
        """Does the command under the mouse."""
        for start, end, _, command in self._fitting():
            if start <= event.x < end:
                await run_command(self.app, command)

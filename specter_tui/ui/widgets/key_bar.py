"""The last line: the keys that work here, from the registry; a click on one does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual import events
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from specter_tui.ui.commands import Command, Scope
from specter_tui.ui.dispatch import doer, run_command
from specter_tui.ui.keymap import Keymap
from specter_tui.ui.present.base import Piece, Role, outside, width_of
from specter_tui.ui.widgets.paint import palette_of, strip_of

_SAID: Final = 4.0  # seconds for which a sentence is shown


class KeyBar(Widget):
    """One line of `key word` pairs; what does not fit is left out from the right.

    A sentence may stand in its place for a moment.
    """

    def __init__(self, keymap: Keymap, scope: Scope) -> None:
        super().__init__(classes="key-bar")
        self._keymap = keymap
        self._scope = scope
        self._said = ""
        self._timer: Timer | None = None

    def show_for(self, scope: Scope) -> None:
        """Shows the keys of another place."""
        self._scope = scope
        self.say("")

    def say(self, text: str) -> None:
        """Shows a sentence for a moment; an empty one brings the keys back."""
        if self._timer is not None:
            self._timer.stop()
        self._said = text
        self._timer = self.set_timer(_SAID, lambda: self.say("")) if text else None
        self.refresh()

    def _fitting(self) -> list[tuple[int, int, str, Command]]:
        """Start, end, key and command of each pair that fits; closer together where that makes room for all."""
        here = [(key, one) for key, one in self._keymap.bar(self._scope) if doer(self.screen, one) is not None]
        wide = self._placed(here, 2)
        return wide if len(wide) == len(here) else self._placed(here, 1)

    def _placed(self, pairs: Sequence[tuple[str, Command]], gap: int) -> list[tuple[int, int, str, Command]]:
        result: list[tuple[int, int, str, Command]] = []
        left = 1
        for key, command in pairs:
            right = left + len(key) + 1 + len(command.bar)
            if right > self.size.width:
                break
            result.append((left, right, key, command))
            left = right + gap
        return result

    def render_line(self, y: int) -> Strip:
        """The line, as Textual's compositor asks for it."""
        pieces: list[Piece] = []
        if self._said:
            pieces = [Piece(" "), outside(self._said, Role.STRONG)]
        for start, _, key, command in self._fitting() if y == 0 and not self._said else ():
            gap = Piece(" " * (start - width_of(pieces)))
            pieces += [gap, Piece(key, Role.STRONG), Piece(f" {command.bar}", Role.MUTED)]
        return strip_of(pieces, self.size.width, palette_of(self.app), self.rich_style)

    async def on_click(self, event: events.Click) -> None:
        """Does the command under the mouse."""
        for start, end, _, command in self._fitting():
            if start <= event.x < end:
                await run_command(self.app, command)

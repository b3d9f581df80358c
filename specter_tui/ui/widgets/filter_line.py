"""The line in which a filter is typed; loaded when it is first opened, since the first frame does not need it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input


class FilterLine(Input):
    """Tells every change; `leave()` is called by enter, tab and the arrow down, and by escape, which empties it first.

    The keys that leave it count before any other, so that what is typed behind them in the same burst is no filter.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,down,tab", "leave", show=False, priority=True),
        Binding("escape", "throw_away", show=False, priority=True),
    ]

    def __init__(
        self,
        text: str,
        *,
        changed: Callable[[str], None],
        leave: Callable[[], None],
        hint: str = "words  /regex/  !not  host:wiki  prot:open",
    ) -> None:
        super().__init__(text, placeholder=hint, classes="filter", compact=True)
        self.cursor_blink = False  # nothing is written while nothing changes
        self._changed = changed
        self._leave = leave
        self._thrown_away = False

    def on_mount(self) -> None:
        """Remembers what it has subscribed to: the screen would hold it for ever (Textual 8.2.8 never unsubscribes)."""
        self._subscribed = self.screen.text_selection_started_signal

    def on_unmount(self) -> None:
        """Lets go."""
        self._subscribed.unsubscribe(self)

    def watch_value(self, value: str) -> None:
        """Another text; keys that were on their way when it was thrown away change nothing."""
        if self.is_mounted and not self._thrown_away:
            self._changed(value)

    def action_leave(self) -> None:
        """Keeps the filter."""
        self._leave()

    def action_throw_away(self) -> None:
        """Shows everything again."""
        self._thrown_away = True
        self._changed("")
        self._leave()

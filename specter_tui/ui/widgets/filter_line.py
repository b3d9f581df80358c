"""The line in which a filter is typed; loaded when it is first opened, since the first frame does not need it."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.widgets import Input


class FilterLine(Input):
    """Tells every change; `leave(thrown_away)` is called by enter and the arrow down, and with True by escape."""

    def __init__(self, text: str, *, changed: Callable[[str], None], leave: Callable[[bool], None]) -> None:
        super().__init__(text, placeholder="words  /regex/  !not  host:wiki  prot:open", id="filter", compact=True)
        self.cursor_blink = False  # nothing is written while nothing changes
        self._changed = changed
        self._leave = leave

    def on_input_changed(self, event: Input.Changed) -> None:
        """Another text."""
        event.stop()
        self._changed(event.value)

    def on_key(self, event: events.Key) -> None:
        """The keys that leave the line."""
        if event.key in {"enter", "escape", "down", "tab"}:
            event.stop()
            event.prevent_default()
            self._leave(event.key == "escape")

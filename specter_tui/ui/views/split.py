"""What the views of a list have in common: the detail beside it where there is room, and a page for an empty one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from specter_tui.core.snapshot import Snapshot
from specter_tui.ui.live import LivePart
from specter_tui.ui.navigate import navigator
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Line
from specter_tui.ui.present.welcome import reading_page
from specter_tui.ui.views.view import WIDE, View
from specter_tui.ui.widgets.text_pane import TextPane


class SplitView(View):
    """A list, its detail pane and the page that says why there is nothing to list; a subclass fills them."""

    def __init__(self, kind: str, options: UiOptions) -> None:
        super().__init__(kind)
        self._options = options
        self._glyphs = options.glyphs
        self.pane = TextPane(id=f"{kind}-detail")
        self._empty = TextPane(id=f"{kind}-empty")
        self._live: LivePart | None = None

    @property
    def rows(self) -> Widget:
        """The list."""
        raise NotImplementedError

    def _show_detail(self) -> None:
        """Shows in the pane what the list's cursor is on."""
        raise NotImplementedError

    def _resized(self) -> None:
        """Another size; the detail is shown by then where there is room."""
        self._show_detail()

    def compose(self) -> ComposeResult:
        """The list with its detail; the page that explains an empty one lies hidden."""
        self._empty.add_class("empty")
        with Horizontal(classes="body"):
            yield self.rows
            with Vertical(classes="detail"):
                yield self.pane
                if self._live is not None:
                    yield self._live
        yield self._empty

    def on_resize(self, event: events.Resize) -> None:
        """Beside the list there is room for the detail, or there is not."""
        self.set_class(event.size.width >= WIDE, "-wide")
        if self.has_keys(self.pane) and not self.has_class("-wide"):
            self.take_focus()
        self._resized()

    def take_focus(self) -> None:
        """The list, or the page that says why there is none."""
        self.screen.set_focus(self._empty if self.has_class("-empty") else self.rows)

    def _show_empty(self, snapshot: Snapshot | None, *, empty: bool, why: Iterable[Line]) -> None:
        """Shows the page in the list's stead, or hides it; the keyboard goes with it."""
        if empty != self.has_class("-empty"):
            had_focus = self.has_keys(self.rows, self.pane, self._empty)
            self.set_class(empty, "-empty")
            if had_focus:
                self.take_focus()
        if snapshot is None:
            self._empty.show("reading", reading_page())
        elif empty:
            self._empty.show("empty", why)

    def _tell(self, subject: str, lines: Sequence[Line]) -> None:
        """Puts lines into the pane, with what moves by itself below them where the kind has such a part."""
        live = self._live
        if live is None:
            self.pane.show(subject, lines)
            return
        live.choose(subject)
        self.pane.show(subject, (*lines, *live.more))

    async def action_back(self) -> None:
        """From the pane to the list; then to where the person was."""
        if self.has_keys(self.pane):
            self.take_focus()
        else:
            await navigator(self).step_back()

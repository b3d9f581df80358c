"""The pages of one thing: its detail, which follows the snapshots, and the raw thing, which stands still."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType

from specter_tui.core.snapshot import Snapshot
from specter_tui.core.text import visible
from specter_tui.ui.commands import Scope
from specter_tui.ui.keymap import bindings
from specter_tui.ui.live import live_part
from specter_tui.ui.navigate import navigator
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Line, Piece, Role, outside
from specter_tui.ui.present.raw import as_yaml
from specter_tui.ui.present.resource import Resource
from specter_tui.ui.screens.follow import follow
from specter_tui.ui.screens.page import Page
from specter_tui.ui.widgets.key_bar import KeyBar

T = TypeVar("T")


class RawPage(Page):
    """A thing as JSON or YAML, as it was when the page was opened: a person may be reading or copying it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PAGE, only={"raw"})

    def __init__(self, subject: str, text: str, options: UiOptions) -> None:
        super().__init__(subject, options)
        self._json = text
        self._as_yaml = False

    def lines(self) -> tuple[Line, ...]:
        """The document."""
        text = as_yaml(self._json) if self._as_yaml else self._json
        return tuple((Piece(visible(line)),) for line in text.splitlines())

    def action_raw(self) -> None:
        """The other of the two ways to write it."""
        self._as_yaml = not self._as_yaml
        self.show()


class ItemPage(Page, Generic[T]):
    """Everything known of a thing."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PAGE, only={"raw", "related", "logs"})

    def __init__(self, resource: Resource[T], item: T, snapshot: Snapshot, options: UiOptions) -> None:
        super().__init__(resource.key(item), options)
        self._resource = resource
        self._item = item
        self._snapshot = snapshot
        self._gone = False
        self._live = live_part(resource.id, options, self.show)

    def compose(self) -> ComposeResult:
        """The text; what moves by itself, where the kind has such a part; the key bar."""
        yield self.pane
        if self._live is not None:
            yield self._live
        yield KeyBar(self.options.keymap, Scope.PAGE)

    def on_mount(self) -> None:
        """Follows the app's snapshots."""
        super().on_mount()
        if self._live is not None:
            self._live.choose(self.subject)
        self.watch(self.app, "snapshot", self._take, init=False)

    def _take(self, snapshot: Snapshot | None) -> None:
        if snapshot is None:
            return
        found = self._resource.find(snapshot, self.subject)
        self._snapshot, self._gone = snapshot, found is None
        self._item = self._item if found is None else found
        self.show()

    @property
    def chosen(self) -> tuple[str, str] | None:
        """The thing, while it is there."""
        return None if self._gone else (self._resource.id, self.subject)

    def lines(self) -> tuple[Line, ...]:
        """The detail; of a thing that is gone, the last one with a word of it."""
        more = () if self._live is None else self._live.more
        lines = (*self._resource.detail(self._item, self._snapshot, self.options.glyphs), *more)
        if not self._gone:
            return lines
        note = (
            outside(self._resource.name(self._item), Role.STRONG),
            Piece(f" {self._resource.gone}; last known:", Role.WARN),
        )
        return (note, (Piece(" "),), *lines)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Not every kind has logs."""
        return self._resource.has_logs if action == "logs" else super().check_action(action, parameters)

    def action_raw(self) -> None:
        """The thing as JSON."""
        self.app.push_screen(RawPage(self.subject, self._resource.raw(self._item), self.options))

    async def action_related(self) -> None:
        """Goes to what hangs on it."""
        await follow(self, self._resource.related(self._item, self._snapshot), self.options)

    async def action_logs(self) -> None:
        """What its containers write."""
        await navigator(self).open_logs(self._resource.containers(self._item))

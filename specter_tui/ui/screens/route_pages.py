"""The pages of one route: its detail, which follows the snapshots, and the raw thing, which stands still."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from specter_tui.core.snapshot import Snapshot
from specter_tui.core.text import visible
from specter_tui.ui.keymap import Scope, bindings
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Line, Piece, Role, outside
from specter_tui.ui.present.detail import raw_route, route_detail
from specter_tui.ui.present.routes import RouteRow, route_rows
from specter_tui.ui.screens.page import Page


class RouteRawPage(Page):
    """A route as JSON, as it was when the page was opened: a person may be reading or copying it."""

    def __init__(self, row: RouteRow, options: UiOptions) -> None:
        super().__init__(row.key, options)
        self._text = tuple((Piece(visible(line)),) for line in raw_route(row).splitlines())

    def lines(self) -> tuple[Line, ...]:
        """The document."""
        return self._text


class RouteDetailPage(Page):
    """Everything known of a route."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PAGE, only={"raw"})

    def __init__(self, row: RouteRow, snapshot: Snapshot, options: UiOptions) -> None:
        super().__init__(row.key, options)
        self._row = row
        self._snapshot = snapshot
        self._gone = False

    def on_mount(self) -> None:
        """Follows the app's snapshots."""
        super().on_mount()
        self.watch(self.app, "snapshot", self._take, init=False)

    def _take(self, snapshot: Snapshot | None) -> None:
        if snapshot is None:
            return
        found = next((row for row in route_rows(snapshot) if row.key == self.subject), None)
        self._snapshot, self._gone = snapshot, found is None
        self._row = found or self._row
        self.show()

    def lines(self) -> tuple[Line, ...]:
        """The detail; of a route that Traefik no longer has, the last one with a word of it."""
        lines = route_detail(self._row, self._snapshot, self.options.glyphs)
        if not self._gone:
            return lines
        note = (
            outside(self.subject, Role.STRONG),
            Piece(" is no longer among Traefik's routers; last known:", Role.WARN),
        )
        return (note, (Piece(" "),), *lines)

    def action_raw(self) -> None:
        """The route as JSON."""
        self.app.push_screen(RouteRawPage(self._row, self.options))

"""The views behind each other: one is shown and follows the snapshots, the others keep their state and wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.reactive import var
from textual.widget import Widget

from specter_tui.core.changes import Change
from specter_tui.core.collection import no_collection
from specter_tui.core.snapshot import Snapshot
from specter_tui.ui.history import History, Place
from specter_tui.ui.options import UiOptions
from specter_tui.ui.screens.steady import one_frame
from specter_tui.ui.views.catalog import SPECS
from specter_tui.ui.views.view import News, View


class Workspace(Widget):
    """Gets the snapshot by `data_bind`; `switched` is called with each view that comes to be shown."""

    snapshot: var[Snapshot | None] = var(None)
    proposal: var[tuple[str, ...]] = var(())
    changes: var[tuple[Change, ...]] = var(())

    def __init__(self, options: UiOptions, switched: Callable[[View], None]) -> None:
        super().__init__(id="workspace")
        self._options = options
        self._switched = switched
        self._views: dict[str, View] = {}
        self._history = History()
        self._moving = asyncio.Lock()  # a click and a key may ask for two views at once
        self.view: View | None = None

    def watch_snapshot(self) -> None:
        """Another snapshot, for the view that is shown."""
        self._feed()

    def watch_proposal(self) -> None:
        """Something was found to propose."""
        self._feed()

    def _feed(self) -> None:
        if self.view is not None:
            with no_collection():
                self.view.take(News(self.snapshot, self.proposal, self.changes))

    async def visit(self, kind: str, key: str = "") -> bool:
        """Shows a view that there is, with the cursor on the row of that key; False when it has no such row."""
        async with self._moving:
            if self.view is not None and (key or self.view.kind != kind):
                self._history.leave(self.view.place)
            view = await self._show(kind)
            return not key or view.go_to(key)

    async def step(self, direction: str) -> bool:
        """`back` or `forward` in the history; False where it ends."""
        async with self._moving:
            if self.view is None:
                return False
            move = self._history.back if direction == "back" else self._history.forward
            place: Place | None = move(self.view.place)
            if place is None:
                return False
            (await self._show(place.kind)).restore(place)
            return True

    async def _show(self, kind: str) -> View:
        with one_frame(self):
            view = self._views[kind] if kind in self._views else await self._made(kind)
            for other in self._views.values():
                other.display = other is view
            self.view = view
            self._feed()
            view.take_focus()
            self._switched(view)
        return view

    async def _made(self, kind: str) -> View:
        make = SPECS[kind].make
        if make is None:
            raise LookupError(kind)  # the app asks only for views that there are
        view = self._views[kind] = make(self._options)
        await self.mount(view)
        return view

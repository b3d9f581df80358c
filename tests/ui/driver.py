"""A running app over a fake collector, and what a test does with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from specter_tui.core.snapshot import Snapshot
from specter_tui.ui.app import SpecterApp
from specter_tui.ui.collector import Propose
from specter_tui.ui.views.view import View
from specter_tui.ui.widgets.snapshot_table import SnapshotTable
from tests.ui.fakes import FakeCollector, an_app
from tests.ui.worlds import world

NARROW, WIDE = (80, 24), (160, 48)


class Driver:
    """A running app and what a test does with it."""

    def __init__(self, app: SpecterApp, pilot: Pilot[None], collector: FakeCollector) -> None:
        self.app, self.pilot, self.collector = app, pilot, collector

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
        await self.pilot.pause()

    async def give(self, result: Snapshot | Exception) -> None:
        before = self.collector.collections
        self.collector.give(result)
        await self.until(lambda: self.collector.collections > before)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Lets the app work until something holds; pytest's timeout ends what never does."""
        while not holds():
            await self.pilot.pause(0.005)
        await self.pilot.pause()

    async def show(self, kind: str) -> None:
        """Goes to a view, and waits until it is laid out."""
        await self.app.visit(kind)
        await self.until(self._laid_out)

    def _laid_out(self) -> bool:
        shown = self.view.query("SnapshotTable, LinkList").first()
        return shown.size.width > 0 or (self.view.has_class("-empty") and self.view.size.width > 0)

    @property
    def view(self) -> View:
        assert self.app.view is not None
        return self.app.view

    @property
    def table(self) -> SnapshotTable[Any]:
        """The table of the view that is shown."""
        return self.view.query_one(SnapshotTable)

    @property
    def cursor(self) -> str:
        """The key of the row at the cursor."""
        return self.view.place.key


@asynccontextmanager
async def running(
    *results: Snapshot | Exception,
    size: tuple[int, int] = NARROW,
    keys: dict[str, str] | None = None,
    propose: Propose | None = None,
    view: str = "routes",
    **more: Any,
) -> AsyncIterator[Driver]:
    """The app on one of its views; it starts on the first screen. `more` goes to `an_app`."""
    collector = FakeCollector(*(results or (world(),)))
    app = an_app(collector, keys=keys, propose=propose, **more)
    async with app.run_test(size=size) as pilot:
        one = Driver(app, pilot, collector)
        await one.until(lambda: app.view is not None and (app.snapshot is not None or bool(app._poll_error)))
        if view not in {"", one.view.kind}:
            await one.show(view)
        yield one
    assert collector.closed

"""An app with its logs view over a source that a test feeds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from specter_tui.core.errors import SourceError
from specter_tui.core.logs import FollowRequest, LogBatch, LogLine, LogNotice, Stream
from specter_tui.core.model import ContainerDetail
from specter_tui.core.ports import ContainerTools
from specter_tui.core.snapshot import Snapshot
from specter_tui.core.stats import StatsSample
from specter_tui.ui.app import SpecterApp
from specter_tui.ui.keymap import Keymap
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import UNICODE, Glyphs
from specter_tui.ui.views.logs_view import LogsView
from specter_tui.ui.widgets.log_pane import LogPane
from tests.builders import a_container, a_snapshot
from tests.ui.fakes import FakeCollector, screen_lines

WORLD = a_snapshot(containers=(a_container("wiki"), a_container("api"), a_container("old", state="exited")))


class FakeTools:
    """Gives each reader of logs what the test puts, and remembers what was asked for."""

    def __init__(self) -> None:
        self.requests: list[FollowRequest] = []
        self.queue: asyncio.Queue[LogBatch | SourceError] = asyncio.Queue()
        self.reading = 0
        self.closed = False

    def put(self, *lines: LogLine, notices: Sequence[LogNotice] = (), skipped: int = 0) -> None:
        self.queue.put_nowait(LogBatch(list(lines), skipped, tuple(notices)))

    async def follow(self, request: FollowRequest) -> AsyncGenerator[LogBatch, None]:
        self.requests.append(request)
        self.reading += 1
        try:
            while True:
                item = await self.queue.get()
                if isinstance(item, SourceError):
                    raise item
                yield item
        finally:
            self.reading -= 1

    async def inspect(self, container_id: str) -> ContainerDetail:
        raise SourceError("not asked for here")

    async def sample(self, container_id: str) -> StatsSample:
        raise SourceError("not asked for here")

    async def close(self) -> None:
        self.closed = True


class Driver:
    """A running app with the logs of one container open."""

    def __init__(self, app: SpecterApp, pilot: Pilot[None], tools: FakeTools, collector: FakeCollector) -> None:
        self.app, self.pilot, self.tools, self.collector = app, pilot, tools, collector
        self._number = 0

    @property
    def view(self) -> LogsView:
        assert isinstance(self.app.view, LogsView)
        return self.app.view

    @property
    def pane(self) -> LogPane:
        return self.view.pane

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
        await self.pilot.pause()

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            await self.pilot.pause(0.005)
        await self.pilot.pause()

    async def write(self, *texts: str, container: str = "wiki", stream: Stream = Stream.STDOUT, cut: int = 0) -> None:
        """New lines, on the screen when this returns."""
        lines = []
        for text in texts:
            self._number += 1
            lines.append(LogLine(container, stream, f"2026-11-22T10:00:00.{self._number:09d}Z", text, cut))
        kept = self.view._feed._logged
        self.tools.put(*lines)
        await self.until(lambda: self.tools.queue.empty() and self.view._feed._logged is not kept and self.drawn)

    @property
    def drawn(self) -> bool:
        return self.view._changed is None

    def stripped(self) -> list[str]:
        """The same without what stands before the text."""
        return [line.strip() for line in self.lines()]

    def lines(self) -> list[str]:
        """The log on the screen."""
        region = self.pane.region
        return screen_lines(self.app)[region.y : region.bottom]


@asynccontextmanager
async def running(
    *opened: str,
    size: tuple[int, int] = (80, 24),
    world: Snapshot = WORLD,
    glyphs: Glyphs = UNICODE,
    keys: dict[str, str] | None = None,
) -> AsyncIterator[Driver]:
    tools = FakeTools()

    def made() -> ContainerTools:
        return tools

    collector = FakeCollector(world)
    app = SpecterApp(lambda: collector, UiOptions(glyphs, Keymap(keys)), make_tools=made, context="vps1")
    async with app.run_test(size=size) as pilot:
        one = Driver(app, pilot, tools, collector)
        await one.until(lambda: app.view is not None and app.snapshot is not None)
        if opened:
            ids = {container.name: container.id for container in world.containers}
            await app.open_logs([ids[name] for name in opened])
            await one.until(lambda: tools.reading == 1)
        yield one
    assert tools.closed or not tools.requests

"""What a container uses, above its detail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from specter_tui.core.errors import SourceError
from specter_tui.core.logs import FollowRequest, LogBatch
from specter_tui.core.model import ContainerDetail, Mount
from specter_tui.core.ports import ContainerTools
from specter_tui.core.secrets import MASK
from specter_tui.core.stats import StatsSample, Usage
from specter_tui.ui.app import SpecterApp
from specter_tui.ui.keymap import Keymap
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import ASCII, UNICODE, plain
from specter_tui.ui.present.inspection import inspected, restarts_line
from specter_tui.ui.present.usage import size, sparkline, usage_lines
from specter_tui.ui.screens.help import HelpPage
from specter_tui.ui.screens.item_pages import ItemPage
from tests.builders import a_container, a_snapshot
from tests.ui.fakes import FakeCollector, assert_shows, screen_text

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
DETAIL = ContainerDetail(
    id="wiki",
    restart_count=3,
    exit_code=137,
    oom_killed=True,
    error="",
    started_at=NOW - timedelta(hours=3),
    finished_at=None,
    command=("/bin/wiki", "--listen", "\x1b[2J"),
    mounts=(Mount("/srv/wiki", "/data"), Mount("/var/lib/docker/x", "/photos", volume="photos", read_only=True)),
    environment=(("DATABASE_URL", MASK), ("TZ", MASK)),
    health_log=("exit 1: connection refused",),
    document="{}",
)


class FakeTools:
    """One result again and again, else samples that grow; counts how often it was asked."""

    def __init__(self, *results: StatsSample | SourceError) -> None:
        self.results = list(results)
        self.samples = 0
        self.inspections = 0

    async def inspect(self, container_id: str) -> ContainerDetail:
        self.inspections += 1
        return DETAIL

    async def sample(self, container_id: str) -> StatsSample:
        result = self.results[0] if self.results else a_sample(self.samples)
        self.samples += 1
        if isinstance(result, SourceError):
            raise result
        return result

    def follow(self, request: FollowRequest) -> AsyncGenerator[LogBatch, None]:
        raise NotImplementedError

    async def close(self) -> None:
        pass


def a_sample(turn: int, **values: int | None) -> StatsSample:
    counters: dict[str, int | None] = {
        "cpu": turn * 10**9,
        "memory": 2**20,
        "memory_limit": 2**22,
        "received": 0,
        "sent": 0,
    }
    return StatsSample(read=NOW + timedelta(seconds=2 * turn), **(counters | values))


def test_a_sparkline_is_over_its_highest_value() -> None:
    assert sparkline([0, 1, 2, 4], 10, UNICODE) == "▁▃▅█"
    assert sparkline([0, 1, None, 4], 3, ASCII) == ": #"
    assert sparkline([0, 0], 10, ASCII) == "__"
    assert sparkline([None, 3], 10, UNICODE) == " █"
    assert sparkline([1, 2, 3], 0, UNICODE) == ""


def test_sizes() -> None:
    assert [size(one) for one in (0, 1023, 1536, 5 * 2**30)] == ["0 B", "1023 B", "1.5 KiB", "5.0 GiB"]


def test_what_is_not_told_is_said() -> None:
    points = (Usage(NOW), Usage(NOW, cpu=12.5, memory=1024))
    text = "\n".join(plain(line) for line in usage_lines(points, 80, UNICODE))
    assert "12.5 % of one core" in text
    assert "1.0 KiB " in text
    assert text.count("not told by the engine") == 2
    assert "nothing is used" in plain(next(iter(usage_lines((), 80, UNICODE))))


def test_an_inspection_names_what_went_wrong() -> None:
    text = "\n".join(plain(line) for line in (restarts_line(DETAIL, NOW), *inspected(DETAIL, UNICODE)))
    for words in ("restarts 3", "out of memory", "exit code 137", "connection refused", "\\x1b[2J"):
        assert words in text
    assert "/srv/wiki → /data\n" in text
    assert "photos, a volume → /photos  read only" in text
    assert "  DATABASE_URL=***" in text


Until = Callable[[Callable[[], bool]], Awaitable[None]]


@asynccontextmanager
async def detail_open(tools: FakeTools) -> AsyncIterator[tuple[SpecterApp, Until]]:
    def made() -> ContainerTools:
        return tools

    world = a_snapshot(containers=(a_container("wiki"),))
    app = SpecterApp(lambda: FakeCollector(world), UiOptions(UNICODE, Keymap()), make_tools=made)
    async with app.run_test(size=(80, 24)) as pilot:

        async def until(holds: Callable[[], bool]) -> None:
            while not holds():
                await pilot.pause(0.005)

        await until(lambda: app.view is not None and app.snapshot is not None)
        await app.visit("containers")
        await pilot.pause()
        await pilot.press("d")
        await until(lambda: isinstance(app.screen, ItemPage))
        yield app, until


async def test_the_detail_asks_again_and_again_while_it_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specter_tui.ui.widgets.usage_bar.EVERY", 0.01)
    tools = FakeTools()
    async with detail_open(tools) as (app, until):
        await until(lambda: "50.0 % of one core" in screen_text(app))
        assert_shows(app, "1.0 MiB of 4.0 MiB (25 %)", "in 0 B/s, out 0 B/s", "restarts 3")
        app.action_help()
        await until(lambda: isinstance(app.screen, HelpPage))
        before = tools.samples
        await asyncio.sleep(0.1)
        assert tools.samples <= before + 1, "nobody sees it"
        app.action_help()
        await until(lambda: tools.samples > before + 1)
        assert tools.inspections < tools.samples
        app.action_help()
        await app.visit("routes")
        await until(lambda: not [one for one in app.workers if one.group == "usage"])


async def test_a_container_that_stops_and_an_engine_that_fails() -> None:
    stopped = FakeTools(StatsSample(read=None))
    async with detail_open(stopped) as (app, until):
        await until(lambda: "does not run: nothing is used" in screen_text(app))
    failing = FakeTools(SourceError("Docker: no answer", "see docker ps"))
    async with detail_open(failing) as (app, until):
        await until(lambda: "Docker: no answer; see docker ps" in screen_text(app))

"""The app with a fake collector: data in, text on the screen; every command by its key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from specter_tui.core.errors import SourceError
from specter_tui.core.snapshot import Snapshot, SourceStatus
from specter_tui.ui.app import SpecterApp
from specter_tui.ui.collector import Propose
from specter_tui.ui.keymap import COMMANDS
from specter_tui.ui.present.routes import RouteRow
from specter_tui.ui.screens.help import HelpPage
from specter_tui.ui.screens.route_pages import RouteDetailPage, RouteRawPage
from specter_tui.ui.theme import DARK, LIGHT
from specter_tui.ui.widgets.snapshot_table import SnapshotTable
from tests.builders import a_finding, a_protection, a_route, a_router, a_snapshot, a_source, all_sources
from tests.ui.fakes import FakeCollector, an_app, assert_shows, screen_lines, screen_text
from tests.ui.worlds import world

HOSTILE = "[/x][@click=app.quit]\x1b]0;owned\x07\u202eevil"
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

    @property
    def table(self) -> SnapshotTable[RouteRow]:
        return self.app.query_one("#routes-table", SnapshotTable)

    @property
    def cursor(self) -> str:
        assert self.table.cursor is not None
        return self.table.cursor.key


@asynccontextmanager
async def running(
    *results: Snapshot | Exception,
    size: tuple[int, int] = NARROW,
    keys: dict[str, str] | None = None,
    propose: Propose | None = None,
) -> AsyncIterator[Driver]:
    collector = FakeCollector(*(results or (world(),)))
    app = an_app(collector, keys=keys, propose=propose)
    async with app.run_test(size=size) as pilot:
        one = Driver(app, pilot, collector)
        await one.until(lambda: app.snapshot is not None or bool(app._poll_error))
        yield one
    assert collector.closed


# Data in, text shown


async def test_the_first_screen_answers_first() -> None:
    async with running() as one:
        lines = screen_lines(one.app)
    assert lines[0].startswith(" specter · vps1 · example.org")
    assert lines[0].endswith("T ●  D ●  A ●  C ○  P ●")
    assert lines[1] == " ✖ 1 need you now  ◐ 1 soon   wiki.example.org: wiki is not on traefik-proxy"
    assert lines[2] == " Routes  6  ● 3  ◐ 1  ✖ 1  ? 1"
    assert lines[4].split() == ["▌◐", "api.example.org", "websecure", "◪", "bypassed", "api", "◐", "2/3", "60d"]
    assert lines[5].split() == ["●", "auth.example.org", "websecure", "n/a", "auth", "●", "1/1", "60d"]
    assert lines[-1].startswith(" / filter  enter detail")


async def test_before_the_first_snapshot_it_says_that_it_reads() -> None:
    never = asyncio.Event()

    class Slow(FakeCollector):
        async def collect(self) -> Snapshot:
            await never.wait()
            raise AssertionError

    app = an_app(Slow())
    async with app.run_test(size=NARROW) as pilot:
        await pilot.pause()
        assert_shows(app, "Reading Traefik, Docker and acme.json", "nothing read yet", "specter · vps1")


async def test_the_detail_stands_beside_the_table_and_follows_the_cursor() -> None:
    async with running(size=WIDE) as one:
        await one.press("G", "k")
        assert one.cursor == "wiki@docker"
        assert_shows(one.app, "wiki@docker   ✖ down", "remedy: networks: [traefik-proxy] in", "Host && PathPrefix")
        await one.press("g")
        assert_shows(one.app, "api@docker   ◐ degraded", "port 8443 of container api is published")


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 24), (160, 48)])
async def test_columns_go_in_the_stated_order(size: tuple[int, int]) -> None:
    async with running(size=size) as one:
        shown = one.table.shown_columns
    assert {"state", "host", "protection", "certificate"} <= set(shown)
    gone = [name for name in ("rule", "entry", "service", "backends") if name not in shown]
    assert gone == ["rule", "entry", "service", "backends"][: len(gone)]


async def test_resizing_there_and_back_loses_nothing() -> None:
    async with running() as one:
        await one.press("j", "j")
        for width, height in (WIDE, NARROW, (20, 5), WIDE, NARROW):
            await one.pilot.resize_terminal(width, height)
            await one.pilot.pause()
            assert one.cursor == "grafana@docker"
        assert_shows(one.app, "grafana.example.org", "□ open")


# Refreshes


async def test_the_cursor_stays_on_its_row_while_rows_come_and_go() -> None:
    names = [f"app{number:02}@docker" for number in range(10, 60)]
    async with running(a_snapshot(*(a_route(name) for name in names))) as one:
        await one.press(*"jjjjjjj")
        assert one.cursor == "app17@docker"
        line = next(y for y, text in enumerate(screen_lines(one.app)) if "app17" in text)
        more = [*names, "app00@docker", "app01@docker", "app165@docker"]
        await one.give(a_snapshot(*(a_route(name) for name in more)))
        assert one.cursor == "app17@docker"
        lines = screen_lines(one.app)
        assert "app17" in lines[line], "and on its line of the screen"
        assert "app165" in lines[line - 1], "a new row comes in at its sorted place"
        await one.give(a_snapshot(*(a_route(name) for name in names if name != "app17@docker")))
        assert one.cursor == "app18@docker", "a row that vanished leaves the cursor on its neighbour"


async def test_a_changed_row_changes_in_place() -> None:
    async with running(a_snapshot(a_route("app1@docker"))) as one:
        assert_shows(one.app, "▣ protected")
        await one.give(a_snapshot(a_route("app1@docker", protection=a_protection(a_protection().state.UNPROTECTED))))
        assert_shows(one.app, "□ open")


async def test_a_source_dies_and_returns() -> None:
    snapshot = world()
    async with running(snapshot) as one:
        dead = a_source(SourceStatus.STALE, error="the engine is away")
        await one.give(replace(snapshot, sources=all_sources(docker=dead)))
        assert_shows(one.app, "D ◐ 4m", "Docker as of", "the engine is away; next try in 30s")
        assert_shows(one.app, "wiki.example.org")
        await one.give(snapshot)
        assert "engine" not in screen_text(one.app)
        assert_shows(one.app, "D ●")


async def test_an_error_of_the_poller_is_shown_and_does_not_end_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specter_tui.ui.app.RETRY", 0.01)
    async with running(world(), ValueError("unforeseen [/x]"), world()) as one:
        shown: list[str] = []
        monkeypatch.setattr(SpecterApp, "_take", _spying(SpecterApp._take, shown))
        one.collector.wake()
        await one.until(lambda: one.collector.collections >= 3)
        assert any("refresh failed" in text and "ValueError: unforeseen [/x]" in text for text in shown)
        assert "refresh failed" not in screen_text(one.app), "gone with the next good refresh"


def _spying(take: object, shown: list[str]) -> object:
    def spy(app: SpecterApp, snapshot: Snapshot) -> None:
        shown.append(screen_text(app))
        take(app, snapshot)  # type: ignore[operator]  # the method that is spied on

    return spy


async def test_a_collector_that_can_not_be_built_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specter_tui.ui.app.RETRY", 3600)

    def broken() -> FakeCollector:
        raise SourceError("no", "do that")

    app = an_app(FakeCollector(world()))
    app._make_collector = broken
    async with app.run_test(size=NARROW) as pilot:
        while "refresh failed" not in screen_text(app):
            await pilot.pause(0.01)
        assert_shows(app, "refresh failed: no; do that")


async def test_without_traefik_the_screen_says_why_and_what_to_paste() -> None:
    asked = 0

    async def propose() -> Sequence[str]:
        nonlocal asked
        asked += 1
        return ("[traefik]", 'api_url = "http://127.0.0.1:8081"')

    sources = all_sources(traefik=a_source(SourceStatus.FAILED, error="nothing listens on 127.0.0.1:8080"))
    async with running(a_snapshot(sources=sources), propose=propose) as one:
        await one.until(lambda: asked > 0)
        assert_shows(one.app, "✖ Traefik    nothing listens", 'api_url = "http://127.0.0.1:8081"')
        await one.give(world())
        assert_shows(one.app, "wiki.example.org")
        await one.press("j")
        assert one.cursor == "auth@docker", "the table has the keyboard again"


async def test_a_proposal_that_fails_says_so() -> None:
    async def propose() -> Sequence[str]:
        raise SourceError("the engine is away", "start it")

    sources = all_sources(traefik=a_source(SourceStatus.OFF))
    async with running(a_snapshot(sources=sources), propose=propose) as one:
        await one.until(lambda: bool(one.app.proposal))
        assert_shows(one.app, "# nothing could be proposed: the engine is away; start it")


# Commands


async def test_filter() -> None:
    async with running() as one:
        await one.press("/", *"prot:open")
        assert_shows(one.app, "1 of 6 routes", "grafana.example.org")
        assert "wiki.example.org " not in screen_text(one.app).split("HOST")[1]
        await one.press("enter")
        assert_shows(one.app, "1 of 6 routes")
        await one.press("escape")
        assert_shows(one.app, "auth.example.org")


async def test_filter_with_a_bad_expression_says_so_and_esc_throws_it_away() -> None:
    async with running() as one:
        await one.press("/", "slash", "left_square_bracket", "slash")
        assert_shows(one.app, "not a regular expression")
        await one.press("escape")
        assert "regular expression" not in screen_text(one.app)
        assert_shows(one.app, "auth.example.org")


async def test_a_filter_survives_refreshes_and_q_is_a_letter_in_it() -> None:
    async with running() as one:
        await one.press("/", *"wiq", "backspace", *"ki")
        await one.give(world())
        assert_shows(one.app, "1 of 6 routes", "wiki.example.org")
        await one.press("down")
        assert one.table.has_focus


async def test_enter_opens_a_page_when_narrow_and_esc_leaves_it() -> None:
    async with running() as one:
        await one.press("enter")
        assert isinstance(one.app.screen, RouteDetailPage)
        assert_shows(one.app, "api@docker   ◐ degraded", "esc back")
        await one.press("escape")
        assert one.table.has_focus


async def test_enter_goes_into_the_pane_when_wide_and_esc_leaves_it() -> None:
    async with running(size=WIDE) as one:
        await one.press("enter")
        assert one.app.focused is not None
        assert one.app.focused.id == "routes-detail"
        await one.press("escape")
        assert one.table.has_focus


async def test_describe_follows_the_snapshots() -> None:
    async with running() as one:
        await one.press("d")
        assert_shows(one.app, "api@docker   ◐ degraded")
        await one.give(a_snapshot(a_route("api@docker")))
        assert_shows(one.app, "api@docker   ● healthy")
        await one.give(a_snapshot(a_route("other@docker")))
        assert_shows(one.app, "api@docker is no longer among Traefik's routers; last known:")


async def test_raw_is_json() -> None:
    async with running() as one:
        await one.press("y")
        assert isinstance(one.app.screen, RouteRawPage)
        assert_shows(one.app, '"name": "api@docker"')
        await one.press("escape", "d", "y")
        assert isinstance(one.app.screen, RouteRawPage)
        await one.press("G")
        assert "null" in screen_text(one.app) or "}" in screen_text(one.app)
        await one.press("escape", "escape")
        assert one.table.has_focus


@pytest.mark.parametrize(
    ("key", "first"), [("S", "wiki@docker"), ("T", "grafana@docker"), ("C", "old@docker"), ("H", "legacy@file")]
)
async def test_sorting(key: str, first: str) -> None:
    async with running() as one:
        await one.press(key, "g")
        assert one.cursor == first, "H is the order at the start, so pressing it turns it round"


async def test_sort_by_the_next_column_and_by_a_click_on_a_heading() -> None:
    async with running() as one:
        await one.press("o")
        assert_shows(one.app, "ENTRY▲")
        await one.pilot.click("#routes-table", offset=(5, 0))
        assert_shows(one.app, "HOST▲")
        await one.pilot.click("#routes-table", offset=(5, 0))
        assert_shows(one.app, "HOST▼")


async def test_moving() -> None:
    async with running(a_snapshot(*(a_route(f"app{number:03}@docker") for number in range(100)))) as one:
        seen = []
        for key in ("j", "down", "k", "up", "G", "g", "pagedown", "ctrl+d", "pageup", "ctrl+u", "end", "home"):
            await one.press(key)
            seen.append(int(one.cursor[3:6]))
            assert_shows(one.app, one.cursor.partition("@")[0])
    page = seen[6]
    assert seen == [1, 2, 1, 0, 99, 0, page, 2 * page, page, 0, 99, 0]
    assert page > 10


async def test_a_click_moves_and_a_second_one_opens() -> None:
    async with running() as one:
        await one.pilot.click("#routes-table", offset=(5, 3))
        assert one.cursor == "grafana@docker"
        await one.pilot.click("#routes-table", offset=(5, 3))
        assert isinstance(one.app.screen, RouteDetailPage)


async def test_pause_and_refresh_now() -> None:
    async with running() as one:
        await one.press("P")
        assert_shows(one.app, "paused at")
        before = one.collector.collections
        one.collector.wake()
        for _ in range(5):
            await one.pilot.pause(0.01)
        assert one.collector.collections == before, "nothing is read while paused"
        await one.press("ctrl+r")
        await one.until(lambda: one.collector.collections > before)
        assert_shows(one.app, "paused at")
        await one.press("P")
        assert "paused at" not in screen_text(one.app)


async def test_help_names_every_command_with_the_persons_own_keys() -> None:
    async with running(keys={"describe": "f4"}, size=(100, 60)) as one:
        await one.press("f4")
        assert isinstance(one.app.screen, RouteDetailPage)
        await one.press("escape", "d")
        assert type(one.app.screen) is Screen
        await one.press("?")
        assert isinstance(one.app.screen, HelpPage)
        assert_shows(one.app, "  f4 ", *(command.label for command in COMMANDS))
        await one.press("?")
        assert one.table.has_focus


@pytest.mark.parametrize("key", [":", "ctrl+p"])
async def test_the_palette_does_commands(key: str) -> None:
    async with running() as one:
        await one.press(key)
        await one.press(*"Dark")
        await one.until(lambda: "changes between the two themes" in screen_text(one.app))
        await one.press("enter")
        await one.until(lambda: one.app.theme == LIGHT)


async def test_the_theme_is_dark_at_the_start() -> None:
    async with running() as one:
        assert one.app.theme == DARK


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_quit(key: str) -> None:
    async with running() as one:
        await one.press(key)
        assert one.app.return_code == 0


async def test_a_click_in_the_key_bar_does_the_command() -> None:
    async with running() as one:
        where = screen_lines(one.app)[-1].index("d describe")
        await one.pilot.click("KeyBar", offset=(where, 0))
        await one.pilot.pause()
        assert isinstance(one.app.screen, RouteDetailPage)


# Hostile strings


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_hostile_strings_are_text_everywhere(size: tuple[int, int]) -> None:
    router = a_router(HOSTILE, rule=f"Host(`{HOSTILE}`)" + "x" * 100_000, entry_points=(HOSTILE,))
    route = a_route(HOSTILE, router=router, hosts=(HOSTILE,))
    sources = all_sources(docker=a_source(SourceStatus.STALE, error=HOSTILE))
    snapshot = a_snapshot(route, context=HOSTILE, sources=sources, findings=(a_finding(title=HOSTILE),))
    async with running(snapshot, size=size) as one:
        for keys in ((), ("enter",), ("escape", "d"), ("escape", "y"), ("escape", "/", *"[/x]"), ("enter", "?")):
            await one.press(*keys)
            shown = screen_text(one.app)
            assert not {"\x1b", "\x07", "\u202e"} & set(shown)
        await one.press("escape")
        assert_shows(one.app, "[/x][@click=app.quit]\\x1b")
        await one.pilot.click("#routes-table", offset=(10, 1))
        assert one.app.return_code is None, "a click on it is no action"


async def test_five_thousand_routes_fit_and_move() -> None:
    routes = [a_route(f"app{number:04}@docker") for number in range(5000)]
    async with running(a_snapshot(*routes), size=WIDE) as one:
        await one.press("G")
        assert_shows(one.app, "app4999.example.org", "Routes  5000")
        await one.give(a_snapshot(*routes[:-1]))
        assert one.cursor == "app4998@docker"

"""The app with a fake collector: data in, text on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from specter_tui.core.errors import SourceError
from specter_tui.core.snapshot import Snapshot, SourceStatus
from specter_tui.ui.app import SpecterApp
from tests.builders import a_finding, a_protection, a_route, a_router, a_snapshot, a_source, all_sources
from tests.ui.driver import NARROW, WIDE, running
from tests.ui.fakes import FakeCollector, an_app, assert_shows, screen_lines, screen_text
from tests.ui.worlds import world

HOSTILE = "[/x][@click=app.quit]\x1b]0;owned\x07\u202eevil"


# Data in, text shown


async def test_the_first_screen_answers_first() -> None:
    async with running() as one:
        lines = screen_lines(one.app)
    assert lines[0].startswith(" specter · vps1 · example.org")
    assert lines[0].endswith("Traefik ● Docker ● ACME ● DNS ○ probe ●")
    assert lines[1].startswith(" 1 Home▌2 Routes 3 Hosts")
    assert lines[2] == " ✖ 1 needs you now  ◐ 1 soon   wiki.example.org: wiki is not on traefik-proxy"
    assert lines[3] == " Routes  6  ● 3  ◐ 1  ✖ 1  ? 1"
    assert lines[5].split() == ["▌◐", "api.example.org", "websecure", "◪", "bypassed", "api", "◐", "2/3", "60d"]
    assert lines[6].split() == ["●", "auth.example.org", "websecure", "n/a", "auth", "●", "1/1", "60d"]
    assert lines[-1].startswith(" / filter d describe l logs p protect r restart x actions")


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


async def test_nothing_is_collected_before_the_last_snapshot_is_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    class Watching(FakeCollector):
        async def collect(self) -> Snapshot:
            order.append("collected")
            return await super().collect()

        async def wait(self) -> None:
            order.append("waits")
            await super().wait()

    collector = Watching(world())
    app = an_app(collector)
    display = app._display

    def painted(*given: Any) -> None:
        order.append("painted")
        display(*given)

    async with app.run_test(size=WIDE) as pilot:
        while "waits" not in order:
            await pilot.pause()
        monkeypatch.setattr(app, "_display", painted)
        order.clear()
        collector.give(a_snapshot(routes=(a_route("new@docker"),)))
        while "waits" not in order:
            await pilot.pause()
    assert "painted" in order[order.index("collected") : order.index("waits")]


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
        assert_shows(one.app, "Docker ◐ 4m", "Docker as of", "the engine is away; next try in 30s")
        assert_shows(one.app, "wiki.example.org")
        await one.give(snapshot)
        assert "engine" not in screen_text(one.app)
        assert_shows(one.app, "Docker ●")


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

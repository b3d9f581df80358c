"""Every command of the registry, by its key."""

from __future__ import annotations

import asyncio

import pytest
from textual.command import Hits
from textual.events import Key

from specter_tui.ui.commands import COMMANDS
from specter_tui.ui.palette import RegistryCommands
from specter_tui.ui.screens.help import HelpPage
from specter_tui.ui.screens.item_pages import ItemPage, RawPage
from specter_tui.ui.theme import DARK, LIGHT
from tests.builders import a_route, a_snapshot
from tests.ui.driver import WIDE, running
from tests.ui.fakes import assert_shows, screen_lines, screen_text
from tests.ui.worlds import world


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
        assert isinstance(one.app.screen, ItemPage)
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
        assert_shows(one.app, "api.example.org is no longer among Traefik's routers; last known:")


async def test_raw_is_json() -> None:
    async with running() as one:
        await one.press("y")
        assert isinstance(one.app.screen, RawPage)
        assert_shows(one.app, '"name": "api@docker"')
        await one.press("escape", "d", "y")
        assert isinstance(one.app.screen, RawPage)
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
        assert isinstance(one.app.screen, ItemPage)


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
    async with running(keys={"describe": "f4"}, size=(110, 130)) as one:
        await one.press("f4")
        assert isinstance(one.app.screen, ItemPage)
        await one.press("escape", "d")
        assert len(one.app.screen_stack) == 1
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


async def test_enter_in_the_palette_means_all_that_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    search = RegistryCommands.search

    async def slow(self: RegistryCommands, query: str) -> Hits:
        await asyncio.sleep(0.1)
        async for hit in search(self, query):
            yield hit

    monkeypatch.setattr(RegistryCommands, "search", slow)
    async with running(view="hosts") as one:
        for key in (":", *"Services", "enter"):  # nobody waits between two of them
            one.app.post_message(Key("colon" if key == ":" else key, key if len(key) == 1 else None))
        await one.until(lambda: one.view.kind == "services")
        await one.press(":", *"no such thing", "enter", "escape")
        assert one.view.kind == "services"


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
        assert isinstance(one.app.screen, ItemPage)

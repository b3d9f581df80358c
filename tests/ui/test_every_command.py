"""Every command of the registry, by its first key: one trial each; a command without one fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import pytest
from textual.events import Key

from specter_tui.ui.commands import COMMANDS, Command, Scope, command
from specter_tui.ui.dispatch import run_command
from specter_tui.ui.screens.action_menu import ActionMenu
from specter_tui.ui.screens.adopt_choice import AdoptChoice
from specter_tui.ui.screens.help import HelpPage
from specter_tui.ui.screens.item_pages import ItemPage, RawPage
from specter_tui.ui.screens.related import RelatedPage
from specter_tui.ui.theme import LIGHT
from specter_tui.ui.widgets.filter_line import FilterLine
from tests.builders import a_route, a_snapshot
from tests.ui.desk import FakeDesk
from tests.ui.dns_world import dns_world
from tests.ui.driver import Driver, running
from tests.ui.fakes import assert_shows, screen_text
from tests.ui.worlds import world

Trial = Callable[[Driver], Awaitable[None]]
PAGE: Final = 10  # rows that one screen holds at the least


async def press(one: Driver, name: str) -> None:
    await one.press(command(name).keys[0])


def shows_view(kind: str) -> Trial:
    async def trial(one: Driver) -> None:
        await one.show("certificates" if kind != "certificates" else "hosts")
        await press(one, f"view.{kind}")
        assert one.view.kind == kind

    return trial


async def services(one: Driver) -> None:
    await run_command(one.app, command("view.services"))
    assert one.view.kind == "services"


async def dns(one: Driver) -> None:
    await press(one, "view.dns")
    assert one.view.kind == "dns"
    assert_shows(one.app, "no record can be shown")


def sorts(column: str) -> Trial:
    async def trial(one: Driver) -> None:
        await one.show("routes")
        await press(one, "sort.state" if column != "state" else "sort.certificate")
        await press(one, f"sort.{column}")
        assert one.table._sorted == ({"name": "host", "next": "host"}.get(column, column), False)

    return trial


def moves(name: str, first: int, last: Callable[[int], bool]) -> Trial:
    async def trial(one: Driver) -> None:
        await one.show("routes")
        one.table.move_to(first)
        await press(one, name)
        assert last(one.table._row)

    return trial


async def history_back(one: Driver) -> None:
    await one.show("hosts")
    await press(one, "history.back")
    assert one.view.kind == "routes"


async def history_forward(one: Driver) -> None:
    await history_back(one)
    await press(one, "history.forward")
    assert one.view.kind == "hosts"


async def filters(one: Driver) -> None:
    await press(one, "filter")
    assert isinstance(one.app.focused, FilterLine)


async def opens(one: Driver) -> None:
    await press(one, "open")
    assert isinstance(one.app.screen, ItemPage)


async def opens_from_home(one: Driver) -> None:
    await opens(one)
    await one.press("escape")
    await one.show("home")
    await opens(one)


async def describes(one: Driver) -> None:
    await press(one, "describe")
    assert isinstance(one.app.screen, ItemPage)


async def raw(one: Driver) -> None:
    await press(one, "raw")
    assert isinstance(one.app.screen, RawPage)
    await one.press("escape", "d")
    await press(one, "raw")
    assert isinstance(one.app.screen, RawPage)


async def related(one: Driver) -> None:
    await one.press("d")
    await press(one, "related")
    assert isinstance(one.app.screen, RelatedPage)


async def logs(one: Driver) -> None:
    await one.show("containers")
    await press(one, "logs")
    assert one.view.kind == "logs"


async def back(one: Driver) -> None:
    await one.show("hosts")
    await one.press("d", command("back").keys[0])
    assert one.table.has_focus
    await press(one, "back")
    assert one.view.kind == "routes"


async def palette(one: Driver) -> None:
    await press(one, "palette")
    await one.until(lambda: "what needs you, what soon" in screen_text(one.app))


async def helps(one: Driver) -> None:
    await press(one, "help")
    assert isinstance(one.app.screen, HelpPage)


async def copies(one: Driver) -> None:
    await press(one, "copy")
    assert one.app.clipboard == "app000.example.org"
    assert_shows(one.app, "copied app000.example.org")
    await one.press("d")
    await press(one, "copy")
    assert one.app.clipboard.startswith("app000@docker   ● healthy")


async def pauses(one: Driver) -> None:
    await press(one, "pause")
    assert_shows(one.app, "paused at")


async def refreshes(one: Driver) -> None:
    before = one.collector.collections
    await press(one, "refresh")
    await one.until(lambda: one.collector.collections > before)


async def selects_text(one: Driver) -> None:
    await press(one, "select-text")
    assert_shows(one.app, "the mouse selects text; M takes it back")
    await press(one, "select-text")
    assert_shows(one.app, "the mouse is ours again")


async def themes(one: Driver) -> None:
    await run_command(one.app, command("theme"))
    assert one.app.theme == LIGHT


async def quits(one: Driver) -> None:
    await press(one, "quit")
    assert one.app.return_code == 0


def begins(name: str, title: str) -> Trial:
    async def trial(one: Driver) -> None:
        await press(one, name)
        await one.until(lambda: title in screen_text(one.app))

    return trial


async def offers_actions(one: Driver) -> None:
    await press(one, "actions")
    assert isinstance(one.app.screen, ActionMenu)
    assert_shows(one.app, "Open to the public", "route app000@docker", "Restart", "container api")


async def mends(one: Driver) -> None:
    await one.give(dns_world())
    await one.show("dns")
    await press(one, "mend")
    await one.until(lambda: isinstance(one.app.screen, AdoptChoice))


async def undoes(one: Driver) -> None:
    await press(one, "undo")
    await one.until(lambda: "nothing was done yet" in screen_text(one.app))


async def deploys(one: Driver) -> None:
    await run_command(one.app, command("deploy"))
    await one.until(lambda: "Deploy verify" in screen_text(one.app))


async def arms(one: Driver) -> None:
    await press(one, "arm")
    assert_shows(one.app, "nothing is locked")


TRIALS: Final[Mapping[str, Trial]] = {
    **{f"view.{kind}": shows_view(kind) for kind in ("home", "routes", "hosts", "containers", "certificates")},
    **{f"view.{kind}": shows_view(kind) for kind in ("middlewares", "doctor", "logs")},
    "view.dns": dns,
    "view.services": services,
    "history.back": history_back,
    "history.forward": history_forward,
    "filter": filters,
    "open": opens_from_home,
    "describe": describes,
    "raw": raw,
    "related": related,
    "logs": logs,
    "back": back,
    "down": moves("down", 0, lambda row: row == 1),
    "up": moves("up", 1, lambda row: row == 0),
    "page-down": moves("page-down", 0, lambda row: row >= PAGE),
    "page-up": moves("page-up", 2 * PAGE, lambda row: row <= PAGE),
    "top": moves("top", PAGE, lambda row: row == 0),
    "bottom": moves("bottom", 0, lambda row: row > 2 * PAGE),
    **{f"sort.{column}": sorts(column) for column in ("state", "name", "host", "protection", "certificate", "next")},
    "protect": begins("protect", "Open to the public app000@docker"),
    "restart": begins("restart", "container auth"),
    "mend": mends,
    "actions": offers_actions,
    "undo": undoes,
    "journal": begins("journal", "nothing was changed yet"),
    "deploy": deploys,
    "arm": arms,
    "palette": palette,
    "help": helps,
    "copy": copies,
    "pause": pauses,
    "refresh": refreshes,
    "select-text": selects_text,
    "theme": themes,
    "quit": quits,
}


ELSEWHERE: Final = {Scope.LOGS}  # tried in test_every_log_command.py


@pytest.mark.parametrize("one_command", [one for one in COMMANDS if {*one.scopes} != ELSEWHERE], ids=lambda one: one.id)
async def test_command(one_command: Command) -> None:
    whole = world()
    routes = tuple(a_route(f"app{number:03}@docker", containers=("api-id", "auth-id")) for number in range(40))
    some = a_snapshot(*routes, containers=whole.containers, hosts=whole.hosts, findings=whole.findings)
    async with running(some, make_desk=FakeDesk) as one:
        await TRIALS[one_command.id](one)


# Keys that come in one burst, as over a slow line


async def test_what_is_typed_behind_the_slash_in_one_burst_is_the_filter() -> None:
    async with running(world()) as one:
        burst(one, "slash", *"wiki", "enter", "d")
        await one.until(lambda: isinstance(one.app.screen, ItemPage))
        assert_shows(one.app, "wiki@docker   ✖ down")
        await one.press("escape")
        assert one.view.place.filter == "wiki"


async def test_a_burst_that_throws_the_filter_away_leaves_none() -> None:
    async with running(world()) as one:
        burst(one, "slash", *"wiki", "escape", "j")
        await one.until(lambda: one.table.has_focus and not one.view.query("FilterLine"))
        assert one.view.place.filter == ""
        assert len(one.table.items) == len(world().routes)


async def test_a_digit_before_the_first_view_is_not_lost() -> None:
    async with running(world(), view="") as one:
        assert one.view.kind == "home"
        one.app._workspace, kept = None, one.app._workspace
        await one.app.visit("hosts")
        assert one.app._first == "hosts"
        one.app._workspace = kept


async def test_what_is_too_long_is_not_copied() -> None:
    long = a_route("long@docker", health_reason="x" * 60_000)
    async with running(a_snapshot(long)) as one:
        await one.press("y", "c")
        assert_shows(one.app, "too long to copy")
        assert one.app.clipboard == ""


def burst(one: Driver, *names: str) -> None:
    """All keys are there before the first one is looked at."""
    for name in names:
        one.app.post_message(Key(name, name if len(name) == 1 else None))

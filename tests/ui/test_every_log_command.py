"""Every command of the logs, by its first key: one trial each; a command without one fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import pytest

from specter_tui.ui.commands import COMMANDS, Command, Scope, command
from specter_tui.ui.screens.log_choice import LogChoice
from specter_tui.ui.views.logs_view import LogsView
from specter_tui.ui.widgets.filter_line import FilterLine
from tests.ui.fakes import assert_shows, screen_text
from tests.ui.logs_driver import Driver, running

Trial = Callable[[Driver], Awaitable[None]]
LINES: Final = 200


async def press(one: Driver, name: str) -> None:
    await one.press(command(name).keys[0])


def since(label: str) -> Trial:
    async def trial(one: Driver) -> None:
        key = next(each for each in COMMANDS if each.id.startswith("since.") and each.label == label).argument[0]
        await press(one, f"since.{key}")
        await one.until(lambda: len(one.tools.requests) == 2)
        assert one.tools.requests[-1].window.key == key
        assert isinstance(one.app.view, LogsView), "it chose no view"

    return trial


async def no_view(one: Driver) -> None:
    for key in command("no-view").keys:
        await one.press(key)
        assert isinstance(one.app.view, LogsView)
    assert_shows(one.app, "digits choose since here: 0 to 6; esc leaves the logs first")


async def leaves_first(one: Driver) -> None:
    await press(one, "back")
    await one.until(lambda: not isinstance(one.app.view, LogsView))
    await one.press("4")
    assert one.app.view is not None
    assert one.app.view.kind == "containers"


async def finds(one: Driver) -> None:
    await press(one, "find")
    assert isinstance(one.app.focused, FilterLine)
    await one.press(*"50", "enter")
    assert_shows(one.app, "find 50", "line 150")


async def finds_previous(one: Driver) -> None:
    await finds(one)
    await press(one, "find-previous")
    assert_shows(one.app, "line 50")


async def finds_next(one: Driver) -> None:
    await finds_previous(one)
    await press(one, "find-next")
    assert_shows(one.app, "line 150")


async def chooses(one: Driver) -> None:
    await press(one, "choose")
    assert isinstance(one.app.screen, LogChoice)


async def marks_a_row(one: Driver) -> None:
    await chooses(one)
    before = len(one.app.screen.marked)  # type: ignore[attr-defined]  # chooses() has shown what it is
    await press(one, "mark-row")
    assert_shows(one.app, f"{before + 1} marked" if before == 0 else "marked")


async def follows(one: Driver) -> None:
    await press(one, "follow")
    assert_shows(one.app, "standing still")


async def shows_times(one: Driver) -> None:
    await press(one, "timestamps")
    assert_shows(one.app, ":00:00.000 ")


async def wraps(one: Driver) -> None:
    await one.write("a" * 200)
    await press(one, "wrap")
    assert "".join(one.stripped()).endswith("a" * 200)


async def leaves_colours_out(one: Driver) -> None:
    await one.write("\x1b[31mred\x1b[0m")
    assert_shows(one.app, r"\x1b[31mred\x1b[0m")
    await press(one, "colour-codes")
    assert r"\x1b[31m" not in screen_text(one.app)


async def draws_a_mark(one: Driver) -> None:
    await press(one, "mark")
    await one.until(lambda: "mark" in one.lines()[-1])


async def clears(one: Driver) -> None:
    await press(one, "clear")
    assert one.stripped() == [""] * len(one.lines())


async def filters(one: Driver) -> None:
    await press(one, "filter")
    await one.press(*"77", "enter")
    await one.until(lambda: len(one.tools.requests) == 2)
    keep = one.tools.requests[-1].keep
    assert keep is not None


async def copies(one: Driver) -> None:
    await press(one, "copy")
    assert one.app.clipboard.splitlines()[-1].strip() == f"line {LINES - 1}"


def moves(name: str, *, begin: str, first: Callable[[int, int], int]) -> Trial:
    """`first` gives the number of the first line on the screen from that before and the height."""

    async def trial(one: Driver) -> None:
        await one.press(begin, *["j"] * 3)
        before = _first(one)
        await press(one, name)
        assert _first(one) == first(before, one.pane.size.height)

    return trial


def _first(one: Driver) -> int:
    return int(one.stripped()[0].removeprefix("line "))


TRIALS: Final[Mapping[str, Trial]] = {
    **{f"since.{each.argument[0]}": since(each.label) for each in COMMANDS if each.verb == "since"},
    "no-view": no_view,
    "find": finds,
    "find-next": finds_next,
    "find-previous": finds_previous,
    "choose": chooses,
    "mark-row": marks_a_row,
    "follow": follows,
    "timestamps": shows_times,
    "wrap": wraps,
    "colour-codes": leaves_colours_out,
    "mark": draws_a_mark,
    "clear": clears,
    "filter": filters,
    "back": leaves_first,
    "copy": copies,
    "down": moves("down", begin="g", first=lambda before, _: before + 1),
    "up": moves("up", begin="g", first=lambda before, _: before - 1),
    "page-down": moves("page-down", begin="g", first=lambda before, height: before + height),
    "page-up": moves("page-up", begin="G", first=lambda before, height: before - height),
    "top": moves("top", begin="g", first=lambda _, __: 0),
    "bottom": moves("bottom", begin="g", first=lambda _, height: LINES - height),
}


@pytest.mark.parametrize("one_command", [one for one in COMMANDS if Scope.LOGS in one.scopes], ids=lambda one: one.id)
async def test_command(one_command: Command) -> None:
    async with running("wiki") as one:
        await one.write(*(f"line {number}" for number in range(LINES)))
        await TRIALS[one_command.id](one)

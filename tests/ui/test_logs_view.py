"""The logs, by their keys, over a source that a test feeds."""

from __future__ import annotations

import random

import pytest
from textual.events import MouseScrollDown, MouseScrollUp

from specter_tui.core.errors import SourceError
from specter_tui.core.logs import LogLine, LogNotice, Standing, Stream
from specter_tui.ui.present.base import ASCII, UNICODE
from specter_tui.ui.screens.log_choice import LogChoice
from specter_tui.ui.views.logs_view import LogsView
from specter_tui.ui.widgets.snapshot_table import SnapshotTable
from tests.builders import a_host, a_route, a_service, a_snapshot
from tests.ui.fakes import assert_shows, screen_lines, screen_text
from tests.ui.logs_driver import WORLD, running


async def test_lines_come_and_the_newest_stays_on_the_screen() -> None:
    async with running("wiki") as one:
        await one.write(*(f"line {number}" for number in range(100)))
        assert_shows(one.app, "wiki  last 500", "100 lines", "line 99")
        await one.write("one more")
        assert one.lines()[-1].strip() == "one more"
        assert "line 0" not in screen_text(one.app)


async def test_it_says_that_it_follows_and_what_is_wrong() -> None:
    async with running("wiki") as one:
        one.tools.put(notices=[LogNotice("wiki", Standing.LIVE)])
        await one.until(lambda: "following" in screen_text(one.app))
        one.tools.put(notices=[LogNotice("wiki", Standing.STOPPED, "wiki does not run")])
        await one.until(lambda: "wiki does not run; waited for" in screen_text(one.app))
        one.tools.put(notices=[LogNotice("wiki", Standing.FAILED, "the engine keeps no log of wiki; use json-file")])
        await one.until(lambda: "use json-file" in screen_text(one.app))
        assert_shows(one.app, "nothing comes")


async def test_a_source_that_is_not_there_is_a_sentence() -> None:
    async with running("wiki") as one:
        one.tools.queue.put_nowait(SourceError("21 logs are too many at once", "choose at most 20"))
        await one.until(lambda: "21 logs are too many at once; choose at most 20" in screen_text(one.app))


async def test_scrolling_up_stands_still_and_the_end_follows_again() -> None:
    async with running("wiki") as one:
        await one.write(*(f"line {number}" for number in range(100)))
        await one.press("k")
        before = one.lines()
        await one.write(*(f"later {number}" for number in range(30)))
        assert one.lines() == before
        assert_shows(one.app, "standing still, 30 below")
        await one.press("g")
        assert one.lines()[0].strip() == "line 0"
        await one.press("pagedown", "j")
        assert one.lines()[0].strip() == f"line {one.pane.size.height + 1}"
        await one.press("G")
        assert one.lines()[-1].strip() == "later 29"
        assert "standing still" not in screen_text(one.app)
        await one.press("s")
        assert_shows(one.app, "standing still")
        await one.press("s", "pageup")
        await one.press(*["pagedown"] * 3)
        assert one.pane.following


async def test_lines_that_go_do_not_move_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    from specter_tui.core.logs import LogBuffer

    monkeypatch.setattr("specter_tui.ui.log_feed.LogBuffer", lambda **merge: LogBuffer(lines=100, **merge))
    async with running("wiki") as one:
        await one.write(*(f"line {number}" for number in range(100)))
        await one.press("k")
        before = one.lines()
        await one.write(*(f"later {number}" for number in range(50)))
        assert one.lines() == before
        assert_shows(one.app, "100 lines, 50 dropped")
        await one.write(*(f"later {number}" for number in range(90)))
        assert one.lines() != before, "what was read is gone by now"


async def test_digits_choose_since_and_other_digits_lead_nowhere() -> None:
    async with running("wiki") as one:
        await one.write("old")
        await one.press("6")
        await one.until(lambda: len(one.tools.requests) == 2)
        assert one.tools.requests[-1].window.label == "since 1h"
        assert one.tools.reading == 1
        assert_shows(one.app, "old", "since 1h")
        await one.write("new")
        assert "old" not in screen_text(one.app)
        await one.press("8")
        assert_shows(one.app, "digits choose since here")
        assert isinstance(one.app.view, LogsView)


async def test_a_filter_is_asked_of_the_source_and_says_what_it_leaves_out() -> None:
    async with running("wiki") as one:
        await one.press("/", *"Error", "enter")
        await one.until(lambda: len(one.tools.requests) == 2)
        keep = one.tools.requests[-1].keep
        assert keep is not None
        line = LogLine("wiki", Stream.STDOUT, "", "x" * 5000 + " an error")
        assert keep(line)
        assert not keep(line._replace(text="fine"))
        one.tools.put(line, skipped=1234)
        await one.until(lambda: "1,234 lines do not match" in screen_text(one.app))
        await one.press("escape")
        await one.until(lambda: len(one.tools.requests) == 3)
        assert one.tools.requests[-1].keep is None


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("from:wiki", True),
        ("!from:wiki", False),
        ("stream:stderr", True),
        ("wiki", False),
        ("BOOM !calm", True),
        ("/bo+m$/", True),
        ("/went bo+m$/", True),
        ('"it went"', True),
        ('from:wiki "t w" !/went b[^o]/', True),
        ('"went it"', False),
    ],
)
async def test_what_filters_mean(text: str, *, passes: bool) -> None:
    from specter_tui.ui.log_query import parse_log_filter

    assert parse_log_filter(text)(LogLine("wiki", Stream.STDERR, "", "it went booom")) is (
        passes if "BOOM" not in text else False
    )
    assert parse_log_filter(text)(LogLine("wiki", Stream.STDERR, "", "it went boom")) is passes


async def test_a_bad_filter_leaves_the_last_one_and_says_why() -> None:
    async with running("wiki") as one:
        await one.press("/", "slash", "left_square_bracket", "slash", "enter")
        assert_shows(one.app, "not a regular expression")
        assert len(one.tools.requests) == 1


async def test_find_goes_from_match_to_match() -> None:
    async with running("wiki") as one:
        await one.write(*(f"line {number}{' needle' if number % 40 == 0 else ''}" for number in range(100)))
        await one.press("f", *"NEEDLE", "enter")
        assert_shows(one.app, "line 80 needle", "find NEEDLE")
        marked = next(line for line in one.lines() if "line 80" in line)
        assert marked.startswith(UNICODE.cursor)
        await one.press("N")
        assert_shows(one.app, "line 40 needle")
        await one.press("N", "N")
        assert_shows(one.app, "line 0 needle", "no match further up")
        await one.press("n")
        assert_shows(one.app, "line 40 needle")
        await one.press("escape")
        assert "find NEEDLE" not in screen_text(one.app)
        assert isinstance(one.app.view, LogsView)


async def test_times_wrap_marks_and_clear() -> None:
    async with running("wiki") as one:
        await one.write("a" * 200)
        assert len([line for line in one.lines() if line.strip()]) == 1
        await one.press("w")
        assert "".join(line.strip() for line in one.lines()) == "a" * 200
        await one.press("w", "t")
        assert_shows(one.app, ":00:00.000 ")
        await one.press("m")
        await one.write("after")
        shown = [line.strip() for line in one.lines() if line.strip()]
        assert "mark" in shown[1]
        assert "after" in shown[2]
        await one.press("C")
        assert not any(line.strip() for line in one.lines())
        await one.press("/", *"x", "enter")
        await one.until(lambda: len(one.tools.requests) == 2)
        assert one.tools.requests[-1].after == "2026-11-22T10:00:00.000000002Z", "what was cleared stays away"


async def test_escapes_are_visible_and_colour_codes_can_go() -> None:
    async with running("wiki") as one:
        await one.write(
            "\x1b[31mred\x1b[0m \x1b[2J\x1b]0;title\x07 \u202e [@click=app.quit]x[/] \x00", "10%\r20%\rdone"
        )
        assert_shows(one.app, r"\x1b[31mred\x1b[0m \x1b[2J\x1b]0;title\x07 \u202e [@click=app.quit]x[/] \x00")
        assert_shows(one.app, "\\r×2 done")  # noqa: RUF001  as it is shown
        await one.press("e")
        assert_shows(one.app, r" red \x1b[2J", "colour codes are left out")


async def test_several_containers_are_named() -> None:
    async with running("wiki", "api") as one:
        await one.write("from wiki")
        await one.write("from api", container="api")
        assert_shows(one.app, "wiki, api", "wiki   from wiki", "api    from api")
        assert {target.name for target in one.tools.requests[0].targets} == {"wiki", "api"}


async def test_a_line_that_was_cut_says_how_much_is_missing() -> None:
    async with running("wiki") as one:
        await one.write("short", cut=1234)
        assert_shows(one.app, "short … 1,234 more")


async def test_leaving_ends_the_reading_and_coming_back_reads_on() -> None:
    async with running("wiki") as one:
        await one.write("first")
        await one.press("escape")
        await one.until(lambda: one.tools.reading == 0)
        await one.press("9")
        await one.until(lambda: one.tools.reading == 1)
        assert one.tools.requests[-1].after == "2026-11-22T10:00:00.000000001Z"
        await one.write("second")
        assert_shows(one.app, "first", "second")


async def test_containers_that_come_while_it_asks_are_there_to_choose() -> None:
    async with running(world=a_snapshot()) as one:
        await one.press("9")
        await one.until(lambda: isinstance(one.app.screen, LogChoice))
        assert_shows(one.app, "no container is known")
        one.collector.give(WORLD)
        await one.until(lambda: "space marks several" in screen_text(one.app))
        await one.press("enter")
        await one.until(lambda: one.tools.reading == 1)


async def test_with_none_chosen_it_asks() -> None:
    async with running() as one:
        await one.press("9")
        await one.until(lambda: isinstance(one.app.screen, LogChoice))
        assert_shows(one.app, "Whose logs?", "api", "wiki")
        await one.press("escape")
        await one.until(lambda: not isinstance(one.app.view, LogsView))
        await one.press("9")
        await one.until(lambda: isinstance(one.app.screen, LogChoice))
        await one.press("space", "space", "enter")
        await one.until(lambda: one.tools.reading == 1)
        assert [target.name for target in one.tools.requests[0].targets] == ["api", "wiki"]
        await one.press("a")
        assert_shows(one.app, "2 marked")


async def test_the_key_of_a_row_opens_its_logs() -> None:
    async with running() as one:
        await one.press("4", "G", "l")
        await one.until(lambda: one.tools.reading == 1)
        assert len(one.tools.requests[0].targets) == 1


@pytest.mark.parametrize("kind", ["routes", "hosts", "services", "containers"])
async def test_a_row_leads_to_the_logs_of_its_containers(kind: str) -> None:
    one_route = a_route("wiki@docker", containers=("wiki-id",))
    world = a_snapshot(
        one_route,
        hosts=(a_host("wiki.example.org", routes=("wiki@docker",)),),
        services=(a_service("wiki@docker"),),
        containers=WORLD.containers,
    )
    async with running(world=world) as one:
        await one.app.visit(kind)
        await one.pilot.pause()
        if kind == "containers":
            one.app.query_one("#containers-table", SnapshotTable).move_to_key("wiki-id")
        await one.press("l")
        await one.until(lambda: one.tools.reading == 1)
        assert [target.name for target in one.tools.requests[0].targets] == ["wiki"]


async def test_the_wheel_scrolls() -> None:
    async with running("wiki") as one:
        await one.write(*(f"line {number}" for number in range(100)))
        await one.pilot._post_mouse_events([MouseScrollUp], widget=one.pane, offset=(5, 5), button=0)
        await one.until(lambda: one.lines()[-1].strip() == "line 96")
        await one.pilot._post_mouse_events([MouseScrollDown], widget=one.pane, offset=(5, 5), button=0)
        await one.until(lambda: one.pane.following)


async def test_wherever_one_scrolls_the_screen_is_a_part_of_the_log() -> None:
    chance = random.Random(4711)
    async with running("wiki") as one:
        await one.press("w")
        written: list[str] = []
        for turn in range(30):
            texts = [f"{turn}.{part} " + "x" * chance.choice([0, 5, 90, 400]) for part in range(chance.randrange(6))]
            written += texts
            if texts:
                await one.write(*texts)
            await one.press(chance.choice(["k", "j", "pageup", "pagedown", "g", "G", "s", "up"]))
            whole = "\n".join(row for text in written for row in wrapped_rows(text, one.pane.size.width))
            shown = "\n".join(line for line in one.stripped() if line)
            assert shown in whole
            full = len(whole.splitlines()) >= one.pane.size.height
            assert len(shown.splitlines()) == (one.pane.size.height if full else len(whole.splitlines()))


def wrapped_rows(text: str, width: int) -> list[str]:
    room = width - 3
    return [text[place : place + room].strip() for place in range(0, len(text), room)]


async def test_copy_takes_what_is_on_the_screen() -> None:
    async with running("wiki") as one:
        await one.write("one", "two")
        await one.press("c")
        assert [line.strip() for line in one.app.clipboard.splitlines()] == ["one", "two"]


async def test_ascii() -> None:
    async with running("wiki", glyphs=ASCII) as one:
        one.tools.put(notices=[LogNotice("wiki", Standing.LIVE)])
        await one.write("x" * 200)
        await one.press("m")
        assert all(line.isascii() for line in screen_lines(one.app))

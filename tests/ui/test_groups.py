"""Headings between rows: lines and rows stay apart, and the cursor knows only rows."""

from __future__ import annotations

from specter_tui.ui.present.base import Piece, plain
from specter_tui.ui.present.groups import NO_GROUPS, Groups
from tests.ui.driver import running
from tests.ui.fakes import screen_lines

GROUPS = Groups([(0, (Piece("first"),)), (2, (Piece("second"),))])


def test_lines_and_rows() -> None:
    told = [GROUPS.heading_at(line) for line in range(6)]
    assert ["" if one is None else plain(one) for one in told] == ["first", "", "", "second", "", ""]
    assert [GROUPS.row_at(line) for line in range(6)] == [0, 0, 1, 2, 2, 3]
    assert [GROUPS.line_of(row) for row in range(4)] == [1, 2, 4, 5]


def test_without_headings_both_are_the_same() -> None:
    assert [NO_GROUPS.row_at(line) for line in range(3)] == [NO_GROUPS.line_of(row) for row in range(3)] == [0, 1, 2]
    assert NO_GROUPS.heading_at(0) is None


async def test_findings_stand_under_how_soon_they_matter() -> None:
    async with running(view="doctor") as one:
        lines = [line.strip() for line in screen_lines(one.app)[5:11]]
        assert lines[0] == "needs you now · 1"
        assert lines[1].startswith("▌✖")
        assert [lines[2], lines[4]] == ["soon · 1", "to know · 1"]
        await one.press("j", "j")
        assert screen_lines(one.app)[10].startswith("▌·"), "the cursor goes over the headings"
        await one.pilot.click("#doctor-table", offset=(3, 1))
        assert one.cursor.startswith("image.old"), "a click on a heading is nothing"
        await one.pilot.click("#doctor-table", offset=(3, 2))
        assert one.cursor.startswith("container.wrong_network")


async def test_another_order_has_no_headings() -> None:
    async with running(view="doctor") as one:
        await one.press("o")
        assert "soon · 1" not in [line.strip() for line in screen_lines(one.app)]


async def test_the_heading_of_the_first_row_is_seen_with_it() -> None:
    async with running(view="doctor", size=(80, 9)) as one:
        await one.press("G", "g")
        assert "needs you now · 1" in [line.strip() for line in screen_lines(one.app)]

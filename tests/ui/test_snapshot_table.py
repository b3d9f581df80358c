"""Which columns a table has room for: those that may be dropped go first, the least wanted one first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.app import App, ComposeResult

from specter_tui.ui.present.base import Glyphs, Line, Piece
from specter_tui.ui.present.resource import Column
from specter_tui.ui.theme import DARK, THEMES
from specter_tui.ui.widgets.snapshot_table import SnapshotTable


def _column(name: str, drop: int) -> Column[str]:
    def cell(item: str, _glyphs: Glyphs) -> Line:
        return (Piece(f"{name}-{item}"),)

    return Column(name, name, cell, lambda item: (item,), minimum=8, maximum=8, drop=drop)


COLUMNS = (_column("a", 0), _column("second", 2), _column("first", 1), _column("b", 0))


def _text_column(name: str, drop: int) -> Column[str]:
    return Column(
        name,
        name,
        lambda item, _glyphs: (Piece(item),),
        lambda item: (item,),
        maximum=60,
        minimum=8,
        drop=drop,
        measure=len,
    )


class _Tables(App[None]):
    def __init__(self, columns: tuple[Column[str], ...] = COLUMNS) -> None:
        super().__init__()
        self._columns = columns

    def on_load(self) -> None:
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK

    def compose(self) -> ComposeResult:
        yield SnapshotTable(self._columns, str)


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (60, ("a", "second", "first", "b")),
        (30, ("a", "second", "b")),
        (20, ("a", "b")),
        (10, ("a", "b")),
    ],
)
async def test_columns_are_dropped_in_their_order_and_no_other(width: int, shown: tuple[str, ...]) -> None:
    app = _Tables()
    async with app.run_test(size=(width, 10)) as pilot:
        table = app.query_one(SnapshotTable)
        table.show(["x"], sorted_by=("a", False))
        await pilot.pause()
        assert table.shown_columns == shown
        assert ("first-x" in "".join(segment.text for segment in table.render_line(1))) is ("first" in shown)


@pytest.mark.parametrize(("long", "shown"), [(1, ("name", "more")), (5, ("name",))])
async def test_one_long_name_costs_no_column_but_many_do(long: int, shown: tuple[str, ...]) -> None:
    rows = [f"row-{number:02}" for number in range(20 - long)] + [
        f"long-{number}-" + "x" * 40 for number in range(long)
    ]
    app = _Tables((_text_column("name", 0), _column("more", 1)))
    async with app.run_test(size=(40, 30)) as pilot:
        table = app.query_one(SnapshotTable)
        table.show(rows, sorted_by=("name", False))
        await pilot.pause()
        assert table.shown_columns == shown
        last = "".join(segment.text for segment in table.render_line(20))
        assert "…" in last, "it is cut at its end"
        assert last[1:].startswith("long-")


async def test_long_names_get_the_room_that_is_left() -> None:
    app = _Tables((_text_column("name", 0), _column("more", 1)))
    async with app.run_test(size=(80, 30)) as pilot:
        table = app.query_one(SnapshotTable)
        table.show([*(f"row-{number:02}" for number in range(19)), "x" * 50], sorted_by=("name", False))
        await pilot.pause()
        assert "x" * 50 in "".join(segment.text for segment in table.render_line(20))


async def test_a_state_is_not_cut_for_what_most_rows_want() -> None:
    state = replace(_text_column("state", 0), maximum=10, minimum=3)
    app = _Tables((_text_column("name", 0), state, _column("more", 1)))
    async with app.run_test(size=(24, 30)) as pilot:
        table = app.query_one(SnapshotTable)
        table.show([*(f"r{number:02}" for number in range(19)), "expired"], sorted_by=("name", False))
        await pilot.pause()
        line = "".join(segment.text for segment in table.render_line(20))
        assert line.count("expired") == 2, line

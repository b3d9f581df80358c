"""Cursor, scroll and order survive every refresh: rows may vanish, come, change and turn round in any way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.events import MouseScrollDown

from specter_tui.ui.present.base import UNICODE, Glyphs, Line, Piece
from specter_tui.ui.present.resource import Column
from specter_tui.ui.theme import DARK, THEMES
from specter_tui.ui.widgets.snapshot_table import SnapshotTable
from tests.builders import a_route, a_snapshot
from tests.ui.driver import running
from tests.ui.fakes import assert_shows

HEIGHT = 9  # the heading and eight rows
PAGE = HEIGHT - 1
STEPS = {"down": 1, "up": -1, "page-down": PAGE, "page-up": -PAGE, "top": -1000, "bottom": 1000}
Step = tuple[list["Row"], bool] | str | int  # other rows and their order; a command; a place to scroll to


class Row(NamedTuple):
    key: str
    state: int


def _cell(row: Row, _glyphs: Glyphs) -> Line:
    return (Piece(f"{row.key} {row.state}"),)


COLUMN: Column[Row] = Column("key", "KEY", _cell, lambda row: (row.key,), 12, 12)


class _App(App[None]):
    CSS = "SnapshotTable { overflow-y: auto; scrollbar-size-vertical: 1; }"

    def on_load(self) -> None:
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK

    def compose(self) -> ComposeResult:
        yield SnapshotTable((COLUMN,), lambda row: row.key)


class Model:
    """What a person expects, worked out without the table."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.row, self.top, self.meant = 0, 0, ""

    def _at(self, rows: Sequence[Row], row: int, old: Sequence[Row]) -> int:
        """The row's place among `rows`, else that of the next old one that is there, else of the last one before."""
        places = {one.key: place for place, one in enumerate(rows)}
        following = [places[one.key] for one in old[row:] if one.key in places]
        before = [places[one.key] for one in old[:row] if one.key in places]
        return next(iter(following), before[-1] if before else 0)

    def refresh(self, rows: list[Row]) -> None:
        old, self.rows = self.rows, rows
        seen = self.top <= self.row < self.top + PAGE
        anchor = self.row if seen else self.top
        line = anchor - self.top
        place = next((place for place, one in enumerate(rows) if one.key == self.meant), None)
        self.row = self._at(rows, self.row, old) if place is None else place
        now = self.row if seen else self._at(rows, anchor, old)
        if (now, len(rows)) != (anchor, len(old)):
            self.top = self._clamped(now - line)
        if seen:
            self._to_cursor()

    def key(self, name: str) -> None:
        self.row = max(0, min(self.row + STEPS[name], len(self.rows) - 1))
        self.meant = self.rows[self.row].key if self.rows else self.meant
        if self.rows:
            self._to_cursor()

    def wheel(self, top: int) -> None:
        self.top = self._clamped(top)

    def _clamped(self, top: int) -> int:
        return max(0, min(top, len(self.rows) - PAGE))

    def _to_cursor(self) -> None:
        self.top = min(max(self.top, self.row - PAGE + 1), self.row)


some_rows = st.lists(st.builds(Row, st.integers(10, 49).map(str), st.integers(0, 2)), unique_by=lambda row: row.key)
some_steps = st.lists(
    st.one_of(
        st.tuples(some_rows, st.booleans()),
        st.sampled_from(sorted(STEPS)),
        st.integers(0, 40),
    ),
    max_size=12,
)


@pytest.mark.parametrize("rows", [0, 40])
async def test_what_the_person_looks_at_stays(rows: int) -> None:
    """Whether there was more to show than fits when the screen was last laid out, or not."""
    app = _App()
    async with app.run_test(size=(30, HEIGHT)) as pilot:
        table: SnapshotTable[Row] = app.query_one(SnapshotTable)
        _show(table, [Row(str(10 + number), 0) for number in range(rows)], turned=False)
        await pilot.pause()
        assert table.show_vertical_scrollbar is (rows > PAGE)

        @settings(deadline=None, max_examples=150)
        @given(some_rows, some_steps)
        def walk(first: list[Row], steps: list[Step]) -> None:
            model = _begun(table)
            for step in (([], False), (first, False), *steps):
                _do(table, model, step)
                assert (list(table.items), table._row) == (model.rows, model.row)
                assert _shown(table) == _expected(model)

        walk()


def _begun(table: SnapshotTable[Row]) -> Model:
    _show(table, [], turned=False)
    table._held = ""
    return Model()


def _do(table: SnapshotTable[Row], model: Model, step: Step) -> None:
    if isinstance(step, tuple):
        rows, turned = sorted(step[0], reverse=step[1]), step[1]
        model.refresh(rows)
        _show(table, rows, turned=turned)
    elif isinstance(step, str):
        model.key(step)
        getattr(table, f"action_{step.replace('-', '_')}")()
    else:
        model.wheel(step)
        table.scroll_to(y=step, animate=False, immediate=True, force=True)


def _show(table: SnapshotTable[Row], rows: list[Row], *, turned: bool) -> None:
    table.show(rows, sorted_by=("key", turned))


def _shown(table: SnapshotTable[Row]) -> list[str]:
    """The rows on the screen."""
    lines = [table.render_line(y) for y in range(1, HEIGHT)]
    return ["".join(segment.text for segment in line)[:5].rstrip() for line in lines]


def _expected(model: Model) -> list[str]:
    lines = [
        f"{UNICODE.cursor if place == model.row else ' '}{row.key} {row.state}" for place, row in enumerate(model.rows)
    ]
    seen = lines[model.top : model.top + PAGE]
    return [*seen, *[""] * (PAGE - len(seen))]


async def test_a_filter_that_is_thrown_away_leaves_the_cursor_where_it_was() -> None:
    async with running(a_snapshot(*(a_route(f"app{number}@docker") for number in range(9)))) as one:
        await one.press(*"jjjj", "/", *"app7")
        assert one.cursor == "app7@docker"
        await one.press("escape")
        assert one.cursor == "app4@docker"
        await one.press("/", *"nothing", "escape")
        assert one.cursor == "app4@docker"


async def test_the_wheel_leaves_the_cursor_and_a_refresh_leaves_both() -> None:
    routes = [a_route(f"app{number:02}@docker") for number in range(60)]
    async with running(a_snapshot(*routes)) as one:
        for _ in range(5):
            await one.pilot._post_mouse_events([MouseScrollDown], widget=one.table, offset=(5, 5), button=0)
            await one.pilot.pause()
        top = one.table.items[one.table.scroll_offset.y].key
        assert one.cursor == "app00@docker" < top
        await one.give(a_snapshot(*routes[:3], *routes[5:], a_route("app035@docker")))
        assert (one.cursor, one.table.items[one.table.scroll_offset.y].key) == ("app00@docker", top)
        await one.press("k")
        assert one.table.scroll_offset.y == 0


async def test_the_cursor_is_on_the_screen_when_a_filter_goes() -> None:
    async with running(a_snapshot(*(a_route(f"app{number:03}@docker") for number in range(200)))) as one:
        await one.press("/", *"app12", "enter")
        assert len(one.table.items) == 10
        await one.press("escape")
        assert one.cursor == "app120@docker"
        assert_shows(one.app, "app120.example.org")


async def test_the_key_that_looks_at_a_neighbour_keeps_the_cursor_there() -> None:
    routes = [a_route(f"app{number}@docker") for number in range(9)]
    without = [one for one in routes if one.id != "app4@docker"]
    async with running(a_snapshot(*routes)) as one:
        await one.press(*"jjjj")
        for keys, cursor in ((), "app4@docker"), (("d", "escape"), "app5@docker"):
            await one.give(a_snapshot(*without))
            assert one.cursor == "app5@docker"
            await one.press(*keys)
            await one.give(a_snapshot(*routes))
            assert one.cursor == cursor

"""Which columns a table has room for: those that may be dropped go first, the least wanted one first."""

from __future__ import annotations

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


class _Tables(App[None]):
    def on_load(self) -> None:
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK

    def compose(self) -> ComposeResult:
        yield SnapshotTable(COLUMNS, str)


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

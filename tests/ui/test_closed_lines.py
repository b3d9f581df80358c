"""What is left of a filter's line that was closed: nothing, however often one is opened."""

from __future__ import annotations

import gc

from specter_tui.ui.widgets.filter_line import FilterLine
from tests.ui.driver import running

OPENED = 5


async def test_a_closed_filter_is_let_go() -> None:
    async with running() as one:
        await one.show("routes")
        for _ in range(OPENED):
            await one.press("slash", "x")
            assert one.view.query(FilterLine)
            await one.press("escape")
        gc.collect()
        assert sum(isinstance(each, FilterLine) for each in gc.get_objects()) <= 1

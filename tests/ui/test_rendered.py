"""What Textual keeps of pages that were closed, and of views that are not shown."""

from __future__ import annotations

import gc
from weakref import ref

import pytest
from textual._styles_cache import StylesCache
from textual.color import Color
from textual.widget import Widget

from specter_tui.ui.rendered import keep_what_is_shown
from specter_tui.ui.views.view import View
from tests.ui.driver import running

MADE = 300
SHOWN = 100  # far more than a screen has


def kept() -> int:
    """How many of so many widgets' painted lines are held when their widgets are gone."""
    made = []
    for _ in range(MADE):
        lines = StylesCache()
        lines.get_inner_outer(Color(0, 0, 0), Color(1, 1, 1))
        made.append(ref(lines))
    del lines
    gc.collect()
    return sum(one() is not None for one in made)


def test_the_lines_of_closed_pages_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StylesCache, "get_inner_outer", StylesCache.get_inner_outer)  # put back at the end
    keep_what_is_shown()
    assert kept() < SHOWN


async def test_a_view_that_is_not_shown_keeps_no_painted_lines() -> None:
    async with running() as one:
        await one.show("routes")
        routes = one.view
        assert painted(routes)
        await one.show("hosts")
        await one.until(lambda: not painted(routes))
        await one.show("routes")
        await one.until(lambda: painted(routes) > 0)


def painted(view: View) -> int:
    return sum(len(one._styles_cache._cache) for one in view.walk_children(Widget, with_self=True))

"""What Textual keeps of pages that were closed."""

from __future__ import annotations

import gc
from weakref import ref

import pytest
from textual._styles_cache import StylesCache
from textual.color import Color

from specter_tui.ui.rendered import keep_what_is_shown

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

"""What comes to be shown is painted once: not its layout first, then its sizes, then what follows from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from textual.app import App

from specter_tui.ui.screens import steady
from specter_tui.ui.screens.steady import SteadyScreen, one_frame
from tests.ui.driver import Driver, running

SETTLED = 0.2  # seconds
SCROLL_BAR = 1  # frames: it is told its size one pass later than what it scrolls


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine paints no sooner than a quick one here."""
    monkeypatch.setattr(steady, "_LONGEST", 30.0)
    monkeypatch.setattr(steady, "_LEAVING", SETTLED / 2)


@contextmanager
def frames(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """All that reaches the terminal meanwhile."""
    found: list[object] = []
    display = App._display

    def counted(self: App[Any], screen: Any, renderable: Any) -> None:
        if renderable is not None and screen is self.screen:
            found.append(renderable)
        display(self, screen, renderable)

    with monkeypatch.context() as patch:
        patch.setattr(App, "_display", counted)
        yield found


async def settled(one: Driver) -> None:
    await one.pilot.pause(SETTLED)
    await one.until(lambda: screen_of(one)._deadline is None)
    await one.pilot.pause(0.1)


def screen_of(one: Driver) -> SteadyScreen[Any]:
    assert isinstance(one.app.screen, SteadyScreen)
    return one.app.screen


@pytest.mark.parametrize("keys", ["3", "4 3", "d", "d escape", "question_mark", "x", "slash", "slash escape"])
async def test_a_key_is_one_frame(keys: str, monkeypatch: pytest.MonkeyPatch) -> None:
    *before, key = keys.split()
    async with running() as one:
        for each in before:
            await one.pilot.press(each)
        await settled(one)
        with frames(monkeypatch) as found:
            await one.pilot.press(key)
            await settled(one)
    assert 1 <= len(found) <= 1 + SCROLL_BAR


async def test_what_never_settles_is_painted_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as one:
        await settled(one)
        monkeypatch.setattr(steady, "_LONGEST", 0.05)
        with frames(monkeypatch) as found:
            screen_of(one).hold()
            one.view.refresh()
            await one.until(lambda: bool(found))


async def test_the_end_of_one_change_does_not_show_the_next_half_done(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as one:
        await settled(one)
        with frames(monkeypatch) as found:
            with one_frame(one.view):
                one.view.refresh()
            screen_of(one).hold()
            await one.pilot.pause(SETTLED)
            assert not found
            screen_of(one).settle()
            await one.until(lambda: bool(found))


async def test_keys_without_a_pause_do_not_hold_it_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as one:
        await settled(one)
        monkeypatch.setattr(steady, "_LONGEST", 0.1)
        with frames(monkeypatch) as found:
            screen_of(one).hold()
            one.view.refresh()
            while not found:
                screen_of(one).hold()
                await one.pilot.pause(0.02)


async def test_an_error_meanwhile_leaves_nothing_held() -> None:
    async with running() as one:
        with pytest.raises(LookupError), one_frame(one.view):
            raise LookupError
        await one.until(lambda: screen_of(one)._deadline is None)

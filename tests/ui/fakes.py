"""A collector without sources, and an app around it."""

from __future__ import annotations

import asyncio

from specter_tui.core.snapshot import Snapshot
from specter_tui.ui.acting.acting import MakeDesk
from specter_tui.ui.app import SpecterApp
from specter_tui.ui.collector import CollectorLike, Propose
from specter_tui.ui.keymap import Keymap
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import UNICODE, Glyphs


class FakeCollector:
    """Gives the snapshots (or raises the errors) that a test hands it, the next one each time it is woken."""

    def __init__(self, *results: Snapshot | Exception) -> None:
        self._results: list[Snapshot | Exception] = list(results)
        self._woken = asyncio.Event()
        self.collections = 0
        self.closed = False

    def give(self, result: Snapshot | Exception) -> None:
        """Makes this the next and all later results, due now."""
        self._results = [result]
        self._woken.set()

    async def collect(self) -> Snapshot:
        self.collections += 1
        result = self._results.pop(0) if len(self._results) > 1 else self._results[0]
        if isinstance(result, Exception):
            raise result
        return result

    async def wait(self) -> None:
        await self._woken.wait()
        self._woken.clear()

    def wake(self) -> None:
        self._woken.set()

    async def close(self) -> None:
        self.closed = True


def an_app(
    collector: CollectorLike,
    *,
    glyphs: Glyphs = UNICODE,
    keys: dict[str, str] | None = None,
    propose: Propose | None = None,
    make_desk: MakeDesk | None = None,
    read_only: bool = False,
    locked: bool = False,
) -> SpecterApp:
    """The app over a collector."""
    options = UiOptions(glyphs, Keymap(keys), read_only=read_only, locked=locked)
    return SpecterApp(lambda: collector, options, context="vps1", propose=propose, make_desk=make_desk)


def screen_lines(app: SpecterApp) -> list[str]:
    """The screen as plain lines, as a terminal would show it."""
    height = app.size.height
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips[:height]]


def screen_text(app: SpecterApp) -> str:
    """The screen as one text."""
    return "\n".join(screen_lines(app))


def assert_shows(app: SpecterApp, *texts: str) -> None:
    """Each text stands on the screen."""
    shown = screen_text(app)
    for text in texts:
        assert text in shown, f"{text!r} is not on the screen:\n{shown}"

"""Screens that paint once when they or their view come to be shown.

Textual (8.2.8) paints as soon as there is a layout, again when the widgets have got their sizes, and again for what
follows from those: a change of view was six frames and 27 kB at 80x24, most of them wrong for a moment, and on a slow
line one could watch them. `App.batch_update` can't be used for it: it holds back the layout too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from textual.dom import DOMNode
from textual.screen import Screen, ScreenResultType
from textual.timer import Timer

_PASSES: Final = 2  # the layout, then what the widgets make of their sizes
_LEAVING: Final = 0.03  # seconds; what is taken out asks for another layout when it is gone
_LONGEST: Final = 0.25  # seconds; whatever happens, the screen is painted then


class SteadyScreen(Screen[ScreenResultType]):
    """Holds its frames back while it settles, and then paints all that has changed as one."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002  Textual's own word
        super().__init__(id=id)
        self._turn = 0  # counts the changes, so that the end of an earlier one does not end the hold of a later
        self._deadline: Timer | None = None  # of the hold, None while nothing is held back
        self._owed = False

    def on_screen_resume(self) -> None:
        """It comes to be shown."""
        self.appear()

    def appear(self) -> None:
        """A page was opened, or the one over this was left; Textual calls `on_screen_resume` of each base class."""
        self.hold()
        self.settle()

    def hold(self) -> None:
        """Paints nothing until `settle` is called and all is settled, or for a quarter of a second at most."""
        self._turn += 1
        if self._deadline is None:
            self._deadline = self.set_timer(_LONGEST, self._paint)

    def settle(self, *, leaving: bool = False) -> None:
        """Paints when the layout and what follows from it are done; `leaving`: also what is being taken out."""
        turn = self._turn
        if leaving:
            self.set_timer(_LEAVING, lambda: self._passed(turn, _PASSES))
        else:
            self._passed(turn, _PASSES)

    def _passed(self, turn: int, left: int) -> None:
        if left:
            self.call_after_refresh(self._passed, turn, left - 1)
        elif turn == self._turn:
            self._paint()

    def _paint(self) -> None:
        if self._deadline is not None:
            self._deadline.stop()
            self._deadline = None
        if self._owed:
            self._owed = False
            self._compositor_refresh()

    def _compositor_refresh(self) -> None:
        """Textual's own step from the layout to the terminal; the compositor remembers what it owes."""
        if self._deadline is not None:
            self._owed = True
            self._dirty_widgets.clear()
        else:
            super()._compositor_refresh()


class MainScreen(SteadyScreen[None]):
    """The one under all pages; its first frame waits for nothing."""

    def __init__(self) -> None:
        super().__init__(id="_default")
        self._begun = False

    def appear(self) -> None:
        """The last page was left, or the dashboard begins."""
        if self._begun:
            self.hold()
            self.settle(leaving=True)
        self._begun = True


@contextmanager
def one_frame(node: DOMNode, *, leaving: bool = False) -> Iterator[None]:
    """What is done inside is painted once on the node's screen; `leaving`: widgets are taken out of it."""
    screen = node.screen
    steady = screen if isinstance(screen, SteadyScreen) else None
    if steady is not None:
        steady.hold()
    try:
        yield
    finally:
        if steady is not None:
            steady.settle(leaving=leaving)

"""The page that asks whose logs are shown: space marks several, enter takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from specter_tui.core.model import Container
from specter_tui.core.snapshot import Snapshot
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role
from specter_tui.ui.present.resource import Column, text_column
from specter_tui.ui.present.states import container_words
from specter_tui.ui.screens.marking import MarkingScreen

MOST: Final = 20  # as many as the source follows at once


class LogChoice(MarkingScreen[Container]):
    """A table of containers, the running ones first; gives the ids of those that were chosen, None for none."""

    def __init__(self, snapshot: Snapshot | None, marked: frozenset[str], options: UiOptions) -> None:
        self._containers = _in_order(snapshot)
        super().__init__(lambda one: one.id, options, name="choice", most=MOST)
        self.marked = marked

    def columns(self) -> Sequence[Column[Container]]:
        """The mark, and what tells one container from another."""
        return (
            Column("chosen", "", self._mark, lambda one: (one.name,), 1, 1, gap=1),
            Column(
                "state", "", lambda one, glyphs: container_words(one, glyphs)[:1], lambda one: (one.name,), 1, 1, gap=1
            ),
            text_column("name", "LOGS OF", lambda one: one.name, 60, 16),
            text_column("status", "DOCKER SAYS", lambda one: one.status, 40, 12, role=Role.MUTED),
            text_column("image", "IMAGE", lambda one: one.image, 40, 12, drop=1, role=Role.MUTED),
        )

    def _mark(self, container: Container, glyphs: Glyphs) -> Line:
        return (Piece(glyphs.then if container.id in self.marked else " ", Role.FOCUS),)

    def rows(self) -> Sequence[Container]:
        """The containers, the running ones first."""
        return self._containers

    def title_lines(self, width: int) -> tuple[Line, ...]:  # noqa: ARG002  these fit everywhere
        """What is asked, and how many are marked."""
        if not self._containers:
            return ((Piece(" no container is known: is Docker read?", Role.WARN),),)
        number = sum(1 for one in self._containers if one.id in self.marked)  # some may be gone by now
        words = f"{number} marked" if number else "space marks several, enter shows them"
        return ((Piece(" Whose logs?", Role.STRONG), Piece(f"  {words}", Role.MUTED)),)

    def chosen(self) -> tuple[str, ...] | None:
        """The ids of all that are marked, else of the one at the cursor."""
        one = self.table.cursor
        return super().chosen() or (None if one is None else (one.id,))

    def on_mount(self) -> None:
        """Shows the containers, and those that come and go."""
        super().on_mount()
        self.watch(self.app, "snapshot", self._take, init=False)

    def _take(self, snapshot: Snapshot | None) -> None:
        self._containers = _in_order(snapshot)
        self.show()


def _in_order(snapshot: Snapshot | None) -> Sequence[Container]:
    """The running ones first."""
    return sorted(snapshot.containers if snapshot else (), key=lambda one: (one.state != "running", one.name))

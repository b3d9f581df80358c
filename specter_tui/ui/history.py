"""Where the person was: places in the order of the visits, with a step back and a step forward."""

from __future__ import annotations

from typing import Final, NamedTuple

_MOST: Final = 100  # places that are remembered


class Place(NamedTuple):
    """A view, the key of the row at its cursor and its filter."""

    kind: str
    key: str = ""
    filter: str = ""


class History:
    """Places before and after the present one."""

    def __init__(self) -> None:
        self._before: list[Place] = []
        self._after: list[Place] = []

    def leave(self, here: Place) -> None:
        """The person goes from here to somewhere new: what was undone is forgotten."""
        self._before = [*self._before[1 - _MOST :], here]
        self._after.clear()

    def back(self, here: Place) -> Place | None:
        """The place before this one, None at the first."""
        return self._step(self._before, self._after, here)

    def forward(self, here: Place) -> Place | None:
        """The place that was left by going back, None when there is none."""
        return self._step(self._after, self._before, here)

    def _step(self, from_: list[Place], to: list[Place], here: Place) -> Place | None:
        if not from_:
            return None
        to.append(here)
        return from_.pop()

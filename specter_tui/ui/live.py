"""Parts of a detail that move by themselves, by the kind of thing; a kind without one has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Line
from specter_tui.ui.widgets.line_bar import LineBar


class LivePart(LineBar):
    """Lines below the detail of a thing, and `more` lines that belong at the detail's end."""

    @property
    def more(self) -> tuple[Line, ...]:
        """What the detail ends with, as far as it is known."""
        raise NotImplementedError

    def choose(self, key: str) -> None:
        """Is about the thing of that key from now on; about none with an empty one."""
        raise NotImplementedError


MakeLive = Callable[[UiOptions, Callable[[], None]], LivePart]  # its second argument is called when `more` changed


def _usage(options: UiOptions, told: Callable[[], None]) -> LivePart:
    from specter_tui.ui.widgets.usage_bar import UsageBar  # loaded with the first container that is looked at

    return UsageBar(options, told)


PARTS: Final[Mapping[str, MakeLive]] = {"containers": _usage}


def live_part(kind: str, options: UiOptions, told: Callable[[], None]) -> LivePart | None:
    """The widget that stands below the detail of a thing, None for a kind that has none."""
    make = PARTS.get(kind)
    return None if make is None else make(options, told)

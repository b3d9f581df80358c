"""Parts of a detail page that move by themselves, by the kind of thing; a kind without one has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from textual.widget import Widget

from specter_tui.ui.options import UiOptions

LivePart = Callable[[str, UiOptions], Widget]  # called with the thing's key


def _usage(key: str, options: UiOptions) -> Widget:
    from specter_tui.ui.widgets.usage_bar import UsageBar  # loaded with the first container that is looked at

    return UsageBar(key, options)


PARTS: Final[Mapping[str, LivePart]] = {"containers": _usage}


def live_part(kind: str, key: str, options: UiOptions) -> Widget | None:
    """The widget that stands above the detail of a thing, None for a kind that has none."""
    part = PARTS.get(kind)
    return None if part is None else part(key, options)

"""What Textual keeps of pages that were closed.

A cached method of its `StylesCache` (Textual 8.2.8) holds the last 1,024 objects that it was called on, each with all
lines that its widget has painted: 30 MiB after 2,000 refreshes with pages opened and closed between them (measured).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from textual._styles_cache import StylesCache

_SHOWN: Final = 64  # more than there are widgets on a screen


def keep_what_is_shown() -> None:
    """Makes Textual hold no more painted lines than one screen's."""
    plain = StylesCache.get_inner_outer.__wrapped__
    StylesCache.get_inner_outer = lru_cache(_SHOWN)(plain)  # type: ignore[method-assign]  # it has no setting for it

"""The name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from specter_tui.core.text import visible

_SHOWN: Final = 200


def near(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """A remedy for a name that nothing has: the one most like it, or the first that it is a part of."""
    from difflib import get_close_matches  # only a mistake needs it

    names = sorted(set(known))
    alike = get_close_matches(name[:_SHOWN], names, n=1) or [one for one in names if name and name in one]
    return f"did you mean {visible(alike[0], _SHOWN)}?" if alike else otherwise

"""Which existing part was meant by a name that does not exist."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Sequence
from typing import Final

_AROUND: Final = 10  # names to either side that are looked at
_ALIKE: Final = 0.6


class Names:
    """The names of all parts of one kind. To look for one costs no more where there are thousands."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_bare = {_bare(name): name for name in sorted(names, reverse=True)}
        self._forward = sorted(self._by_bare)
        self._backward = sorted(name[::-1] for name in self._forward)

    def nearest(self, name: str) -> str:
        """The namesake of another provider, else the one most alike of its neighbours by beginning and by end.

        Empty where none is alike.
        """
        bare = _bare(name)
        if bare in self._by_bare:
            return self._by_bare[bare]
        near = [*_around(self._forward, bare), *(one[::-1] for one in _around(self._backward, bare[::-1]))]
        best = max(near, key=lambda one: likeness(one, bare), default="")
        return self._by_bare[best] if best and likeness(best, bare) >= _ALIKE else ""


def likeness(one: str, other: str) -> float:
    """How much of the longer text both have in common at their beginnings and ends: from 0 to 1."""
    start = _common(one, other)
    end = _common(one[start:][::-1], other[start:][::-1])
    return (start + end) / max(len(one), len(other), 1)


def _common(one: str, other: str) -> int:
    """How many letters both begin with."""
    differ = (place for place, (left, right) in enumerate(zip(one, other, strict=False)) if left != right)
    return next(differ, min(len(one), len(other)))


def _around(names: Sequence[str], name: str) -> Sequence[str]:
    place = bisect(names, name)
    return names[max(0, place - _AROUND) : place + _AROUND]


def _bare(name: str) -> str:
    return name.partition("@")[0]

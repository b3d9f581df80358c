"""What is worked out of thousands of parts and asked for again and again: kept while the parts are the same."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def of_the_same(make: Callable[[T], R]) -> Callable[[T], R]:
    """`make`, which is not called again for the very same object as the last time: a snapshot's parts never change."""
    last: list[tuple[T, R]] = []

    def made(parts: T) -> R:
        if not last or last[0][0] is not parts:
            last[:] = [(parts, make(parts))]
        return last[0][1]

    return made


def of_the_same_parts(parts: Callable[[T], tuple[object, ...]]) -> Callable[[Callable[[T], R]], Callable[[T], R]]:
    """As `of_the_same`, for what is worked out of these parts of its argument alone."""

    def decorated(make: Callable[[T], R]) -> Callable[[T], R]:
        last: list[tuple[tuple[object, ...], R]] = []

        def made(whole: T) -> R:
            now = parts(whole)
            if not last or not all(map(operator.is_, last[0][0], now)):
                last[:] = [(now, make(whole))]
            return last[0][1]

        return made

    return decorated

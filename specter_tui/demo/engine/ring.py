"""A history that forgets its oldest items, and that any number of readers follow at their own speed."""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")


class Ring(Generic[T]):
    """Items up to a total weight; a reader holds a position, and one that is too slow misses what was forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._items: deque[tuple[T, int]] = deque()
        self._weight = 0
        self._dropped = 0
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def end(self) -> int:
        """The position behind the newest item."""
        return self._dropped + len(self._items)

    @property
    def readers(self) -> int:
        """How many wait for the next item right now."""
        return len(self._waiting)

    def append(self, item: T, weight: int = 1) -> None:
        """Adds an item, forgets old ones until the rest fits, and wakes the readers."""
        self._items.append((item, weight))
        self._weight += weight
        while self._weight > self._most and len(self._items) > 1:
            self._weight -= self._items.popleft()[1]
            self._dropped += 1
        self.wake()

    def after(self, position: int = 0) -> tuple[T, ...]:
        """What is still known from this position on; the next position is `end`."""
        count = min(self.end - position, len(self._items))
        newest_first = [item for item, _ in islice(reversed(self._items), max(0, count))]
        return tuple(reversed(newest_first))

    def wake(self) -> None:
        """Lets every reader look again, for a reason of its own too."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    async def changed(self) -> None:
        """Returns at the next `append` or `wake`."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        try:
            await waiting
        finally:
            self._waiting.discard(waiting)

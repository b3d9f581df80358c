"""A mapping that forgets what was not used for longest."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Lru(Generic[K, V]):
    """At most `size` entries; keys are compared whole, so that no two credentials ever share an entry.

    With `weigh`, which has to give the same number for an entry each time, all of them together weigh at most `most`.
    """

    def __init__(self, size: int, weigh: Callable[[K, V], int] = lambda _key, _value: 0, most: int = 0) -> None:
        self._size = size
        self._weigh = weigh
        self._most = most
        self._weight = 0
        self._entries: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The entry, which then counts as just used."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, key: K, value: V) -> None:
        """Keeps an entry, at the cost of the oldest ones; one that is too heavy alone is not kept."""
        self.drop(key)
        self._entries[key] = value
        self._weight += self._weigh(key, value)
        while len(self._entries) > self._size or self._weight > self._most:
            oldest, dropped = self._entries.popitem(last=False)
            self._weight -= self._weigh(oldest, dropped)

    def drop(self, key: K) -> None:
        """Forgets an entry, if there is one."""
        if key in self._entries:
            self._weight -= self._weigh(key, self._entries.pop(key))

    def __len__(self) -> int:
        return len(self._entries)

"""Python's full collections, made while the person rests: each stops the program, and no key is answered meanwhile."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

from specter_tui.core.collection import collect, is_collection_due

REST: Final = 1.0  # seconds without a key after which the next one is not expected at once
LONG_REST: Final = 5.0  # seconds without a key after which the person is taken to be reading, or away
QUICK: Final = 0.015  # seconds, less than a frame of 60: a collection that took no longer last time waits for no rest
PATIENCE: Final = 20.0  # seconds for which keys may put a collection off


class Rest:
    """Collects when it is due and no key has come for a while; `clock` gives seconds that nobody can set back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stirred = self._collected = clock()
        self._took = math.inf  # seconds, the last time

    def stirred(self) -> None:
        """A key came."""
        self._stirred = self._clock()

    def look(self) -> None:
        """Collects if this is the moment: when it is due, and once when what keys have made may be garbage."""
        now = self._clock()
        rest = now - self._stirred
        if is_collection_due():
            wanted = rest >= REST or self._took <= QUICK or now - self._collected >= PATIENCE
        else:
            wanted = rest >= LONG_REST and self._stirred > self._collected
        if wanted:
            collect()
            self._took = self._clock() - now
            _give_back()
            self._collected = now


def _give_back() -> None:
    """Gives the system what is free between that which is in use.

    glibc alone keeps it (malloc_trim(3)): connections and pages that come and go left 12 MiB after 2,000 refreshes
    (measured). Another C library has no such call, and needs none.
    """
    import ctypes  # 3 ms, which the first frame does not need

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)

"""Keeps what strangers can cause from filling the log, and from pushing everything else out of it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Final

MOST: Final = 20  # of one kind in a window
SECONDS: Final = 60.0


class Flood(logging.Filter):
    """Lets `MOST` warnings or errors of one kind pass in a minute, and then drops those that follow.

    A kind is an event of this service, or a library with its level. The first of a later window says in `left_out` how
    many were dropped; the metrics count them all.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._begun = clock()
        self._seen: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        if record.levelno < logging.WARNING:
            return True
        if self._clock() - self._begun >= SECONDS:
            self._begun = self._clock()
            self._seen.clear()
        event = record.msg.get("event") if isinstance(record.msg, dict) else ""
        kind = f"{record.name} {record.levelname} {event}"
        self._seen[kind] += 1
        if self._seen[kind] > MOST:
            self._dropped[kind] += 1
            return False
        record.left_out = self._dropped.pop(kind, 0)
        return True

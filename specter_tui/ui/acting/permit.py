"""Whether this dashboard may change anything at a moment; times are seconds of the monotonic clock."""

from __future__ import annotations

from math import ceil
from typing import Final

ARMED_FOR: Final = 300  # seconds that `!` lifts the lock for


class Permit:
    """`read_only` forbids everything for good; `locked` until it is armed, and again when that has run out."""

    def __init__(self, *, read_only: bool = False, locked: bool = False) -> None:
        self.read_only = read_only
        self.locked = locked
        self._until = 0.0

    def left(self, now: float) -> int:
        """Whole seconds, rounded up, for which it stays armed; 0 when it is not."""
        return max(0, ceil(self._until - now)) if self.locked and not self.read_only else 0

    def refusal(self, now: float) -> str:
        """Why nothing may be changed, with the remedy; empty when it may."""
        if self.read_only:
            return "this dashboard is read-only, and no key lifts that: read_only in the configuration, or --read-only"
        if self.locked and not self.left(now):
            return "this dashboard is locked: ! arms it for 5 minutes"
        return ""

    def toggle(self, now: float) -> str:
        """Arms it, or locks it again before its time; what there is to say of that."""
        if self.read_only:
            return self.refusal(now)
        if not self.locked:
            return "nothing is locked: locked = true in the configuration does that"
        if self.left(now):
            self._until = 0.0
            return "locked again"
        self._until = now + ARMED_FOR
        return "armed for 5 minutes; ! locks it again"

    def sign(self, now: float) -> str:
        """The word for the header; empty where everything is allowed."""
        if self.read_only:
            return "read-only"
        if not self.locked:
            return ""
        left = self.left(now)
        return f"armed {left // 60}:{left % 60:02d}" if left else "locked"

"""LOGIN_RATE: so many tries in so many seconds, for each client address."""

from __future__ import annotations

from typing import Final

from verify_service.lru import Lru
from verify_service.values import Rate

_CLIENTS: Final = 10_000  # remembered; a client that was forgotten starts anew


class Limiter:
    """A token bucket for each client."""

    def __init__(self, rate: Rate) -> None:
        self._most = float(rate.number)
        self._per_second = rate.number / rate.seconds
        self._buckets: Lru[str, tuple[float, float]] = Lru(_CLIENTS)  # tokens left, at

    def wait(self, client: str, now: float) -> int:
        """0 when the client may try now, which uses up one try; else the seconds until it may."""
        left, at = self._buckets.get(client) or (self._most, now)
        left = min(self._most, left + max(0.0, now - at) * self._per_second)
        if left < 1:
            self._buckets.put(client, (left, now))
            return int((1 - left) / self._per_second) + 1
        self._buckets.put(client, (left - 1, now))
        return 0

"""How long an event loop stands still: a task that wants to run every two milliseconds and notes how late it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

_EVERY = 0.002
_QUEUE = Path("/proc/thread-self/schedstat")


@dataclass
class Watch:
    """Milliseconds by which each tick came late, and how much of that the loop's thread stood in the kernel's queue.

    The second is other processes' doing: the thread could have run and no core was free.
    """

    late: list[float] = field(default_factory=list)
    queued: list[float] = field(default_factory=list)

    @property
    def longest(self) -> float:
        """The longest time for which the loop did not come round."""
        return max(self.late, default=0.0)

    @property
    def longest_own(self) -> float:
        """The same without the time in which other processes had the core."""
        return max((late - queued for late, queued in zip(self.late, self.queued, strict=True)), default=0.0)


@asynccontextmanager
async def watched() -> AsyncIterator[Watch]:
    """Watches the running loop during the block."""
    watch = Watch()
    ticker = asyncio.create_task(_tick(watch))
    await asyncio.sleep(5 * _EVERY)
    try:
        yield watch
    finally:
        await asyncio.sleep(2 * _EVERY)
        ticker.cancel()


async def _tick(watch: Watch) -> None:
    while True:
        started, queued = time.perf_counter(), _queued()
        await asyncio.sleep(_EVERY)
        watch.late.append(max(0.0, time.perf_counter() - started - _EVERY) * 1000)
        watch.queued.append(min((_queued() - queued) / 1e6, watch.late[-1]))


def _queued() -> int:
    """Nanoseconds that this thread has waited for a core so far; 0 where the kernel does not count them."""
    try:
        return int(_QUEUE.read_text("ascii").split()[1])
    except (OSError, IndexError):
        return 0

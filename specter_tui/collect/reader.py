"""One source as the collector sees it: when it is due, the read under way, and what it last gave."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, Protocol, TypeVar

from specter_tui.core.errors import SourceError, SourceOff
from specter_tui.core.snapshot import SourceState, SourceStatus

T = TypeVar("T")

LONGEST_PAUSE: Final = 60.0  # seconds; what a failing source backs off to
_STALE_AFTER: Final = 3  # refresh intervals
_JITTER: Final = 0.1
_AWAITED: Final = "its first answer is still awaited"


class Clock(Protocol):
    """Time, as the collector reads it."""

    def now(self) -> datetime:
        """The time of day, in UTC."""
        ...

    def ticks(self) -> float:
        """Seconds that nobody can set back."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return datetime.now(UTC)  # noqa: TID251  the collector owns the clock

    def ticks(self) -> float:
        """Seconds that nobody can set back."""
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a source is read and how long one read may take, in seconds."""

    interval: float
    deadline: float


class Reader(Generic[T]):
    """Reads one source when it is due, keeps the last good answer, and backs off while it fails."""

    def __init__(
        self,
        read: Callable[[], Awaitable[T]] | None,
        pace: Pace,
        clock: Clock,
        tell: Callable[[], None],
        reason: str = "",
    ) -> None:
        self.pace = pace
        self.good: T | None = None
        self._read = read
        self._clock = clock
        self._tell = tell  # called whenever a read has ended
        self._reason = reason  # why it is off, empty while it is not
        self._off = read is None
        self._error = ""
        self._failures = 0
        self._fetched_at: datetime | None = None
        self._good_ticks = 0.0
        self._next_try: datetime | None = None
        self._regular = -math.inf if read is not None else math.inf
        self._soon = math.inf
        self._again = math.inf
        self._task: asyncio.Task[None] | None = None

    @property
    def task(self) -> asyncio.Task[None] | None:
        """The read under way."""
        return self._task if self._task is not None and not self._task.done() else None

    @property
    def due_at(self) -> float:
        """The tick at which it is to be read next; infinite while it is being read or off for good."""
        if self._read is None or self.task is not None:
            return math.inf
        return min(self._regular, self._soon, self._again)

    def ask(self, ticks: float) -> None:
        """Wants a read at `ticks` or before; a read that is already under way does not count for it."""
        self._soon = min(self._soon, ticks)

    def ask_again(self, ticks: float) -> None:
        """Wants one more read at `ticks`; asking anew moves it."""
        self._again = ticks

    def start(self) -> asyncio.Task[None] | None:
        """Begins a read unless one is under way; gives the one that is."""
        if self._read is None or self.task is not None:
            return self.task
        begun = self._clock.ticks()
        self._soon = self._soon if self._soon > begun else math.inf
        self._again = self._again if self._again > begun else math.inf
        self._task = asyncio.create_task(self._run(self._read), name="read a source")
        return self._task

    async def stop(self) -> None:
        """Ends the read under way."""
        task = self.task
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def forget(self) -> None:
        """Drops the last good answer: what it was about has changed."""
        self.good = None

    def state(self, version: str = "") -> SourceState:
        """How fresh the last good answer is by now."""
        if self._off:
            return SourceState(SourceStatus.OFF, reason=self._reason)
        if self._fetched_at is None:
            error = self._error or _AWAITED
            return SourceState(SourceStatus.FAILED, error=error, next_try=self._next_try)
        error = self._error or self._too_old()
        return SourceState(
            SourceStatus.STALE if error else SourceStatus.FRESH,
            fetched_at=self._fetched_at,
            error=error,
            version=version,
            next_try=self._next_try,
        )

    def _too_old(self) -> str:
        age = self._clock.ticks() - self._good_ticks
        if age <= _STALE_AFTER * self.pace.interval:
            return ""
        return f"the last answer is older than {_STALE_AFTER} refreshes of {self.pace.interval:g} s"

    async def _run(self, read: Callable[[], Awaitable[T]]) -> None:
        try:
            async with asyncio.timeout(self.pace.deadline):
                answer = await read()
        except SourceOff as error:
            self._turned_off(error)
        except SourceError as error:
            self._failed(error.sentence())
        except TimeoutError:
            self._failed(f"no answer within {self.pace.deadline:g} s")
        except Exception as error:  # noqa: BLE001  a fault in one adapter must not take the other sources down
            self._failed(f"internal error while reading it ({type(error).__name__}); please report it")
        else:
            self._succeeded(answer)
        self._tell()

    def _succeeded(self, answer: T) -> None:
        if answer != self.good:  # the same object where nothing changed lets the join be spared
            self.good = answer
        self._off, self._reason, self._error, self._failures, self._next_try = False, "", "", 0, None
        self._fetched_at = self._clock.now()
        self._good_ticks = self._clock.ticks()
        self._regular = self._good_ticks + self.pace.interval

    def _turned_off(self, error: SourceOff) -> None:
        if self._fetched_at is not None:
            self._failed(error.sentence())  # it was there: gone is not the same as never configured
            return
        self._off, self._reason, self._error = True, error.sentence(), ""
        self._regular = self._clock.ticks() + LONGEST_PAUSE

    def _failed(self, sentence: str) -> None:
        self._off, self._error = False, sentence
        pause = min(LONGEST_PAUSE, self.pace.interval * 2 ** min(self._failures, 16))
        pause *= 1 - random.uniform(0, _JITTER)  # noqa: S311  only spreads the tries of several dashboards
        self._failures += 1
        self._regular = self._clock.ticks() + pause
        self._next_try = self._clock.now() + timedelta(seconds=pause)

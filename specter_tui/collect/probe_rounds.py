"""Rounds of proofs: which targets are asked, when the old proofs are void, and when connections are made anew."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import replace
from operator import is_
from typing import Final

from specter_tui.collect.reader import Clock, Pace, Reader
from specter_tui.core.ports import ProbeSource
from specter_tui.core.proof import ProbeAnswer, ProbeTarget
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Snapshot, SourceState, SourceStatus

DEADLINE: Final = 15.0  # seconds for a round, and more where there are many targets
_AT_ONCE: Final = 10
_EACH: Final = 6.0  # seconds for as many as are asked at once: each target has 5 s of its own

Plan = Callable[[Snapshot, Settings], tuple[ProbeTarget, ...]]


class ProbeRounds:
    """Gives the probe its targets; `reader` is the probe as the collector sees it. `why` it is off, where it is."""

    def __init__(
        self,
        source: ProbeSource | None,
        settings: Settings,
        clock: Clock,
        tell: Callable[[], None],
        *,
        plan: Plan,
        why: str = "",
    ) -> None:
        self._source = source
        self._settings = settings
        self._clock = clock
        self._plan = plan
        self._targets: tuple[ProbeTarget, ...] = ()
        self._about: object = None  # what the last proofs were about
        self._renewals: set[float] = set()  # ticks from which on no probe may go over a connection made before
        self._planned: tuple[object, ...] | None = None  # the reads that the last plan was made of
        pace = Pace(settings.refresh.probe, DEADLINE)
        self.reader: Reader[tuple[ProbeAnswer, ...]] = Reader(self._read if source else None, pace, clock, tell, why)

    def state(self) -> SourceState:
        """How fresh the proofs are; `failed` where no request was answered at all: such a round has proved nothing."""
        state, why = self.reader.state(), _unanswered(self.reader.good or ())
        return replace(state, status=SourceStatus.FAILED, error=why) if why else state

    def renew(self, after: float = 0.0) -> None:
        """Makes every connection anew, once so many seconds are over."""
        if self._source is not None:
            self._renewals.add(self._clock.ticks() + after)

    async def replan(self, snapshot: Snapshot, reads: tuple[object, ...]) -> None:
        """Finds out what is to be proved of a snapshot made of these reads.

        When that is something else than before, the old proofs are dropped.
        """
        if self._planned is not None and all(map(is_, reads, self._planned)):
            return
        self._planned = reads
        targets = await asyncio.to_thread(self._plan, snapshot, self._settings)
        about = (targets, tuple(route.router for route in snapshot.routes), snapshot.middlewares)
        if about == self._about:
            return
        self._about, self._targets = about, targets
        await self.reader.stop()
        self.reader.forget()
        self.renew()
        rounds = math.ceil(len(targets) / _AT_ONCE)
        self.reader.pace = replace(self.reader.pace, deadline=max(DEADLINE, rounds * _EACH))
        self.reader.ask(self._clock.ticks())

    async def _read(self) -> tuple[ProbeAnswer, ...]:
        if self._source is None:
            return ()
        if due := {ticks for ticks in self._renewals if ticks <= self._clock.ticks()}:
            self._renewals -= due
            await self._source.forget()
        return await self._source.read(self._targets)


def _unanswered(answers: tuple[ProbeAnswer, ...]) -> str:
    """Why nothing is known, empty as soon as one answered: then it is that route's trouble and not the probe's."""
    if not answers or any(one.status for one in answers):
        return ""
    if len(answers) == 1:
        return f"its only request was not answered: {answers[0].error}"
    return f"none of its {len(answers)} requests was answered; the first: {answers[0].error}"

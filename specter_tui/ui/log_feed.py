"""The logs that a person chose: whose, from where on, with which filter, and the lines of them that are kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace

from specter_tui.core.errors import SourceError
from specter_tui.core.logs import WINDOWS, FollowRequest, LogBatch, LogBuffer, LogLine, LogTarget, LogWindow
from specter_tui.core.ports import ContainerTools
from specter_tui.ui.filters import Filter
from specter_tui.ui.log_query import parse_log_filter
from specter_tui.ui.present.log_title import Logged

Tools = Callable[[], Awaitable[ContainerTools]]


class LogFeed:
    """Reads while `run` runs; `came(first)` is called with the number of the first line that changed.

    `first` is None for another buffer, and for news that are no lines. `cleared` lines do not come back with another
    filter, but with another window: that asks for older ones.
    """

    def __init__(self, came: Callable[[int | None], None]) -> None:
        self._came = came
        self.targets: tuple[LogTarget, ...] = ()
        self.window: LogWindow = WINDOWS[0]
        self.filter: Filter[LogLine] = parse_log_filter("")
        self.buffer = LogBuffer()
        self._after = ""
        self._logged = Logged()
        self._anew = True  # the next lines are other ones, not more of these

    @property
    def key(self) -> str:
        """The ids of the containers, with blanks between."""
        return " ".join(one.id for one in self.targets)

    @property
    def logged(self) -> Logged:
        """What the title tells, as far as it is known here."""
        return replace(
            self._logged,
            names=tuple(one.name for one in self.targets),
            window=self.window.label,
            kept=len(self.buffer),
            dropped=self.buffer.dropped,
            filter=self.filter.text,
        )

    def choose(self, targets: tuple[LogTarget, ...]) -> None:
        """Other containers, without the filter for those before."""
        self.targets, self.filter = targets, parse_log_filter("")
        self._begin(after="")

    def look_back(self, window: LogWindow) -> None:
        """Another window."""
        self.window = window
        self._begin(after="")

    def sift(self, wanted: Filter[LogLine]) -> None:
        """Another filter."""
        self.filter = wanted
        self._begin(after=self._after)

    def _begin(self, *, after: str) -> None:
        self._after, self._anew, self._logged = after, True, Logged()

    def clear(self) -> None:
        """Forgets the lines that are there."""
        self._after = self.buffer.latest or self._after
        self.buffer.clear()
        self._logged = replace(self._logged, skipped=0)
        self._came(None)

    def mark(self) -> None:
        """Draws a line below the last one."""
        self._came(self.buffer.mark())

    def fail(self, sentence: str) -> None:
        """Says what is wrong; an empty sentence: nothing is any more."""
        if sentence != self._logged.failure:
            self._logged = replace(self._logged, failure=sentence)
            self._came(None)

    async def run(self, tools: Tools) -> None:
        """Reads on from the last line, or anew; the old lines stay until the first answer, so nothing flickers."""
        after = self._after if self._anew else self.buffer.latest or self._after
        request = FollowRequest(self.targets, self.window, keep=self.filter or None, after=after)
        try:
            async with aclosing((await tools()).follow(request)) as batches:
                async for batch in batches:
                    self._take(batch)
        except SourceError as error:
            self.fail(error.sentence())

    def _take(self, batch: LogBatch) -> None:
        if self._anew:
            self._anew = False
            self.buffer = LogBuffer(merge=len(self.targets) > 1)
            self._came(None)
        self._logged = self._logged.after(batch)
        self._came(self.buffer.extend(batch.lines) if batch.lines else None)

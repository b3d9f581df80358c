"""What one container uses, below its detail: asked for every two seconds as long as somebody sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from specter_tui.core.errors import SourceError
from specter_tui.core.model import ContainerDetail
from specter_tui.core.ports import ContainerTools
from specter_tui.core.stats import UsageHistory
from specter_tui.ui.live import LivePart
from specter_tui.ui.navigate import navigator
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import EMPTY, Line, Piece, Role, fit, outside
from specter_tui.ui.present.inspection import inspected, restarts_line
from specter_tui.ui.present.usage import usage_lines

EVERY: Final = 2.0  # seconds
_RESTS: Final = 0.4  # seconds for which the cursor stays on a container before the engine is asked about it
_INSPECTED: Final = 5  # samples between two inspections
_LINES: Final = 5  # always as many: what comes later may not push the detail


class UsageBar(LivePart):
    """Lines about one container, chosen by its id; `told` is called when an inspection told something new."""

    def __init__(self, options: UiOptions, told: Callable[[], None]) -> None:
        super().__init__(self._lines_of, id="usage")
        self._options = options
        self._told = told
        self._container = ""
        self._history = UsageHistory()
        self._detail: ContainerDetail | None = None
        self._read = False
        self._error = ""

    @property
    def more(self) -> tuple[Line, ...]:
        """What only the inspection tells."""
        return () if self._detail is None else tuple(inspected(self._detail, self._options.glyphs))

    def choose(self, key: str) -> None:
        """Begins anew with another container."""
        if key != self._container:
            self._container = key
            self._history, self._detail = UsageHistory(), None
            self._read, self._error = False, ""
            self._begin()

    def on_show(self) -> None:
        """Somebody sees it."""
        self._begin()

    def on_hide(self) -> None:
        """Nobody sees it any more."""
        self.workers.cancel_group(self, "usage")

    def _begin(self) -> None:
        self.show()
        if self.size.width and self._container:
            self.run_worker(self._watch(self._container), group="usage", exclusive=True, exit_on_error=False)

    async def _watch(self, container: str) -> None:
        await asyncio.sleep(_RESTS)
        turn = 0
        while True:
            if self.app.screen is self.screen:
                try:
                    await self._ask(await navigator(self).tools(), container, inspect=turn % _INSPECTED == 0)
                except SourceError as error:
                    self._error = error.sentence()
                turn += 1
                self.show()
            await asyncio.sleep(EVERY)

    async def _ask(self, tools: ContainerTools, container: str, *, inspect: bool) -> None:
        if inspect:
            detail = await tools.inspect(container)
            if detail != self._detail:
                self._detail = detail
                self._told()
        self._history.add(await tools.sample(container))
        self._read, self._error = True, ""

    def _lines_of(self, width: int) -> tuple[Line, ...]:
        glyphs = self._options.glyphs
        lines: list[Line] = []
        if self._error:
            lines = [(Piece(f" {glyphs.unknown} ", Role.OFF), outside(self._error, Role.WARN))]
        elif not self._read:
            lines = [(Piece(" asking what it uses", Role.MUTED),)]
        else:
            lines = list(usage_lines(tuple(self._history), width, glyphs))
        now = max((one.at for one in self._history), default=None)
        if self._detail is not None and (when := now or self._detail.finished_at or self._detail.started_at):
            lines.append(restarts_line(self._detail, when))
        lines += [EMPTY] * (_LINES - len(lines))
        return tuple(fit(line, width, glyphs.ellipsis) for line in lines)

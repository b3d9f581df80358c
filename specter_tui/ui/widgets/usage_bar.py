"""What one container uses, above its detail: asked for every two seconds as long as somebody sees it."""

from __future__ import annotations

import asyncio
from typing import Final

from specter_tui.core.errors import SourceError
from specter_tui.core.model import ContainerDetail
from specter_tui.core.ports import ContainerTools
from specter_tui.core.stats import UsageHistory
from specter_tui.ui.navigate import navigator
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Line, Piece, Role, fit, outside
from specter_tui.ui.present.usage import inspection_lines, usage_lines
from specter_tui.ui.widgets.line_bar import LineBar

EVERY: Final = 2.0  # seconds
_INSPECTED: Final = 5  # samples between two inspections


class UsageBar(LineBar):
    """Lines about the container with that id."""

    def __init__(self, container: str, options: UiOptions) -> None:
        super().__init__(self._lines_of, id="usage")
        self._container = container
        self._options = options
        self._history = UsageHistory()
        self._detail: ContainerDetail | None = None
        self._read = False
        self._error = ""

    def on_mount(self) -> None:
        """Begins to ask."""
        self.show()
        self.run_worker(self._watch(), group="usage", exit_on_error=False)

    async def _watch(self) -> None:
        turn = 0
        while True:
            if self.app.screen is self.screen:
                try:
                    await self._ask(await navigator(self).tools(), inspect=turn % _INSPECTED == 0)
                except SourceError as error:
                    self._error = error.sentence()
                turn += 1
                self.show()
            await asyncio.sleep(EVERY)

    async def _ask(self, tools: ContainerTools, *, inspect: bool) -> None:
        if inspect:
            self._detail = await tools.inspect(self._container)
        self._history.add(await tools.sample(self._container))
        self._read, self._error = True, ""

    def _lines_of(self, width: int) -> tuple[Line, ...]:
        glyphs = self._options.glyphs
        if self._error:
            lines: list[Line] = [(Piece(f" {glyphs.unknown} ", Role.OFF), outside(self._error, Role.WARN))]
        elif not self._read:
            lines = [(Piece(" asking what it uses", Role.MUTED),)]
        else:
            lines = list(usage_lines(tuple(self._history), width, glyphs))
        now = max((one.at for one in self._history), default=None)
        if self._detail is not None and (when := now or self._detail.finished_at or self._detail.started_at):
            lines += inspection_lines(self._detail, when)
        return tuple(fit(line, width, glyphs.ellipsis) for line in lines)

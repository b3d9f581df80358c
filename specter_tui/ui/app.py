"""The application: one snapshot, one poller; views get the snapshot bound and only render."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.reactive import var
from textual.worker import Worker, WorkerState

from specter_tui.core.errors import SourceError, SpecterError
from specter_tui.ui.acting.acting import ACTING, Acting, MakeDesk
from specter_tui.ui.collector import CollectorLike, MakeCollector, MakeTools, Propose
from specter_tui.ui.commands import Scope
from specter_tui.ui.keymap import bindings
from specter_tui.ui.options import UiOptions
from specter_tui.ui.palette import Palette, RegistryCommands
from specter_tui.ui.present.base import ASCII, TEXT_LIMIT, Line, Piece, Role, clock, outside, title_line
from specter_tui.ui.present.wrap import wrapped_to
from specter_tui.ui.screens.steady import MainScreen
from specter_tui.ui.signals import end_on_signals, end_without_terminal, last_resort
from specter_tui.ui.theme import DARK, LIGHT, THEMES
from specter_tui.ui.views.catalog import START
from specter_tui.ui.widgets.line_bar import LineBar
from specter_tui.ui.widgets.paint import spread

if TYPE_CHECKING:  # the model costs a tenth of the time to the first frame, which shows none of it
    from specter_tui.core.changes import Change
    from specter_tui.core.ports import ContainerTools
    from specter_tui.core.snapshot import Snapshot
    from specter_tui.ui.views.view import View

TICK: Final = 10.0  # seconds between two looks at the ages
RETRY: Final = 5.0  # seconds after which a poller that broke is started again
_ERROR_ROWS: Final = 3  # rows of the screen for one error at most
_PAINT: Final = 1.0  # seconds
_CLOSE: Final = 2.0  # seconds that the collector gets to free what it holds
_STYLES: Final = Path(__file__).parent / "styles"


class SpecterApp(Acting, inherit_bindings=False):
    """The dashboard. Its keys are the registry's alone: Textual's own would come before what a person chose."""

    TITLE = "specter"
    CSS_PATH: ClassVar = [_STYLES / "base.tcss", _STYLES / "views.tcss", _STYLES / "pages.tcss"]
    COMMANDS: ClassVar = {RegistryCommands}
    COMMAND_PALETTE_BINDING = "no-key-of-textual"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.APP, Scope.BROWSE), *bindings(Scope.PAGE, only=ACTING)]

    snapshot: var[Snapshot | None] = var(None)
    proposal: var[tuple[str, ...]] = var(())
    changes: var[tuple[Change, ...]] = var(())  # the newest first

    def __init__(
        self,
        make_collector: MakeCollector,
        options: UiOptions,
        *,
        make_tools: MakeTools | None = None,
        make_desk: MakeDesk | None = None,
        context: str = "",
        propose: Propose | None = None,
    ) -> None:
        super().__init__(options, make_desk)
        self._make_collector = make_collector
        self._make_tools = make_tools
        self._tools: ContainerTools | None = None
        self._propose = propose
        self._collector: CollectorLike | None = None
        self.person_keys = options.keymap
        self._context_name = context
        self._received = 0.0  # the monotonic clock when the snapshot came
        self._go = asyncio.Event()  # clear while paused
        self._go.set()
        self._paused_at: datetime | None = None
        self._poll_error = ""
        self._poll_error_at: datetime | None = None
        # What the ages on the screen are true for: the moment, and the snapshot as far as its sources go. Every failed
        # read moves the time of the next try, which is worth no line in between.
        self._ages_at: datetime | None = None
        self._aged: Snapshot | None = None
        self._statuses: tuple[object, ...] = ()
        self._proposing = False
        self._header_bar, self._banner_bar = LineBar(self._header, id="header"), LineBar(self._banner, id="banner")
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK
        self.animation_level = "none"
        self.set_class(options.glyphs is ASCII, "-ascii")
        self.set_keymap(options.keymap.overrides())

    def get_default_screen(self) -> MainScreen:
        """The screen under all pages."""
        return MainScreen()

    def compose(self) -> ComposeResult:
        """Header, tabs, banner, the key bar; the views come between them after the first frame."""
        yield self._header_bar
        yield self._tabs
        yield self._banner_bar
        yield self._key_bar

    def on_mount(self) -> None:
        """The first frame is painted before the views, the model and any SDK are imported."""
        if not self.is_headless:
            end_on_signals(self._leave)
            end_without_terminal(self._leave)
        self._show_bars()
        self.call_after_refresh(self.start)
        self.set_interval(TICK, self._tick)

    def _leave(self, code: int) -> None:
        self.exit(return_code=code)

    async def start(self) -> None:
        """What follows the first frame: the poller, whose imports run in a thread, and the first view."""
        self.poll()
        from specter_tui.ui.views.workspace import Workspace

        workspace = Workspace(self._options, self._switched)
        workspace.data_bind(SpecterApp.snapshot, SpecterApp.proposal, SpecterApp.changes)
        await self.mount(workspace, before="KeyBar")
        self._workspace = workspace
        await workspace.visit(self._first)

    # The poller

    @work(exclusive=True, group="poll", exit_on_error=False)
    async def poll(self) -> None:
        """Collects, shows, waits until something is due; the next collection starts after the last one ended."""
        if self._collector is None:
            self._collector = await asyncio.to_thread(self._prepared)
        collector = self._collector
        while True:
            snapshot = await collector.collect()
            self._take(snapshot)
            await self._painted()
            self._rest.look()
            await collector.wait()
            await self._go.wait()

    async def _painted(self) -> None:
        """Returns when the screen shows what was taken: a join in another thread would double the time of the paint."""
        with suppress(TimeoutError):  # nothing is painted while the program is suspended
            async with asyncio.timeout(_PAINT):
                for _ in range(2):  # at the first the widgets may not yet have told the screen that they changed
                    painted = asyncio.Event()
                    self.call_after_refresh(painted.set)
                    await painted.wait()

    def _prepared(self) -> CollectorLike:
        """The collector; what the key bar asks with the first snapshot is loaded in the same thread."""
        import specter_tui.ui.acting.offers  # noqa: F401  to have it loaded

        return self._make_collector()

    def _take(self, snapshot: Snapshot) -> None:
        self._received = time.monotonic()
        self._poll_error, self._poll_error_at = "", None
        if self._paused_at is not None:
            self._go.clear()
        from specter_tui.core.changes import changes, remembered  # loaded with the first snapshot
        from specter_tui.ui.status import statuses as statuses_of

        statuses = statuses_of(snapshot)
        if self.snapshot is not None:
            self.changes = remembered(self.changes, changes(self.snapshot, snapshot))
        self.snapshot = snapshot
        self._tell_interrupted(snapshot)
        if statuses != self._statuses or self._ages_at is None:
            self._statuses = statuses
            self._ages_at, self._aged = snapshot.taken_at, snapshot
        self._show_bars()
        if self._propose is not None and not snapshot.routes and not self._proposing and not self.proposal:
            self._proposing = True
            self.look_for_traefik(self._propose)

    @work(group="propose", exit_on_error=False)
    async def look_for_traefik(self, propose: Propose) -> None:
        """Asks for the lines of configuration that would make Traefik readable."""
        self.proposal = tuple(await propose())

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker that broke says why; the poller is started again: an error neither ends the app nor vanishes."""
        if event.state is not WorkerState.ERROR:
            return
        error = event.worker.error
        sentence = error.sentence() if isinstance(error, SpecterError) else f"{type(error).__name__}: {error}"
        if event.worker.group == "propose":
            self.proposal = (f"# nothing could be proposed: {sentence}",)
        elif event.worker.group == "poll":
            self._poll_error, self._poll_error_at = sentence, self._poll_error_at or self._now()
            self._show_bars()
            self.set_timer(RETRY, self.poll)

    async def on_unmount(self) -> None:
        """Frees the collector's connections; one that hangs may not keep the terminal."""
        for held in (self._tools, self._collector):
            if held is not None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_CLOSE):
                        await held.close()

    def _seen(self) -> Snapshot | None:
        return self.snapshot

    def _acted(self) -> None:
        self.action_refresh()

    # Header and banner

    def _now(self) -> datetime | None:
        """The snapshot's own time, moved on by how long ago it came: the ui reads no wall clock."""
        if self.snapshot is None:
            return None
        return self.snapshot.taken_at + timedelta(seconds=int(time.monotonic() - self._received))

    def _tick(self) -> None:
        self._rest.look()
        self._ages_at, self._aged = self._now(), self.snapshot
        self._show_bars()

    def _show_bars(self) -> None:
        self._header_bar.show()
        self._banner_bar.show()

    def _told(self) -> tuple[Snapshot, datetime] | None:
        """The snapshot with its sources as they were at the last tick, and that moment."""
        if self.snapshot is None or self._aged is None or self._ages_at is None:
            return None
        return replace(self.snapshot, sources=self._aged.sources), self._ages_at

    def _header(self, width: int) -> tuple[Line, ...]:
        told = self._told()
        if told is None:
            left = (Piece(" "), *title_line(self._context_name, "", self._options.glyphs))
            return (spread(left, (), width, self._options.glyphs),)
        from specter_tui.ui import status  # loaded with the first snapshot

        noted = status.notes(self._paused_at, told[1], self.acting_sign)
        return (status.header(*told, noted, self._options, width),)

    def _banner(self, width: int) -> tuple[Line, ...]:
        lines = self._poller_lines(width)
        told = self._told()
        if told is None:
            unread = (Piece(f" {self._options.glyphs.unknown} nothing read yet", Role.OFF),)
            return lines or (unread,)
        from specter_tui.ui import status  # loaded with the first snapshot

        home = self.view is not None and self.view.kind == START
        return (*lines, *status.banner(*told, self._options, width, summary=not home))

    def _poller_lines(self, width: int) -> tuple[Line, ...]:
        """The error of the program's own refresh, which no source answers for."""
        if not self._poll_error:
            return ()
        at = self._poll_error_at
        since = f" since {clock(at, at)}" if at else ""
        line = (
            Piece(f" {self._options.glyphs.bad} refresh failed{since}: ", Role.BAD),
            outside(self._poll_error, limit=TEXT_LIMIT),
            Piece("; tried again every few seconds", Role.MUTED),
        )
        return tuple(wrapped_to(line, width, _ERROR_ROWS, self._options.glyphs.ellipsis))

    def _switched(self, view: View) -> None:
        super()._switched(view)
        self._banner_bar.show()  # the first screen says itself what the banner says elsewhere

    async def tools(self) -> ContainerTools:
        """What looks at single containers; made when it is first asked for. Raises SourceError where there is none."""
        if self._make_tools is None:
            raise SourceError("there is no container engine to ask", "set host in [docker]")
        if self._tools is None:
            made = await asyncio.to_thread(self._make_tools)
            self._tools = self._tools or made  # two may have asked at once
        return self._tools

    # Commands

    def action_refresh(self) -> None:
        """Reads everything now, also while paused: then once."""
        self._proposing = False
        if self._collector is not None:
            self._collector.wake()
            self._go.set()

    def action_pause(self) -> None:
        """Stops reading, or goes on."""
        if self._paused_at is None:
            self._paused_at = self._now()
            if self._paused_at is not None:
                self._go.clear()
        else:
            self._paused_at = None
            self._go.set()
        self._show_bars()

    def action_palette(self) -> None:
        """Every command by its name."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def action_theme(self) -> None:
        """The other theme."""
        self.theme = LIGHT if self.theme == DARK else DARK

    def action_help(self) -> None:
        """Every key that works; the same key closes it."""
        from specter_tui.ui.screens.help import HelpPage  # loaded when it is asked for

        if isinstance(self.screen, HelpPage):
            self.screen.dismiss(None)
        else:
            self.push_screen(HelpPage(self._options, self._scope))

    async def action_quit(self) -> None:
        """Ends the dashboard."""
        if not self.is_headless:
            last_resort(0)
        self.exit(return_code=0)

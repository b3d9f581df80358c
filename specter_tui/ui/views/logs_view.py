"""What containers write, as it is written: one container or several, with search, filter and marks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer
from textual.worker import Worker, WorkerState

from specter_tui.core.logs import WINDOWS, LogTarget
from specter_tui.core.snapshot import Snapshot
from specter_tui.ui.commands import Scope, command
from specter_tui.ui.filters import FilterError
from specter_tui.ui.history import Place
from specter_tui.ui.keymap import MOVES, bindings
from specter_tui.ui.log_feed import LogFeed
from specter_tui.ui.log_query import Finder, parse_log_filter
from specter_tui.ui.navigate import navigator
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Line
from specter_tui.ui.present.log_title import title_lines
from specter_tui.ui.present.logs import NAME_WIDTH, LogStyle
from specter_tui.ui.views.view import News, View
from specter_tui.ui.widgets.line_bar import LineBar
from specter_tui.ui.widgets.log_pane import LogPane

_TYPED: Final = 0.3  # seconds after the last letter of a filter until the logs are read anew with it
_PAINTED: Final = 0.2  # seconds from one drawing of new lines to the next: nobody reads faster, and lines may be slow
_FILTER_HINT: Final = "words  /regex/  !not  from:wiki  stream:stderr"
_FIND_HINT: Final = "words, or a /regex/; n and N go from match to match"


class LogsView(View):
    """Follows the logs of the chosen containers while it is shown; keeps its lines while it is hidden."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LOGS, but=MOVES | {"mark-row"})
    scope = Scope.LOGS

    def __init__(self, options: UiOptions) -> None:
        super().__init__("logs")
        self._options = options
        self._snapshot: Snapshot | None = None
        self._feed = LogFeed(self._came)
        self._changed: int | None = None  # the first line that is not drawn as it is now
        self._painting: Timer | None = None
        self._worker: Worker[None] | None = None
        self._typing: Timer | None = None
        self._typed = ""
        self._finder: Finder | None = None
        self._style = LogStyle(options.glyphs)
        self.pane = LogPane(self._style, self._show_title)
        self._title = LineBar(self._title_lines, id="logs-title")

    def compose(self) -> ComposeResult:
        """The title and the lines."""
        self._title.add_class("title")
        yield self._title
        yield self.pane

    # The workspace

    def take(self, news: News) -> None:
        """Keeps the names of the containers."""
        self._snapshot = news.snapshot

    @property
    def place(self) -> Place:
        """The containers and the filter."""
        return Place(self.kind, self._feed.key, self._feed.filter.text)

    def restore(self, place: Place) -> None:
        """The same containers with the same filter, read on from where it was left."""
        if place.key and place.key != self._feed.key:
            self.go_to(place.key)
        if place.filter != self._feed.filter.text:
            self.take_filter(place.filter)

    def go_to(self, key: str) -> bool:
        """Shows the logs of these containers, given by id with blanks between; False when there is none of them."""
        names = {one.id: one.name for one in self._snapshot.containers} if self._snapshot else {}
        targets = tuple(LogTarget(one, names[one]) for one in key.split() if one in names)
        if targets and targets != self._feed.targets:
            widest = max(len(one.name) for one in targets) if len(targets) > 1 else 0
            self._style = replace(self._style, names=min(NAME_WIDTH, widest))
            self._feed.choose(targets)
            self._read()
        return bool(targets)

    def take_focus(self) -> None:
        """The lines."""
        self.screen.set_focus(self.pane)

    def on_show(self) -> None:
        """Reads on from the last line; with no container chosen it asks which."""
        if not self._feed.targets:
            if self.app.screen is self.screen:
                self.action_choose()
        elif self._worker is None:
            self._read()

    def on_hide(self) -> None:
        """Nobody looks: nothing is read."""
        self._stop()

    # Reading

    def _read(self) -> None:
        self._stop()
        if self.display:
            self._worker = self.run_worker(self._feed.run(navigator(self).tools), group="logs", exit_on_error=False)
        self._show_title()

    def _stop(self) -> None:
        if self._worker is not None:
            self._worker.cancel()
            self._worker = None

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A reader that broke says so."""
        if event.worker is self._worker and event.state is WorkerState.ERROR:
            error = event.worker.error
            self._feed.fail(f"{type(error).__name__}: {error}; press 0 to read again")

    # Drawing

    def _came(self, first: int | None) -> None:
        """New lines: drawn at once, and in a flood now and then."""
        if self.pane.buffer is not self._feed.buffer:
            self.pane.show(self._feed.buffer, self._style)
        elif first is not None:
            self._changed = first if self._changed is None else min(self._changed, first)
        if self._painting is None:
            self._paint()

    def _paint(self) -> None:
        self._painting = None
        if self._changed is not None:
            self.pane.update(self._changed)
            self._changed = None
            self._painting = self.set_timer(_PAINTED, self._paint)
        self._show_title()

    def _show_title(self) -> None:
        self._title.show()

    def _title_lines(self, width: int) -> tuple[Line, ...]:
        logged = replace(
            self._feed.logged,
            following=self.pane.following,
            below=self.pane.below,
            find="" if self._finder is None else self._finder.text,
        )
        return tuple(title_lines(logged, width, self._options.glyphs))

    # Commands

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key is a letter while something is typed; what needs a match works once there is something to look for."""
        if action in {"filter", "find"}:
            return self.screen.focused is self.pane  # known at once, unlike has_focus: the key bar asks right away
        if action in {"find_next", "find_previous"}:
            return self._finder is not None
        return super().check_action(action, parameters)

    def action_since(self, key: str) -> None:
        """From where on the logs are read; what was cleared comes back with it."""
        self._feed.look_back(next(one for one in WINDOWS if one.key == key))
        self._read()

    def action_no_view(self) -> None:
        """The digits of views that are none here."""
        keys = self._options.keymap
        navigator(self).say(f"digits choose since here: 0 to 6; {keys.shown(command('back'))} leaves the logs first")

    def action_follow(self) -> None:
        """Keeps the newest line on the screen, or stands still."""
        self.pane.follow(on=not self.pane.following)

    def action_timestamps(self) -> None:
        """Shows when each line was written, or not."""
        self._restyle(replace(self._style, timestamps=not self._style.timestamps))

    def action_wrap(self) -> None:
        """Long lines go on in the next row, or are cut."""
        self._restyle(replace(self._style, wrap=not self._style.wrap))

    def action_colour_codes(self) -> None:
        """Shows the codes of colours as text, or leaves them out."""
        self._restyle(replace(self._style, colours=not self._style.colours))
        navigator(self).say("colour codes are " + ("shown" if self._style.colours else "left out"))

    def _restyle(self, style: LogStyle) -> None:
        self._style = style
        self.pane.show(self._feed.buffer, style)
        self._show_title()

    def action_mark(self) -> None:
        """A line below the last one."""
        self._feed.mark()

    def action_clear(self) -> None:
        """Begins with what is written from now on."""
        self._feed.clear()
        self.pane.show(self._feed.buffer, self._style)
        self._show_title()

    def action_copy(self) -> None:
        """The lines on the screen."""
        navigator(self).copy(self.pane.text, "the lines on the screen")

    def action_choose(self) -> None:
        """Asks whose logs are shown."""
        from specter_tui.ui.screens.log_choice import LogChoice  # loaded when it is asked for

        chosen = frozenset(one.id for one in self._feed.targets)
        self.app.push_screen(LogChoice(self._snapshot, chosen, self._options), self._chosen)

    async def _chosen(self, containers: tuple[str, ...] | None) -> None:
        if containers:
            self.go_to(" ".join(containers))
        elif not self._feed.targets:
            await navigator(self).step_back()

    async def action_back(self) -> None:
        """The search goes first, then the filter, then to where the person was."""
        if self._finder is not None:
            self._find("")
        elif self._feed.filter:
            self.take_filter("")
        else:
            await navigator(self).step_back()

    # Filter and search

    async def action_filter(self) -> None:
        """Opens the line in which the filter is typed."""
        await self._ask(self._feed.filter.text, self._type_filter, _FILTER_HINT)

    async def action_find(self) -> None:
        """Opens the line in which is typed what is looked for."""
        self.pane.forget_match()
        await self._ask("" if self._finder is None else self._finder.text, self._find, _FIND_HINT)

    async def _ask(self, text: str, changed: Callable[[str], None], hint: str) -> None:
        from specter_tui.ui.widgets.filter_line import FilterLine  # loaded with the first filter

        await self.query(FilterLine).remove()
        line = FilterLine(text, changed=changed, leave=self._leave_line, hint=hint)
        await self.mount(line, after=self._title)
        self.screen.set_focus(line)

    def _leave_line(self) -> None:
        self.take_focus()
        self.query("FilterLine").remove()
        if self._typing is not None:
            self._typing.stop()
            self.take_filter(self._typed)
        elif self._finder is not None:
            self._seek(-1)

    def _type_filter(self, text: str) -> None:
        self._typed = text
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(_TYPED, lambda: self.take_filter(text))

    def take_filter(self, text: str) -> None:
        """Reads anew what passes a filter; one that can't be understood leaves the last one and says why."""
        self._typing = None
        try:
            wanted = parse_log_filter(text)
        except FilterError as error:
            self._feed.fail(error.message)
            return
        self._feed.fail("")
        if wanted.text != self._feed.filter.text:
            self._feed.sift(wanted)
            self._read()

    def _find(self, text: str) -> None:
        try:
            self._finder = Finder(text) if text else None
        except FilterError as error:
            self._feed.fail(error.message)
            return
        self._feed.fail("")
        self.pane.forget_match()
        self._restyle(replace(self._style, find=None if self._finder is None else self._finder.spans))

    def action_find_next(self) -> None:
        """The next match further down."""
        self._seek(1)

    def action_find_previous(self) -> None:
        """The next match further up."""
        self._seek(-1)

    def _seek(self, step: int) -> None:
        if self._finder is None or self.pane.seek(self._finder, step):
            return
        keys = self._options.keymap
        other = keys.shown(command("find-previous" if step > 0 else "find-next"))
        navigator(self).say(f"no match further {'down' if step > 0 else 'up'}; {other} looks the other way")

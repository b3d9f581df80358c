"""Going round in the dashboard: views, pages, the history, the keys, the clipboard and the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.app import App

from specter_tui.ui.commands import Scope, command
from specter_tui.ui.options import UiOptions
from specter_tui.ui.rest import Rest
from specter_tui.ui.terminal import COPY_LIMIT, set_mouse
from specter_tui.ui.views.catalog import SPECS, START, VIEWS
from specter_tui.ui.widgets.key_bar import KeyBar
from specter_tui.ui.widgets.tab_bar import Tab, TabBar

if TYPE_CHECKING:  # before the first frame no view is loaded
    from specter_tui.ui.views.view import View
    from specter_tui.ui.views.workspace import Workspace


class Navigation(App[None]):
    """The part of the app that its views and pages know as their `Navigator`."""

    def __init__(self, options: UiOptions) -> None:
        super().__init__()
        self._options = options
        self._tabs = TabBar(_tabs(options), START, options.glyphs)
        self._key_bar = KeyBar(options.keymap, Scope.HOME)
        self._workspace: Workspace | None = None
        self._first = START  # a view that is asked for before there is any is the first one
        self._mouse_captured = True
        self._rest = Rest()

    async def on_event(self, event: events.Event) -> None:
        """Does a key's command before the next key is looked at.

        Textual sends a key to the focused widget first and runs its binding when it has bubbled back; of keys that
        come in one burst, over a slow line, the later ones would by then be on their way to where the person no
        longer is. Where text is typed, Textual's own order holds.
        """
        if isinstance(event, events.Key):
            self._rest.stirred()
            if self.view is not None:
                self.view.stirred()
            if not event.is_forwarded and await self._does(event.key):
                return
        await super().on_event(event)

    async def _does(self, key: str) -> bool:
        if self.focused is not None and self.focused.check_consume_key("a", "a"):
            return False  # text is typed there
        return await self._check_bindings(key, priority=True) or await self._check_bindings(key)

    # Views and pages

    def _switched(self, view: View) -> None:
        self._tabs.show(view.kind)
        self._key_bar.show_for(view.scope)

    @property
    def view(self) -> View | None:
        """The view that is shown, None before the first one is."""
        return None if self._workspace is None else self._workspace.view

    @property
    def _scope(self) -> Scope:
        """Where the person is, as the commands call it."""
        if len(self.screen_stack) > 1:
            return Scope.PAGE
        return Scope.HOME if self.view is None else self.view.scope

    def _leave_pages(self) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()  # not awaited: this may run inside a page, which would wait for its own end

    async def visit(self, kind: str, key: str = "") -> None:
        """Leaves the pages and shows a view, with the cursor on the row of that key."""
        spec = SPECS[kind]
        if spec.make is None:
            self.say(spec.missing)
        elif self._workspace is None:
            self._first = kind
        else:
            self._leave_pages()
            if not await self._workspace.visit(kind, key):
                self.say(f"{key} is not there any more")

    async def step_back(self) -> None:
        """Goes to the place before this one."""
        await self.action_history("back")

    async def open_logs(self, containers: Sequence[str]) -> None:
        """Shows what these containers, given by id, write."""
        if not containers:
            self.say("no container stands behind this")
        else:
            await self.visit("logs", " ".join(containers))

    def say(self, text: str) -> None:
        """Shows a sentence for a moment."""
        for bar in self.screen.query(KeyBar):
            bar.say(text)

    def copy(self, text: str, what: str) -> None:
        """Puts a text into the clipboard of the person's terminal (OSC 52), and says so."""
        size = len(text.encode())
        if size > COPY_LIMIT:
            self.say(f"too long to copy: {size} bytes, terminals take {COPY_LIMIT}")
        else:
            self.copy_to_clipboard(text)
            self.say(f"copied {what}, if the terminal allows it (OSC 52)")

    # Commands

    async def action_view(self, kind: str) -> None:
        """Shows a view."""
        await self.visit(kind)

    async def action_history(self, direction: str) -> None:
        """A step back or forward through the places where the person was."""
        if self._workspace is not None:
            self._leave_pages()
            if not await self._workspace.step(direction):
                self.say("nothing before this" if direction == "back" else "nothing after this")

    def action_select_text(self) -> None:
        """Lets the terminal select text with the mouse; again takes the mouse back."""
        self._mouse_captured = not self._mouse_captured
        set_mouse(self, captured=self._mouse_captured)
        key = self._options.keymap.shown(command("select-text"))
        self.say("the mouse is ours again" if self._mouse_captured else f"the mouse selects text; {key} takes it back")


def _tabs(options: UiOptions) -> list[Tab]:
    """The views in the order of their digits, with the keys that this person uses."""
    return [
        Tab(spec.kind, options.keymap.shown(command(f"view.{spec.kind}")), spec.title, spec.short)
        for spec in VIEWS
        if spec.tab and spec.make is not None
    ]

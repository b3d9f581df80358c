"""The first screen: the answer first, and the detail of the line at the cursor beside it where there is room."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from specter_tui.ui.commands import Scope
from specter_tui.ui.history import Place
from specter_tui.ui.keymap import MOVES, bindings
from specter_tui.ui.navigate import navigator
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Piece, Role
from specter_tui.ui.present.home import home_entries
from specter_tui.ui.present.kinds.every import RESOURCES
from specter_tui.ui.present.kinds.findings import FINDINGS
from specter_tui.ui.present.welcome import empty_page, reading_page
from specter_tui.ui.views.view import WIDE, News, View
from specter_tui.ui.widgets.link_list import LinkList
from specter_tui.ui.widgets.text_pane import TextPane


class HomeView(View):
    """What needs the person, what soon, how things stand, what changed last."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.HOME, but=MOVES)
    scope = Scope.HOME

    def __init__(self, options: UiOptions) -> None:
        super().__init__("home")
        self._options = options
        self._news = News()
        self.list = LinkList(options.glyphs, moved=self._show_detail, id="home-list")
        self.pane = TextPane(id="home-detail")
        self._empty = TextPane(id="home-empty")

    def compose(self) -> ComposeResult:
        """The list and the detail; the page that says why there is nothing to tell lies hidden."""
        self.pane.add_class("detail")
        self._empty.add_class("empty")
        with Horizontal(classes="body"):
            yield self.list
            yield self.pane
        yield self._empty

    def on_resize(self, event: events.Resize) -> None:
        """Another size: other lines fit."""
        self.set_class(event.size.width >= WIDE, "-wide")
        if self.has_keys(self.pane) and not self.has_class("-wide"):
            self.take_focus()
        self._show()

    def take(self, news: News) -> None:
        """Shows a snapshot and what changed."""
        self._news = news
        self._show()

    @property
    def chosen(self) -> tuple[str, str] | None:
        """What the line at the cursor is about."""
        target = self.list.target
        return None if target is None else (target.kind, target.key)

    @property
    def place(self) -> Place:
        """The line at the cursor."""
        return Place(self.kind)

    def take_focus(self) -> None:
        """The list, or the page that says why there is none."""
        self.screen.set_focus(self._empty if self.has_class("-empty") else self.list)

    def _show(self) -> None:
        snapshot = self._news.snapshot
        nothing = snapshot is None or not (snapshot.routes or snapshot.containers or snapshot.findings)
        if nothing != self.has_class("-empty"):
            had_focus = self.has_keys(self.list, self.pane, self._empty)
            self.set_class(nothing, "-empty")
            if had_focus:
                self.take_focus()
        if snapshot is None:
            self._empty.show("reading", reading_page())
        elif nothing:
            self._empty.show("empty", empty_page(snapshot, self._news.proposal, self._options.glyphs))
        else:
            width = self.list.size.width or self.size.width
            entries = home_entries(snapshot, self._news.changes, self.size.height, width, self._options.glyphs)
            self.list.show(entries)
            self._show_detail()

    def _show_detail(self) -> None:
        target, snapshot = self.list.target, self._news.snapshot
        if snapshot is None or not self.has_class("-wide"):
            return
        resource = None if target is None else RESOURCES.get(target.kind)
        item = None if resource is None or target is None else resource.find(snapshot, target.key)
        if resource is None or item is None:
            words = "" if resource is None else f"enter shows {resource.title}"
            self.pane.show(words, ((Piece(words, Role.MUTED),),))
        else:
            self.pane.show(resource.key(item), resource.detail(item, snapshot, self._options.glyphs))

    # Commands

    @on(LinkList.Opened)
    async def action_open(self) -> None:
        """A finding is explained; anything else leads to its view."""
        target, snapshot = self.list.target, self._news.snapshot
        if target is None or snapshot is None:
            return
        finding = FINDINGS.find(snapshot, target.key) if target.kind == FINDINGS.id else None
        if finding is None:
            await navigator(self).visit(target.kind, target.key)
            return
        if self.has_class("-wide"):
            self.screen.set_focus(self.pane)
            return
        from specter_tui.ui.screens.item_pages import ItemPage  # loaded with the first page

        self.app.push_screen(ItemPage(FINDINGS, finding, snapshot, self._options))

    def action_copy(self) -> None:
        """The name in the line."""
        if (target := self.list.target) is not None and target.name:
            navigator(self).copy(target.name, target.name)

    async def action_back(self) -> None:
        """From the pane to the list; then to where the person was."""
        if self.has_keys(self.pane):
            self.take_focus()
        else:
            await navigator(self).step_back()

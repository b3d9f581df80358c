"""The first screen: the answer first, and the detail of the line at the cursor beside it where there is room."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import BindingType

from specter_tui.ui.commands import Scope
from specter_tui.ui.history import Place
from specter_tui.ui.keymap import MOVES, bindings
from specter_tui.ui.navigate import navigator
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Piece, Role
from specter_tui.ui.present.home import home_entries
from specter_tui.ui.present.kinds.every import RESOURCES
from specter_tui.ui.present.kinds.findings import FINDINGS
from specter_tui.ui.present.welcome import empty_page
from specter_tui.ui.views.split import SplitView
from specter_tui.ui.views.view import News
from specter_tui.ui.widgets.link_list import LinkList


class HomeView(SplitView):
    """What needs the person, what soon, how things stand, what changed last."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.HOME, but=MOVES)
    scope = Scope.HOME

    def __init__(self, options: UiOptions) -> None:
        super().__init__("home", options)
        self._news = News()
        self._keys = {kind: options.keymap.first(f"view.{kind}") for kind in ("doctor", "hosts")}
        self.list = LinkList(options.glyphs, moved=self._show_detail, id="home-list")

    @property
    def rows(self) -> LinkList:
        """The lines."""
        return self.list

    def _resized(self) -> None:
        self._show()  # other lines fit

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

    def _show(self) -> None:
        snapshot = self._news.snapshot
        if snapshot is None or not (snapshot.routes or snapshot.containers or snapshot.findings):
            why = () if snapshot is None else empty_page(snapshot, self._news.proposal, self._glyphs)
            self._show_empty(snapshot, empty=True, why=why)
            return
        self._show_empty(snapshot, empty=False, why=())
        width = self.list.size.width or self.size.width
        size = (self.size.height, width)
        self.list.show(home_entries(snapshot, self._news.changes, size, self._keys, self._glyphs))
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
            self.pane.show(resource.key(item), resource.detail(item, snapshot, self._glyphs))

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

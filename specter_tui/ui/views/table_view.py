"""The view of any kind of thing: a table with a filter, and the detail of its row beside it or as a page."""

from __future__ import annotations

import operator
from typing import ClassVar, Final, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from specter_tui.core.snapshot import Snapshot, SourceName
from specter_tui.ui.arranged import Arranged
from specter_tui.ui.commands import Scope
from specter_tui.ui.filters import Filter, FilterError, parse_filter
from specter_tui.ui.history import Place
from specter_tui.ui.keymap import MOVES, bindings
from specter_tui.ui.live import live_part
from specter_tui.ui.navigate import navigator
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Line, Piece, Role, count, outside
from specter_tui.ui.present.groups import NO_GROUPS
from specter_tui.ui.present.resource import Resource
from specter_tui.ui.screens.follow import follow
from specter_tui.ui.screens.steady import one_frame
from specter_tui.ui.views.split import SplitView
from specter_tui.ui.views.view import News
from specter_tui.ui.widgets.line_bar import LineBar
from specter_tui.ui.widgets.paint import spread
from specter_tui.ui.widgets.snapshot_table import SnapshotTable

T = TypeVar("T")
_NAMING: Final = ("name", "host", "about")  # the ids of columns that name the row
_OF_A_ROW: Final = frozenset({"open", "describe", "raw", "related", "logs", "copy"})


class TableView(SplitView, Generic[T]):
    """The things of one kind; keeps filter, order and cursor while it is hidden."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.TABLE, but=MOVES)
    scope = Scope.TABLE

    def __init__(self, resource: Resource[T], options: UiOptions) -> None:
        super().__init__(resource.id, options)
        self.resource = resource
        self._columns = {column.id: column for column in resource.columns}
        self._arranged = Arranged(resource.key, resource.search)
        self._arranged_of: Snapshot | None = None
        self._filter: Filter[T] = self._parsed("")
        self._filter_error = ""
        self._sort = (resource.sort, False)
        self._snapshot: Snapshot | None = None
        self._shown: tuple[object, ...] = ()  # what the table was last filled from
        self.table: SnapshotTable[T] = SnapshotTable(
            resource.columns, resource.key, self._glyphs, moved=self._show_detail, id=f"{resource.id}-table"
        )
        self._live = live_part(resource.id, options, self._show_detail)
        self._title = LineBar(self._title_lines, id=f"{resource.id}-title")

    @property
    def rows(self) -> SnapshotTable[T]:
        """The table."""
        return self.table

    def compose(self) -> ComposeResult:
        """The title above the table."""
        self._title.add_class("title")
        yield self._title
        yield from super().compose()

    # The workspace

    def take(self, news: News) -> None:
        """Shows a snapshot."""
        self._snapshot = news.snapshot
        self._show_all()
        empty = news.snapshot is None or not self._arranged
        why = self.resource.empty(news.snapshot, news.proposal, self._glyphs) if empty and news.snapshot else ()
        self._show_empty(news.snapshot, empty=empty, why=why)

    @property
    def chosen(self) -> tuple[str, str] | None:
        """The row at the cursor."""
        row = self.table.cursor
        return None if row is None else (self.resource.id, self.resource.key(row))

    @property
    def place(self) -> Place:
        """The row at the cursor and the filter."""
        row = self.table.cursor
        return Place(self.kind, "" if row is None else self.resource.key(row), self._filter.text)

    def restore(self, place: Place) -> None:
        """The filter and, as long as it is there, the row."""
        if place.filter != self._filter.text:
            self.take_filter(place.filter)
        self.table.move_to_key(place.key)

    def go_to(self, key: str) -> bool:
        """Puts the cursor on a row, and lets go of a filter that hides it."""
        if not self.table.move_to_key(key) and self._filter:
            self.take_filter("")
        return self.table.move_to_key(key)

    def stirred(self) -> None:
        """What a key does to a row, it does to the one that the person sees at the cursor."""
        if self.has_keys(self.table):
            self.table.hold()

    # Showing

    def _show_all(self) -> None:
        snapshot = self._snapshot
        if snapshot is None:
            return
        dimmed = self.resource.dimmed(snapshot)
        sources = tuple(snapshot.source(name).status for name in SourceName)
        parts = (*_collections(snapshot), self._filter, self._sort)
        if self._shown and self._shown[0] == sources and all(map(operator.is_, parts, self._shown[1:])):
            return  # the collector keeps what did not change: a steady world costs nothing
        self._shown = (sources, *parts)
        if snapshot is not self._arranged_of:
            self._arranged.take(self.resource.items(snapshot))
            self._arranged_of = snapshot
        column, turned = self._sort
        rows = self._arranged.rows(self._filter, self._columns[column].sort, turned=turned)
        groups = self.resource.groups(rows, self._glyphs) if column == self.resource.sort else NO_GROUPS
        absent = self.resource.absent(snapshot)
        self.table.show(rows, sorted_by=self._sort, dimmed=dimmed, groups=groups, absent=absent)
        self._title.show()
        self._show_detail()

    def _show_detail(self) -> None:
        if self._snapshot is None or not self.has_class("-wide"):
            return
        row = self.table.cursor
        if row is None:
            self._tell("", ((Piece(f"No {self.resource.noun} matches the filter.", Role.MUTED),),))
        else:
            self._tell(self.resource.key(row), tuple(self.resource.detail(row, self._snapshot, self._glyphs)))

    def _title_lines(self, width: int) -> tuple[Line, ...]:
        if self._snapshot is None:
            return ()
        shown = len(self.table.items)
        counts = self.resource.counts(self._snapshot, self._glyphs)
        left: Line = (Piece(f" {self.resource.title}", Role.STRONG), Piece("  "), *counts)
        right: Line = ()
        if self._filter_error:
            right = (outside(self._filter_error, Role.BAD),)
        elif self._filter:
            role = Role.FOCUS if shown else Role.WARN
            right = (
                outside(f"{self._filter.text}", role),
                Piece(f"  {shown} of {count(len(self._arranged), self.resource.noun)} ", Role.MUTED),
            )
        return (spread(left, right, width, self._glyphs),)

    # Commands

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What this kind of thing has no use for does not work here."""
        if action == "sort":
            return parameters in {("next",), ("name",)} or parameters[0] in self._columns
        if action == "filter":
            return self.has_keys(self.table, self.pane)
        if action in _OF_A_ROW and self.table.cursor is None:
            return False
        if action == "logs":
            return self.resource.has_logs
        return super().check_action(action, parameters)

    @on(SnapshotTable.HeadingClicked)
    def _heading_clicked(self, event: SnapshotTable.HeadingClicked) -> None:
        self.action_sort(event.column)

    @on(SnapshotTable.Opened)
    def action_open(self) -> None:
        """The detail: the pane beside the table, or a page where there is none."""
        if self.table.cursor is None:
            return
        if self.has_class("-wide"):
            self.screen.set_focus(self.pane)
        else:
            self.action_describe()

    def action_describe(self) -> None:
        """The detail as a page."""
        from specter_tui.ui.screens.item_pages import ItemPage  # loaded with the first page

        row = self.table.cursor
        if row is not None and self._snapshot is not None:
            self.app.push_screen(ItemPage(self.resource, row, self._snapshot, self._options))

    def action_raw(self) -> None:
        """The row as JSON."""
        from specter_tui.ui.screens.item_pages import RawPage  # loaded with the first page

        if (row := self.table.cursor) is not None:
            self.app.push_screen(RawPage(self.resource.key(row), self.resource.raw(row), self._options))

    async def action_related(self) -> None:
        """Goes to what hangs on the row; asks where there are several."""
        row = self.table.cursor
        if row is not None and self._snapshot is not None:
            await follow(self, self.resource.related(row, self._snapshot), self._options)

    async def action_logs(self) -> None:
        """What the containers behind the row write."""
        if (row := self.table.cursor) is not None:
            await navigator(self).open_logs(self.resource.containers(row))

    def action_copy(self) -> None:
        """The name of the row."""
        if (row := self.table.cursor) is not None:
            name = self.resource.name(row)
            navigator(self).copy(name, name)

    async def action_back(self) -> None:
        """In the table the filter goes first."""
        if not self.has_keys(self.pane) and (self._filter or self._filter_error):
            self.take_filter("")
        else:
            await super().action_back()

    def action_sort(self, column: str) -> None:
        """By a column, by the one that names the row, or by the next one that is shown; again turns it round."""
        if column == "name":
            column = next(name for name in _NAMING if name in self._columns)
        elif column == "next":
            shown = self.table.shown_columns
            place = shown.index(self._sort[0]) if self._sort[0] in shown else -1
            column = shown[(place + 1) % len(shown)]
        name, turned = self._sort
        self._sort = (column, not turned if column == name else False)
        self._show_all()

    # The filter

    async def action_filter(self) -> None:
        """Opens the line in which the filter is typed."""
        from specter_tui.ui.widgets.filter_line import FilterLine  # loaded with the first filter

        line = next(iter(self.query(FilterLine)), None)
        if line is None:
            fields = "  ".join(f"{name}:" for name in self.resource.search)
            hint = f'words  "a b"  /regex/  !not  {fields}'
            line = FilterLine(self._filter.text, changed=self.take_filter, leave=self._leave_filter, hint=hint)
            with one_frame(self):
                await self.mount(line, after=self._title)
        self.screen.set_focus(line)

    def _leave_filter(self) -> None:
        with one_frame(self, leaving=True):
            self.take_focus()
            self.query("FilterLine").remove()

    def take_filter(self, text: str) -> None:
        """Shows what passes a filter; one that can't be understood leaves the last one and says why."""
        try:
            self._filter, self._filter_error = self._parsed(text), ""
        except FilterError as error:
            self._filter_error = error.message
        self._show_all()
        self._title.show()

    def _parsed(self, text: str) -> Filter[T]:
        return parse_filter(text, self.resource.search, self._arranged.whole)


def _collections(snapshot: Snapshot) -> tuple[object, ...]:
    """All that rows and details are made from."""
    return (
        snapshot.routes,
        snapshot.hosts,
        snapshot.containers,
        snapshot.middlewares,
        snapshot.services,
        snapshot.certificates,
        snapshot.findings,
        snapshot.acme_files,
        snapshot.cloudflare,
        snapshot.served,
    )

"""The routes: a table with a filter, and the detail of the row at the cursor beside it or as a page."""

from __future__ import annotations

import operator
from typing import ClassVar, Final

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.reactive import var
from textual.widget import Widget

from specter_tui.core.snapshot import Snapshot, SourceName, SourceStatus
from specter_tui.ui.filters import Filter, FilterError, parse_filter
from specter_tui.ui.keymap import MOVES, Scope, bindings
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present import routes as cells
from specter_tui.ui.present.base import CELL_LIMIT, Line, Piece, Role, count, outside, width_of
from specter_tui.ui.present.routes import SEARCH, RouteRow
from specter_tui.ui.present.sources import counts_line
from specter_tui.ui.present.states import certificate_cell
from specter_tui.ui.present.welcome import empty_page, reading_page
from specter_tui.ui.widgets.line_bar import LineBar
from specter_tui.ui.widgets.paint import spread
from specter_tui.ui.widgets.snapshot_table import Column, SnapshotTable
from specter_tui.ui.widgets.text_pane import TextPane

WIDE: Final = 120  # columns from which the detail stands beside the table

# In the order of the screen. RULE, ENTRY, SERVICE, DNS, BACKENDS go in this order when it gets narrow; DNS has no
# column until there is a source for it.
COLUMNS: Final[tuple[Column[RouteRow], ...]] = (
    Column("state", "", cells.health_cell, cells.by_health, 1, 1, gap=1),
    Column(
        "host", "HOST", cells.host_cell, cells.by_host, 60, 16, measure=lambda row: _width(cells.host_text(row.route))
    ),
    Column("rule", "RULE", cells.rule_cell, cells.by_rule, 18, 18, drop=1),
    Column(
        "entry",
        "ENTRY",
        cells.entry_cell,
        cells.by_entry,
        16,
        9,
        drop=2,
        measure=lambda row: _width(",".join(row.route.router.entry_points)),
    ),
    Column("protection", "PROT", cells.protection_cell, cells.by_protection, 12, 12),
    Column(
        "service",
        "SERVICE",
        cells.service_cell,
        cells.by_service,
        20,
        8,
        drop=3,
        measure=lambda row: _width(cells.service_text(row.route)),
    ),
    Column("backends", "BACKENDS", cells.backends_cell, cells.by_backends, 11, 11, drop=5),
    Column(
        "certificate",
        "CERT",
        cells.certificate_column,
        cells.by_certificate,
        7,
        4,
        measure=lambda row: 5 if row.route.certificate is None else width_of(certificate_cell(row.route.certificate)),
    ),
)
_COLUMN: Final = {column.id: column for column in COLUMNS}


def _width(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text[:CELL_LIMIT])


class RoutesView(Widget):
    """Routes of the snapshot; gets it by `data_bind` and never fetches."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.TABLE, but=MOVES)

    snapshot: var[Snapshot | None] = var(None)
    proposal: var[tuple[str, ...]] = var(())

    def __init__(self, options: UiOptions) -> None:
        super().__init__(id="routes")
        self._options = options
        self._glyphs = options.glyphs
        self._filter: Filter[RouteRow] = parse_filter("", SEARCH)
        self._filter_error = ""
        self._sort = ("host", False)
        self._total = 0
        self._shown: tuple[object, ...] = ()  # what the table was last filled from
        self._table: SnapshotTable[RouteRow] = SnapshotTable(
            COLUMNS, lambda row: row.key, self._glyphs, id="routes-table"
        )
        self._pane = TextPane(id="routes-detail")
        self._empty = TextPane(id="routes-empty")
        self._title = LineBar(self._title_lines, id="routes-title")

    def compose(self) -> ComposeResult:
        """The title, the table and its detail; the page that explains an empty table lies hidden."""
        yield self._title
        with Horizontal(id="routes-body"):
            yield self._table
            yield self._pane
        yield self._empty

    def on_mount(self) -> None:
        """Takes the keyboard."""
        self._table.focus()
        self._show_all()

    def on_resize(self, event: events.Resize) -> None:
        """Beside the table there is room for the detail, or there is not."""
        self.set_class(event.size.width >= WIDE, "-wide")
        self._show_detail()

    def watch_snapshot(self) -> None:
        """Another snapshot."""
        if self.is_mounted:
            self._show_all()

    def watch_proposal(self) -> None:
        """Something was found to propose."""
        if self.is_mounted:
            self._show_empty()

    # Showing

    def _show_all(self) -> None:
        snapshot = self.snapshot
        self._show_empty()
        if snapshot is None:
            return
        parts = (snapshot.routes, snapshot.containers, snapshot.findings, self._filter, self._sort, _dimmed(snapshot))
        if len(parts) == len(self._shown) and all(map(operator.is_, parts, self._shown)):
            return  # the collector keeps what did not change: a steady world costs nothing
        self._shown = parts
        rows = cells.route_rows(snapshot)
        self._total = len(rows)
        if self._filter:
            rows = [row for row in rows if self._filter(row)]
        rows.sort(key=_COLUMN[self._sort[0]].sort, reverse=self._sort[1])
        self._table.show(rows, sorted_by=self._sort, dimmed=_dimmed(snapshot))
        self._title.show()
        self._show_detail()

    def _show_empty(self) -> None:
        snapshot = self.snapshot
        empty = snapshot is None or not snapshot.routes
        if empty != self.has_class("-empty"):
            self.set_class(empty, "-empty")
            (self._empty if empty else self._table).focus()
        if snapshot is None:
            self._empty.show("reading", reading_page())
        elif empty:
            self._empty.show("empty", empty_page(snapshot, self.proposal, self._glyphs))

    def _show_detail(self) -> None:
        if self.snapshot is None or not self.has_class("-wide"):
            return
        from specter_tui.ui.present.detail import route_detail  # not needed for the first frame

        row = self._table.cursor
        if row is None:
            self._pane.show("", ((Piece("No route matches the filter.", Role.MUTED),),))
        else:
            self._pane.show(row.key, route_detail(row, self.snapshot, self._glyphs))

    def _title_lines(self, width: int) -> tuple[Line, ...]:
        if self.snapshot is None:
            return ()
        shown = len(self._table.items)
        left: Line = (Piece(" Routes", Role.STRONG), Piece("  "), *counts_line(self.snapshot, self._glyphs))
        right: Line = ()
        if self._filter_error:
            right = (outside(self._filter_error, Role.BAD),)
        elif self._filter:
            role = Role.FOCUS if shown else Role.WARN
            right = (
                outside(f"{self._filter.text}", role),
                Piece(f"  {shown} of {count(self._total, 'route')} ", Role.MUTED),
            )
        return (spread(left, right, width, self._glyphs),)

    # Commands

    @on(SnapshotTable.Moved)
    def _moved(self) -> None:
        self._show_detail()

    @on(SnapshotTable.HeadingClicked)
    def _heading_clicked(self, event: SnapshotTable.HeadingClicked) -> None:
        self._sort_by(event.column)

    @on(SnapshotTable.Opened)
    def action_open(self) -> None:
        """The detail: the pane beside the table, or a page where there is none."""
        if self._table.cursor is None:
            return
        if self.has_class("-wide"):
            self._pane.focus()
        else:
            self.action_describe()

    def action_describe(self) -> None:
        """The detail as a page."""
        from specter_tui.ui.screens.route_pages import RouteDetailPage  # loaded with the first page

        row = self._table.cursor
        if row is not None and self.snapshot is not None:
            self.app.push_screen(RouteDetailPage(row, self.snapshot, self._options))

    def action_raw(self) -> None:
        """The row as JSON."""
        from specter_tui.ui.screens.route_pages import RouteRawPage  # loaded with the first page

        if (row := self._table.cursor) is not None:
            self.app.push_screen(RouteRawPage(row, self._options))

    def action_back(self) -> None:
        """From the pane to the table; there, the filter goes first."""
        if self._pane.has_focus:
            self._table.focus()
        elif self._filter or self._filter_error:
            self._take_filter("")

    def action_sort_state(self) -> None:
        """The broken first."""
        self._sort_by("state")

    def action_sort_host(self) -> None:
        """By name."""
        self._sort_by("host")

    def action_sort_protection(self) -> None:
        """The open first."""
        self._sort_by("protection")

    def action_sort_certificate(self) -> None:
        """The soonest expiry first."""
        self._sort_by("certificate")

    def action_sort_next(self) -> None:
        """By the next column that is shown."""
        shown = self._table.shown_columns
        place = shown.index(self._sort[0]) if self._sort[0] in shown else -1
        self._sort_by(shown[(place + 1) % len(shown)])

    def _sort_by(self, column: str) -> None:
        name, turned = self._sort
        self._sort = (column, not turned if column == name else False)
        self._show_all()

    # The filter

    async def action_filter(self) -> None:
        """Opens the line in which the filter is typed."""
        from specter_tui.ui.widgets.filter_line import FilterLine  # loaded with the first filter

        line = next(iter(self.query(FilterLine)), None)
        if line is None:
            line = FilterLine(self._filter.text, changed=self._take_filter, leave=self._leave_filter)
            await self.mount(line, after=self._title)
        line.focus()

    def _leave_filter(self, thrown_away: bool) -> None:  # noqa: FBT001  the one thing a callback tells
        self._table.focus()
        if thrown_away:
            self._take_filter("")
        self.query("#filter").remove()

    def _take_filter(self, text: str) -> None:
        try:
            self._filter, self._filter_error = parse_filter(text, SEARCH), ""
        except FilterError as error:
            self._filter_error = error.message
        self._show_all()
        self._title.show()


_EVERY: Final = frozenset(_COLUMN)
_CERTIFICATE: Final = frozenset(("certificate",))
_NONE: Final[frozenset[str]] = frozenset()


def _dimmed(snapshot: Snapshot) -> frozenset[str]:
    """The columns whose data is old: all of them come from Traefik, the certificates also from acme.json."""
    if snapshot.source(SourceName.TRAEFIK).status is not SourceStatus.FRESH:
        return _EVERY
    return _CERTIFICATE if snapshot.source(SourceName.ACME).status is SourceStatus.STALE else _NONE

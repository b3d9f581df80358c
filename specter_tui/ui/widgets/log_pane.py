"""Lines of a log: only those on the screen are made into text, and only rows that changed are drawn.

It is no ScrollView: lines wrap differently at every width, and counting the rows of all of them would cost more than
showing them. The place is a line's number and a row in it, which stay while lines before it go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final, NamedTuple

from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.strip import Strip

from specter_tui.core.logs import LogBuffer
from specter_tui.core.logs.follow import LineTest
from specter_tui.ui.commands import Scope
from specter_tui.ui.keymap import MOVES, bindings
from specter_tui.ui.present.base import EMPTY, Line, Piece, Role, plain
from specter_tui.ui.present.logs import LogStyle, log_rows
from specter_tui.ui.widgets.paint import Painted, palette_of, strip_of

_GUTTER: Final = 1  # the mark of the match
_CACHED: Final = 500  # lines whose rows are kept
_WHEEL: Final = 3  # rows


class _Row(NamedTuple):
    number: int  # of its line
    part: int
    line: Line


class LogPane(Painted, can_focus=True):
    """Shows a buffer's end as long as `following`, else stands still; `moved` is called when that changes."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LOGS, only=MOVES)

    def __init__(self, style: LogStyle, moved: Callable[[], None]) -> None:
        super().__init__(classes="log-pane")
        self._buffer = LogBuffer()
        self._style = style
        self._moved = moved
        self._rows: list[_Row] = []
        self._known: dict[int, list[Line]] = {}
        self._top = (0, 0)
        self._seen = 0  # the number behind the last line when it stopped to follow
        self._match: int | None = None
        self.following = True

    @property
    def buffer(self) -> LogBuffer:
        """The lines that it shows."""
        return self._buffer

    @property
    def below(self) -> int:
        """How many lines came since it does not follow any more."""
        return 0 if self.following else max(0, self._end - self._seen)

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(plain(row.line).rstrip() for row in self._rows)

    @property
    def _end(self) -> int:
        return self._buffer.offset + len(self._buffer)

    def show(self, buffer: LogBuffer, style: LogStyle) -> None:
        """Another buffer, or the same in another style."""
        if buffer is not self._buffer:
            self._buffer, self._match, self.following = buffer, None, True
        self._style = style
        self._known.clear()
        self._draw()

    def update(self, changed: int) -> None:
        """New lines came; those from the number `changed` on stand at other places than before."""
        for number in [one for one in self._known if one >= changed]:
            del self._known[number]
        self._draw()

    def on_resize(self) -> None:
        """Another width cuts and wraps differently."""
        self._known.clear()
        self._draw()

    # Drawing

    def _lines_of(self, number: int) -> list[Line]:
        found = self._known.get(number)
        if found is None:
            if len(self._known) > _CACHED:
                self._known.clear()
            line = self._buffer[number - self._buffer.offset]
            found = self._known[number] = log_rows(line, max(1, self.size.width - _GUTTER), self._style)
        return found

    def _draw(self) -> None:
        if not self.size.height:
            return
        old, self._rows = self._rows, [] if self.following else self._from_top()
        if len(self._rows) < self.size.height:
            self._rows = self._from_end()  # no row stays empty while there are lines above
        if self._rows:
            self._top = self._rows[0].number, self._rows[0].part
        changed = [y for y in range(self.size.height) if self._line(old, y) != self._line(self._rows, y)]
        if len(changed) > self.size.height // 2:
            self.refresh()  # new lines moved nearly all: one region costs less than many
        else:
            for y in changed:
                self.refresh(Region(0, y, self.size.width, 1))

    def _from_end(self) -> list[_Row]:
        rows: list[_Row] = []
        number = self._end
        while number > self._buffer.offset and len(rows) < self.size.height:
            number -= 1
            lines = self._lines_of(number)
            rows[:0] = (_Row(number, part, line) for part, line in enumerate(lines))
        return rows[-self.size.height :]

    def _from_top(self) -> list[_Row]:
        rows: list[_Row] = []
        number, skip = max(self._top, (self._buffer.offset, 0))
        while number < self._end and len(rows) < self.size.height:
            rows += (_Row(number, part, line) for part, line in enumerate(self._lines_of(number)) if part >= skip)
            number, skip = number + 1, 0
        return rows[: self.size.height]

    def _line(self, rows: list[_Row], y: int) -> Line:
        if y >= len(rows):
            return EMPTY
        row = rows[y]
        mark = self._style.glyphs.cursor if row.number == self._match else " "
        return (Piece(mark, Role.FOCUS), *row.line)

    def render_line(self, y: int) -> Strip:
        """One row of the screen."""
        return strip_of(self._line(self._rows, y), self.size.width, palette_of(self.app), self.base)

    # Moving

    def follow(self, *, on: bool) -> None:
        """Keeps the newest line on the screen, or stands still."""
        if on != self.following:
            self.following = on
            self._seen = self._end
            self._draw()
            self._moved()

    def _scroll(self, rows: int) -> None:
        """Moves by rows; beyond the end it follows again."""
        if rows > 0 and (self.following or self._at_end(rows)):
            self.follow(on=True)
            return
        self._hold()
        number, part = self._top
        part += rows
        while part < 0 and number > self._buffer.offset:
            number -= 1
            part += len(self._lines_of(number))
        while number < self._end and part >= (have := len(self._lines_of(number))):
            part -= have
            number += 1
        self._top = number, max(0, part)
        self._draw()

    def _hold(self) -> None:
        if self.following and self._rows:
            self.follow(on=False)

    def _at_end(self, rows: int) -> bool:
        """Whether so many rows further down the last line is on the screen."""
        left = self.size.height + rows
        number, part = self._top
        while number < self._end and left >= 0:
            left -= len(self._lines_of(number)) - part
            number, part = number + 1, 0
        return number >= self._end and left >= 0

    def seek(self, test: LineTest, step: int) -> bool:
        """Goes to the next match, down (1) or up (-1): from the last one, else from the edge of the screen."""
        if not self._rows:
            return False
        edge = self._rows[-1].number if step < 0 else self._rows[0].number
        begin = edge if self._match is None else self._match + step
        place = self._buffer.find(test, max(begin - self._buffer.offset, -1), step)
        if place is None:
            return False
        self._match = self._buffer.offset + place
        shown = [row.number for row in self._rows]
        if self._match not in shown:
            self._hold()
            self._top = max(self._buffer.offset, self._match - self.size.height // 2), 0
        self._hold()
        self._draw()
        self.refresh()  # the mark moved
        return True

    def forget_match(self) -> None:
        """Lets go of the match: the next search begins at the edge of the screen."""
        self._match = None
        self.refresh()

    def action_down(self) -> None:
        """One row down."""
        self._scroll(1)

    def action_up(self) -> None:
        """One row up."""
        self._scroll(-1)

    def action_page_down(self) -> None:
        """One screen down."""
        self._scroll(self.size.height)

    def action_page_up(self) -> None:
        """One screen up."""
        self._scroll(-self.size.height)

    def action_top(self) -> None:
        """The oldest line that is kept."""
        self._hold()
        self._top = self._buffer.offset, 0
        self._draw()

    def action_bottom(self) -> None:
        """The newest line, which is followed then."""
        self.follow(on=True)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel."""
        event.stop()
        self._scroll(-_WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel."""
        event.stop()
        self._scroll(_WHEEL)

"""Tables and lines as text: aligned, coloured by meaning where the terminal shows colours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from specter_tui.cli.output import Output
from specter_tui.ui.present.base import Line, Piece, Role, plain, width_of

_Row = TypeVar("_Row")

ALWAYS: Final = 100  # a column that is never dropped
_GAP: Final = "  "
_SGR: Final = {
    Role.STRONG: "1",
    Role.MUTED: "2",
    Role.OK: "32",
    Role.WARN: "33",
    Role.BAD: "31",
    Role.OFF: "90",
}


@dataclass(frozen=True)
class Column(Generic[_Row]):
    """A column; the lower its `keep`, the sooner it is dropped on a narrow terminal."""

    title: str
    cell: Callable[[_Row], Line]
    keep: int = ALWAYS


def paint(line: Iterable[Piece], *, color: bool) -> str:
    """A line as text, with the colours of its meanings where `color`."""
    if not color:
        return plain(line)
    return "".join(f"\x1b[{_SGR[role]}m{text}\x1b[0m" if role in _SGR and text else text for text, role in line)


def write_table(output: Output, columns: Sequence[Column[_Row]], rows: Sequence[_Row]) -> None:
    """Writes a heading and one line a row; columns that do not fit the terminal are left out."""
    cells = [[column.cell(row) for column in columns] for row in rows]
    widths = [
        max([len(column.title), *(width_of(line[index]) for line in cells)]) for index, column in enumerate(columns)
    ]
    shown = _fitting(columns, widths, output.width)
    heading: list[Line] = [(Piece(columns[index].title, Role.MUTED),) for index in shown]
    for line in (heading, *([line[index] for index in shown] for line in cells)):
        output.line(_aligned(line, [widths[index] for index in shown], color=output.color))


def _fitting(columns: Sequence[Column[_Row]], widths: Sequence[int], width: int) -> list[int]:
    shown = list(range(len(columns)))
    while width and len(shown) > 1 and sum(widths[i] + len(_GAP) for i in shown) - len(_GAP) > width:
        dropped = min(shown, key=lambda index: columns[index].keep)
        if columns[dropped].keep >= ALWAYS:
            break
        shown.remove(dropped)
    return shown


def _aligned(cells: Sequence[Line], widths: Sequence[int], *, color: bool) -> str:
    padded = [
        paint(cell, color=color) + " " * (width - width_of(cell)) for cell, width in zip(cells, widths, strict=True)
    ]
    return _GAP.join(padded).rstrip()

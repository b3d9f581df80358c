"""What a container uses, as lines: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from specter_tui.core.stats import Usage
from specter_tui.ui.present.base import ASCII, Glyphs, Line, Piece, Role

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_ASCII_BLOCKS: Final = "_.:-=+*#"
_LABEL: Final = 10  # cells
_VALUE: Final = 30
_NARROW: Final = 60  # cells; below, a value has half the room and says less
_NARROW_VALUE: Final = 18
_KILO: Final = 1024
_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def sparkline(values: Iterable[float | None], width: int, glyphs: Glyphs) -> str:
    """The last values as bars over the highest of them; a blank where nothing is known."""
    last = list(values)[-width:] if width > 0 else []
    highest = max((one for one in last if one is not None), default=0.0)
    blocks = _ASCII_BLOCKS if glyphs is ASCII else _BLOCKS
    return "".join(" " if one is None else blocks[_level(one, highest, len(blocks))] for one in last)


def _level(value: float, highest: float, levels: int) -> int:
    return min(levels - 1, int(value / highest * levels)) if highest > 0 else 0


def size(number: float) -> str:
    """Bytes for a person: `512 B`, `1.4 MiB`."""
    place = 0
    while number >= _KILO and place < len(_UNITS) - 1:
        number /= _KILO
        place += 1
    return f"{number:.0f} {_UNITS[place]}" if place == 0 else f"{number:.1f} {_UNITS[place]}"


def usage_lines(points: Sequence[Usage], width: int, glyphs: Glyphs) -> Iterator[Line]:
    """CPU, memory, network and disk: the last value and the course; what the engine does not tell is said."""
    if not points:
        yield _row("uses", "does not run: nothing is used", (), width, glyphs)
        return
    last = points[-1]
    narrow = width < _NARROW
    cpu = "measuring" if last.cpu is None and len(points) == 1 else _percent(last.cpu)
    yield _row("cpu", cpu, (one.cpu for one in points), width, glyphs)
    yield _row("memory", _memory(last, narrow=narrow), (one.memory for one in points), width, glyphs)
    pairs = (
        ("network", ("in", "out"), [(one.received, one.sent) for one in points]),
        ("disk", ("read", "written"), [(one.loaded, one.written) for one in points]),
    )
    for label, (first, second), values in pairs:
        known = [one for one in values if one != (None, None)]
        if known:
            words = f"{first} {_rate(values[-1][0])}, {second} {_rate(values[-1][1])}"
        else:
            words = "measuring" if len(points) == 1 else "not told by the engine"
        yield _row(
            label, words, (None if a is None and b is None else (a or 0) + (b or 0) for a, b in values), width, glyphs
        )


def _row(label: str, words: str, values: Iterable[float | None], width: int, glyphs: Glyphs) -> Line:
    value = f"{words:<{_NARROW_VALUE if width < _NARROW else _VALUE}} "
    return (
        Piece(f" {label:<{_LABEL - 1}}", Role.MUTED),
        Piece(value),
        Piece(sparkline(values, width - _LABEL - len(value) - 1, glyphs), Role.MUTED),
    )


def _percent(value: float | None) -> str:
    return "not told by the engine" if value is None else f"{value:.1f} % of one core"


def _memory(last: Usage, *, narrow: bool) -> str:
    if last.memory is None:
        return "not told by the engine"
    limit = last.memory_limit
    if not limit:
        return size(last.memory)
    share = f" ({100 * last.memory / limit:.0f} %)"
    return size(last.memory) + (share if narrow else f" of {size(limit)}{share}")


def _rate(value: float | None) -> str:
    return "?" if value is None else f"{size(value)}/s"

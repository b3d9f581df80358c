"""The lines above a log: whose it is, since when, whether it follows, what is kept and what is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from specter_tui.core.logs import LogBatch, LogNotice, Standing
from specter_tui.ui.present.base import TEXT_LIMIT, Glyphs, Line, Piece, Role, joined, outside, width_of
from specter_tui.ui.present.wrap import wrapped

_MOST_TROUBLES: Final = 3  # rows for what is wrong
_ROLES: Final[Mapping[Standing, Role]] = {
    Standing.LIVE: Role.OK,
    Standing.DONE: Role.OFF,
    Standing.STOPPED: Role.OFF,
    Standing.LOST: Role.WARN,
    Standing.FAILED: Role.BAD,
}


@dataclass(frozen=True, slots=True)
class Logged:
    """What the title tells of a log that is read."""

    names: tuple[str, ...] = ()
    window: str = ""
    following: bool = True
    below: int = 0
    kept: int = 0
    dropped: int = 0
    skipped: int = 0
    filter: str = ""
    find: str = ""
    failure: str = ""
    notices: tuple[LogNotice, ...] = ()  # the last one of each container

    def after(self, batch: LogBatch) -> Logged:
        """The same with what a batch says."""
        latest = {one.container: one for one in (*self.notices, *batch.notices)}
        return replace(self, skipped=self.skipped + batch.skipped, notices=tuple(latest.values()))


def title_lines(logged: Logged, width: int, glyphs: Glyphs) -> Iterator[Line]:
    """One line of what is shown, one of filter and search where there are any, and what is wrong."""
    if not logged.names:
        yield (Piece(" Logs", Role.STRONG), Piece("  no container chosen", Role.MUTED))
        return
    counts = tuple(_counts(logged))
    names = joined((outside(one, Role.STRONG) for one in logged.names), Piece(", ", Role.MUTED))
    state: Line = (Piece(f"  {logged.window}  ", Role.MUTED), *_state(logged, glyphs))
    room = width - width_of(state) - width_of(counts) - 3
    yield _spread((Piece(" "), *_cut(names, max(8, room), glyphs), *state), counts, width)
    if logged.filter or logged.find:
        yield tuple(_looked_for(logged, glyphs))
    yield from list(_troubles(logged, width, glyphs))[:_MOST_TROUBLES]


def _cut(names: Line, room: int, glyphs: Glyphs) -> Line:
    if width_of(names) <= room:
        return names
    text = "".join(piece.text for piece in names)
    return (Piece(text[: room - 1], Role.STRONG), Piece(glyphs.ellipsis, Role.MUTED))


def _spread(left: Line, right: Line, width: int) -> Line:
    room = width - width_of(left) - width_of(right)
    return (*left, Piece(" " * max(1, room)), *right)


def _state(logged: Logged, glyphs: Glyphs) -> Iterator[Piece]:
    standings = {one.standing for one in logged.notices}
    if not logged.following:
        yield Piece(f"{glyphs.off} standing still", Role.WARN)
        if logged.below:
            yield Piece(f", {logged.below:,} below", Role.WARN)
    elif Standing.LIVE in standings:
        yield Piece(f"{glyphs.ok} following", Role.OK)
    elif not standings:
        yield Piece("reading", Role.MUTED)
    elif standings == {Standing.DONE}:
        yield Piece(f"{glyphs.off} all there", Role.OFF)
    else:
        yield Piece(f"{glyphs.off} nothing comes", Role.OFF)


def _counts(logged: Logged) -> Iterator[Piece]:
    yield Piece(f"{logged.kept:,} {'line' if logged.kept == 1 else 'lines'}", Role.MUTED)
    if logged.dropped:
        yield Piece(f", {logged.dropped:,} dropped", Role.WARN)
    yield Piece(" ")


def _looked_for(logged: Logged, glyphs: Glyphs) -> Iterator[Piece]:
    if logged.filter:
        yield Piece(" filter ", Role.MUTED)
        yield outside(logged.filter, Role.FOCUS)
        yield Piece(f"  {logged.skipped:,} lines do not match", Role.MUTED)
    if logged.find:
        yield Piece(f" {glyphs.dot} find " if logged.filter else " find ", Role.MUTED)
        yield outside(logged.find, Role.FOCUS)


def _troubles(logged: Logged, width: int, glyphs: Glyphs) -> Iterator[Line]:
    if logged.failure:
        line = (Piece(f" {glyphs.bad} ", Role.BAD), outside(logged.failure, Role.BAD, TEXT_LIMIT))
        yield from wrapped(line, width)
    for one in logged.notices:
        if one.text:
            sign = {Role.BAD: glyphs.bad, Role.WARN: glyphs.warn}.get(_ROLES[one.standing], glyphs.off)
            role = _ROLES[one.standing]
            waits = "; tried again" if one.standing is Standing.LOST else ""
            waits = "; waited for" if one.standing is Standing.STOPPED else waits
            yield from wrapped((Piece(f" {sign} ", role), outside(one.text + waits, role, TEXT_LIMIT)), width)

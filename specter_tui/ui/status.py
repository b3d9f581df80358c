"""The lines above the view: header and banner. Loaded with the first snapshot, since the first frame has none."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from specter_tui.core.snapshot import Snapshot, SourceName, SourceStatus
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role, clock, outside, title_line, width_of
from specter_tui.ui.present.sources import (
    common_domain,
    first_finding,
    sources_line,
    summary_line,
    trouble_lines,
)
from specter_tui.ui.present.wrap import wrapped_to
from specter_tui.ui.widgets.paint import spread

TROUBLE_ROWS: Final = 3  # rows of the screen for one error at most
_MARGINS: Final = 2  # cells: one before what stands at the right, and one behind it


def statuses(snapshot: Snapshot) -> tuple[tuple[SourceStatus, str], ...]:
    """The status and the error of every source, to notice when one changes."""
    return tuple((state.status, state.error) for state in map(snapshot.source, SourceName))


def notes(paused_at: datetime | None, ages_at: datetime, acting: str) -> Line:
    """Whether this dashboard may change anything now, and since when it is paused."""
    lock: Line = (Piece(f"{acting}  ", Role.WARN if acting.startswith("armed") else Role.OFF),) if acting else ()
    return lock if paused_at is None else (*lock, Piece(f"paused at {clock(paused_at, ages_at)}  ", Role.WARN))


def header(snapshot: Snapshot, ages_at: datetime, noted: Line, options: UiOptions, width: int) -> Line:
    """Program, context and domain on the left; what is noted and the sources on the right."""
    glyphs = options.glyphs
    left = (Piece(" "), *title_line(snapshot.context, common_domain(snapshot), glyphs))
    room = width - width_of(left) - width_of(noted) - _MARGINS
    right = (*noted, *sources_line(snapshot, ages_at, options.refresh, glyphs, room), Piece(" "))
    return spread(left, right, width, glyphs)


def banner(
    snapshot: Snapshot, ages_at: datetime, options: UiOptions, width: int, *, summary: bool = True
) -> list[Line]:
    """What needs the person, unless the view below says it, then each source that is in trouble."""
    glyphs = options.glyphs
    lines = [spread(_summary(snapshot, glyphs), (), width, glyphs)] if summary else []
    if snapshot.routes:  # without routes the page below says it all
        for trouble in trouble_lines(snapshot, ages_at, glyphs):
            lines += wrapped_to(trouble, width, TROUBLE_ROWS, glyphs.ellipsis)
    return lines


def _summary(snapshot: Snapshot, glyphs: Glyphs) -> Line:
    summary = summary_line(snapshot, glyphs)
    worst = first_finding(snapshot)
    if worst is not None:
        named = worst.subject.id.partition("@")[0] in worst.title
        about = "" if named else f"{worst.subject.id}: "
        summary = (*summary, Piece("   "), outside(f"{about}{worst.title}"))
    return summary

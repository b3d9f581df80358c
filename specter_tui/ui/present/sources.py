"""The sources and what needs the person: the header, the summary and one line for each source that is in trouble."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from specter_tui.core.findings.model import Finding, Severity
from specter_tui.core.settings import RefreshSettings
from specter_tui.core.snapshot import Health, Route, Snapshot, SourceName, SourceState, SourceStatus
from specter_tui.ui.present.base import TEXT_LIMIT, Glyphs, Line, Piece, Role, age, clock, joined, outside, width_of
from specter_tui.ui.present.remember import of_the_same
from specter_tui.ui.present.states import HEALTH, SEVERITY, SOURCE, SOURCE_WORD, sign

_LETTER: Final[Mapping[SourceName, str]] = {
    SourceName.TRAEFIK: "T",
    SourceName.DOCKER: "D",
    SourceName.ACME: "A",
    SourceName.CLOUDFLARE: "C",
    SourceName.PROBE: "P",
}
_SHORT: Final[Mapping[SourceName, str]] = {**SOURCE_WORD, SourceName.ACME: "ACME", SourceName.CLOUDFLARE: "DNS"}
_NAMES: Final = ((SOURCE_WORD, "  "), (_SHORT, " "), (_LETTER, "  "))  # the widest first
_GAP: Final = Piece("  ")
_ENOUGH: Final = 1000
_ORDER: Final = (Severity.ERROR, Severity.WARNING, Severity.UNKNOWN)
_NEED: Final[Mapping[Severity, str]] = {
    Severity.ERROR: "need you now",
    Severity.WARNING: "soon",
    Severity.UNKNOWN: "unknown",
}
_NEEDS: Final = "needs you now"


def sources_line(snapshot: Snapshot, now: datetime, refresh: RefreshSettings, glyphs: Glyphs, room: int) -> Line:
    """`Traefik ●  Docker ◐ 4m  acme.json ●  ...` where that fits into `room` cells, else shorter words, else letters.

    An age stands only where a source is older than three of its refreshes.
    """
    line: Line = ()
    for names, gap in _NAMES:
        told = (_source(names[name], snapshot.source(name), now, getattr(refresh, name), glyphs) for name in SourceName)
        first, *others = told
        line = (*first, *(piece for other in others for piece in (Piece(gap), *other)))
        if width_of(line) <= room:
            break
    return line


def _source(name: str, state: SourceState, now: datetime, interval: float, glyphs: Glyphs) -> Line:
    old = _old(state, now, interval)
    look = SOURCE[SourceStatus.STALE if old and state.status is SourceStatus.FRESH else state.status]
    line = (Piece(f"{name} ", Role.MUTED), sign(look, glyphs))
    return (*line, Piece(f" {old}", Role.WARN)) if old else line


def _old(state: SourceState, now: datetime, interval: float) -> str:
    if state.fetched_at is None or state.status in {SourceStatus.OFF, SourceStatus.FAILED}:
        return ""
    span = now - state.fetched_at
    if state.status is SourceStatus.FRESH and span <= timedelta(seconds=3 * interval + 1):
        return ""
    return age(span)


def trouble_lines(snapshot: Snapshot, now: datetime, glyphs: Glyphs) -> tuple[Line, ...]:
    """One line for each stale or failed source: who, since when, its error, and when the next try is."""
    return tuple(
        _trouble(name, snapshot.source(name), now, glyphs)
        for name in SourceName
        if snapshot.source(name).status in {SourceStatus.STALE, SourceStatus.FAILED}
    )


def _trouble(name: SourceName, state: SourceState, now: datetime, glyphs: Glyphs) -> Line:
    look = SOURCE[state.status]
    if state.fetched_at is None:
        since = "never read"
    else:
        since = f"as of {clock(state.fetched_at, now)}, {age(now - state.fetched_at)} old"
    pieces = [
        Piece(" "),
        sign(look, glyphs),
        Piece(f" {SOURCE_WORD[name]} {since}: ", look[1]),
        outside(state.error or "no reason given", limit=TEXT_LIMIT),
    ]
    if state.next_try is not None:
        pieces.append(Piece(f"; next try {_in(state.next_try - now)}", Role.MUTED))
    return tuple(pieces)


def _in(span: timedelta) -> str:
    return f"in {age(span + timedelta(seconds=9))}" if span > timedelta(0) else "now"


def summary_line(snapshot: Snapshot, glyphs: Glyphs) -> Line:
    """`✖ 2 need you now  ◐ 3 soon`, or that nothing does; never "nothing" while a configured source was not read."""
    counts = _severities(snapshot.findings)
    parts: list[Piece] = []
    for severity in _ORDER:
        if counts[severity]:
            look = SEVERITY[severity]
            words = _NEEDS if severity is Severity.ERROR and counts[severity] == 1 else _NEED[severity]
            parts.append(Piece(f"{sign(look, glyphs).text} {counts[severity]} {words}", look[1]))
    if parts:
        return (Piece(" "), *joined(parts, _GAP))
    if not_everything(snapshot):
        return (Piece(f" {glyphs.unknown} not everything is known right now", Role.OFF),)
    return (Piece(f" {glyphs.ok} nothing needs you", Role.OK),)


@of_the_same
def _severities(findings: tuple[Finding, ...]) -> Counter[Severity]:
    return Counter(one.severity for one in findings)


def not_everything(snapshot: Snapshot) -> tuple[SourceName, ...]:
    """The sources whose last read failed: while there is one, nothing may be called fine."""
    broken = {SourceStatus.STALE, SourceStatus.FAILED}
    return tuple(name for name in SourceName if snapshot.source(name).status in broken)


def first_finding(snapshot: Snapshot) -> Finding | None:
    """The first finding of the worst severity, None when nothing asks for the person."""
    return _first(snapshot.findings)


@of_the_same
def _first(findings: tuple[Finding, ...]) -> Finding | None:
    asking = (one for severity in _ORDER for one in findings if one.severity is severity)
    return next(asking, None)


def counts_line(snapshot: Snapshot, glyphs: Glyphs) -> Line:
    """`22  ● 19  ◐ 1  ✖ 2`."""
    counts = _healths(snapshot.routes)
    parts = [Piece(str(len(snapshot.routes)))]
    for health in (Health.HEALTHY, Health.DEGRADED, Health.DOWN, Health.UNKNOWN):
        if counts[health]:
            look = HEALTH[health]
            parts.append(Piece(f"{sign(look, glyphs).text} {counts[health]}", look[1]))
    return joined(parts, _GAP)


@of_the_same
def _healths(routes: tuple[Route, ...]) -> Counter[Health]:
    return Counter(route.health for route in routes)


def common_domain(snapshot: Snapshot) -> str:
    """The last two labels that most hosts share, empty without hosts; the first thousand routes decide."""
    return _common_domain(snapshot.routes)


@of_the_same
def _common_domain(routes: tuple[Route, ...]) -> str:
    some = routes[:_ENOUGH]
    tails = Counter(".".join(host.rsplit(".", 2)[-2:]) for route in some for host in route.hosts)
    return tails.most_common(1)[0][0] if tails else ""

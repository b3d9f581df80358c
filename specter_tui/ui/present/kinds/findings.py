"""Findings: what is wrong or soon will be, the evidence, and what to do; the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from specter_tui.core.findings.model import Finding, Severity
from specter_tui.core.snapshot import Snapshot, SourceStatus
from specter_tui.ui.present import sections
from specter_tui.ui.present.base import TEXT_LIMIT, Glyphs, Line, Piece, Role, joined, outside
from specter_tui.ui.present.groups import Groups
from specter_tui.ui.present.raw import raw_json
from specter_tui.ui.present.references import to_subject
from specter_tui.ui.present.resource import Column, Reference, Resource, text_column
from specter_tui.ui.present.sections import BLANK, fact, heading
from specter_tui.ui.present.sources import summary_line
from specter_tui.ui.present.states import SEVERITY, sign

WORD: Final = {
    Severity.ERROR: "needs you now",
    Severity.WARNING: "soon",
    Severity.UNKNOWN: "unknown",
    Severity.INFO: "to know",
}
_ORDER: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.UNKNOWN: 2, Severity.INFO: 3}


def key_of(finding: Finding) -> str:
    """What tells findings apart: two checks may say different things of one subject."""
    return f"{finding.code} {finding.subject.kind} {finding.subject.id} {finding.title}"


def subject_text(finding: Finding) -> str:
    """What it is about, as a person names it: without the provider."""
    return finding.subject.id.partition("@")[0] or finding.subject.id


COLUMNS: Final[tuple[Column[Finding], ...]] = (
    Column(
        "state",
        "",
        lambda one, glyphs: (sign(SEVERITY[one.severity], glyphs),),
        lambda one: (_ORDER[one.severity], one.subject.id, one.code),
        1,
        1,
        gap=1,
    ),
    text_column("kind", "KIND", lambda one: one.subject.kind.value.replace("_", " "), 11, 9, drop=2, role=Role.MUTED),
    text_column("about", "ABOUT", lambda one: one.subject.id, 36, 14),
    text_column("what", "WHAT", lambda one: one.title, 90, 24),
    text_column("code", "CODE", lambda one: one.code, 28, 10, drop=1, role=Role.MUTED),
)


def _groups(rows: Sequence[Finding], glyphs: Glyphs) -> Groups:
    """A heading before those of one severity: how soon they matter, and how many they are."""
    heads: list[tuple[int, Line]] = []
    row = 0
    for severity, found in groupby(rows, lambda one: one.severity):
        number = sum(1 for _ in found)
        look = SEVERITY[severity]
        heads.append(
            (row, (Piece(f"{_words(severity, number)} ", look[1]), Piece(f"{glyphs.dot} {number}", Role.MUTED)))
        )
        row += number
    return Groups(heads)


def _words(severity: Severity, number: int) -> str:
    return "need you now" if severity is Severity.ERROR and number > 1 else WORD[severity]


def _detail(one: Finding, _snapshot: Snapshot, glyphs: Glyphs) -> Iterator[Line]:
    look = SEVERITY[one.severity]
    yield (sign(look, glyphs), Piece(" "), outside(one.title, look[1], TEXT_LIMIT))
    yield BLANK
    yield heading("about")
    yield fact(one.subject.kind.value.replace("_", " "), outside(one.subject.id))
    yield heading("evidence")
    yield from map(sections.said, one.evidence or ("none beside what stands above",))
    yield heading("remedy")
    yield sections.said(one.remedy.text or "none known", Role.STRONG)
    if one.remedy.action:
        yield fact("command", outside(one.remedy.action))
    yield heading("code")
    yield sections.said(one.code, Role.MUTED)


def _counts(snapshot: Snapshot, glyphs: Glyphs) -> Line:
    counts = Counter(one.severity for one in snapshot.findings)
    parts = [Piece(str(len(snapshot.findings)))]
    for severity in _ORDER:
        if counts[severity]:
            look = SEVERITY[severity]
            words = _words(severity, counts[severity])
            parts.append(Piece(f"{sign(look, glyphs).text} {counts[severity]} {words}", look[1]))
    return joined(parts, Piece("  "))


def _empty(snapshot: Snapshot, _proposal: Sequence[str], glyphs: Glyphs) -> tuple[Line, ...]:
    """Nothing was found, which is good news only where everything was read."""
    unread = [name.value for name, state in snapshot.sources.items() if state.status is not SourceStatus.FRESH]
    lines: list[Line] = [summary_line(snapshot, glyphs)]
    if unread:
        lines += [BLANK, (Piece(" not read, so not judged: ", Role.MUTED), outside(", ".join(unread)))]
    return tuple(lines)


def _related(one: Finding, snapshot: Snapshot) -> Sequence[Reference]:
    return to_subject(one.subject, snapshot)


FINDINGS: Final[Resource[Finding]] = Resource(
    id="doctor",
    title="Doctor",
    noun="finding",
    columns=COLUMNS,
    search={
        "about": lambda one: one.subject.id,
        "kind": lambda one: one.subject.kind.value,
        "what": lambda one: one.title,
        "code": lambda one: one.code,
        "severity": lambda one: f"{one.severity} {WORD[one.severity]}",
        "remedy": lambda one: one.remedy.text,
    },
    items=lambda snapshot: snapshot.findings,
    key=key_of,
    name=lambda one: one.title,
    detail=_detail,
    raw=lambda one: raw_json(finding=one),
    related=_related,
    counts=_counts,
    empty=_empty,
    gone="is not found any more",
    sort="state",
    groups=_groups,
)

"""What could not be read, and what was read only in part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from specter_tui.core.findings.model import Finding, Remedy, Severity, Subject, SubjectKind
from specter_tui.core.snapshot import Snapshot, SourceStatus

_MAX_EVIDENCE: Final = 10


def source_failed(snapshot: Snapshot) -> Iterator[Finding]:
    """A configured source has given no good read: nothing it would tell is known."""
    for name, state in snapshot.sources.items():
        if state.status is SourceStatus.FAILED:
            yield Finding(
                "source-failed",
                Severity.ERROR,
                Subject(SubjectKind.SOURCE, name),
                f"{name} can't be read",
                (state.error,) if state.error else (),
                Remedy("what the error says; `specter-tui config check` shows where each source is looked for"),
            )


def source_stale(snapshot: Snapshot) -> Iterator[Finding]:
    """An older read is shown, since newer ones failed or took too long."""
    for name, state in snapshot.sources.items():
        if state.status is SourceStatus.STALE:
            since = f"last good read {state.fetched_at:%Y-%m-%d %H:%M:%S} UTC" if state.fetched_at else ""
            yield Finding(
                "source-stale",
                Severity.WARNING,
                Subject(SubjectKind.SOURCE, name),
                f"{name} is out of date",
                tuple(text for text in (since, state.error) if text),
                Remedy("the last good data stays on show; it is read again by itself"),
            )


def source_incomplete(snapshot: Snapshot) -> Iterator[Finding]:
    """Parts of an answer were not understood; the rest counts."""
    for name, problems in snapshot.problems.items():
        more = len(problems) - _MAX_EVIDENCE
        evidence = (*problems[:_MAX_EVIDENCE], *((f"and {more} more",) if more > 0 else ()))
        yield Finding(
            "source-incomplete",
            Severity.WARNING,
            Subject(SubjectKind.SOURCE, name),
            f"{name} answered with {len(problems)} part(s) that are not understood",
            evidence,
            Remedy("look at the named parts; what they would tell counts as unknown"),
        )


CHECKS: Final[tuple[Callable[[Snapshot], Iterator[Finding]], ...]] = (source_failed, source_stale, source_incomplete)

"""Changes that were interrupted: nobody works on them, and nobody else can touch what they stand on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from specter_tui.core.actions.model import Entry
from specter_tui.core.findings.checks import worst_first
from specter_tui.core.findings.model import Finding, Remedy, Severity, Subject, SubjectKind
from specter_tui.core.renewing.orders import RENEW
from specter_tui.core.snapshot import Snapshot

INTERRUPTED: Final = "action-interrupted"
_STOPPED: Final = "Traefik may be stopped, and then no host answers until this is ended"


def with_interrupted(snapshot: Snapshot, entries: Iterable[Entry], problem: str = "") -> Snapshot:
    """The snapshot with a finding for each of these; `problem` says why the journal could not be read."""
    found = tuple(_findings(snapshot, entries, problem))
    return replace(snapshot, findings=worst_first((*snapshot.findings, *found))) if found else snapshot


def _findings(snapshot: Snapshot, entries: Iterable[Entry], problem: str) -> Iterator[Finding]:
    if problem:
        yield Finding(
            "journal-unreadable",
            Severity.UNKNOWN,
            Subject(SubjectKind.SOURCE, "state"),
            "whether a change was interrupted is not known",
            (problem,),
            Remedy("what the reason says"),
        )
    for one in entries:
        if one.context != snapshot.context:
            continue  # this configuration can't end it
        last = one.steps[-1].text if one.steps else "nothing was done yet"
        yield Finding(
            INTERRUPTED,
            Severity.ERROR,
            Subject(SubjectKind.SOURCE, one.id),
            f"{one.plan.action} {one.plan.target} was interrupted, and blocks its target",
            (
                f"begun by {one.who} at {one.started_at}",
                f"the last step: {last}",
                *((_STOPPED,) if one.plan.action == RENEW else ()),
            ),
            Remedy(
                f"x in the dashboard finishes it or takes it back; else: specter-tui finish {one.id}, or undo {one.id}"
            ),
        )

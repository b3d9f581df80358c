"""Protections that were asked for and do not hold: errors for as long as that lasts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from specter_tui.core.asked import Asked, AskedRead
from specter_tui.core.findings.checks import worst_first
from specter_tui.core.findings.model import Finding, Remedy, Severity, Subject, SubjectKind
from specter_tui.core.snapshot import Host, ProtectionState, Snapshot, SourceName, SourceStatus

# States in which a visitor without a session gets past what was asked for; unknown ones have a finding of their own.
_LOST: Final = {
    ProtectionState.UNPROTECTED: "open to everyone",
    ProtectionState.BYPASSED: "authentication can be skipped",
    ProtectionState.OTHER_AUTH: "guarded by something else than the verify service",
}


def with_asked(snapshot: Snapshot, asked: AskedRead) -> Snapshot:
    """The snapshot with a finding for each protection that was asked for and is not there."""
    found = tuple(_findings(snapshot, asked))
    return replace(snapshot, findings=worst_first((*snapshot.findings, *found))) if found else snapshot


def _findings(snapshot: Snapshot, asked: AskedRead) -> Iterator[Finding]:
    if asked.problem:
        yield Finding(
            "asked-unreadable",
            Severity.ERROR,
            Subject(SubjectKind.SOURCE, "state"),
            "which protections were asked for is not known",
            (asked.problem,),
            Remedy("correct the file, or take it away and protect the hosts again"),
        )
    if snapshot.source(SourceName.TRAEFIK).status is not SourceStatus.FRESH:
        return  # the source's own finding tells it; what an old read shows is no news
    hosts = {host.name: host for host in snapshot.hosts}
    for one in asked.hosts:
        host = hosts.get(one.host)  # a host that nothing answers for is closed
        if host is not None and host.protection.state in _LOST:
            yield _lost(one, host)


def _lost(one: Asked, host: Host) -> Finding:
    return Finding(
        "protection-lost",
        Severity.ERROR,
        Subject(SubjectKind.HOST, one.host),
        f"protection was asked for and does not hold: {_LOST[host.protection.state]}",
        (f"asked for by {one.by} at {one.asked_at}, by {one.via}", *host.protection.reasons),
        Remedy(f"specter-tui protect {one.host}; or take it back with unprotect", "protect"),
    )

"""`specter-tui doctor`: what is wrong, why, and what to do; its exit code is made for cron."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Final

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.output import Output
from specter_tui.cli.session import glyphs_of, take_snapshot, write_findings, write_sources
from specter_tui.config import LoadedConfig
from specter_tui.core.export import doctor_document
from specter_tui.core.findings.model import Severity
from specter_tui.core.snapshot import Snapshot, SourceStatus
from specter_tui.ui.present.base import count

_FAILING: Final = {
    "error": frozenset({Severity.ERROR}),
    "warning": frozenset({Severity.ERROR, Severity.WARNING, Severity.UNKNOWN}),
    "never": frozenset[Severity](),
}

_NOUN: Final = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.UNKNOWN: "unknown",
    Severity.INFO: "note",
}


def run(args: argparse.Namespace, config: LoadedConfig, output: Output) -> int:
    """Writes all findings; exits with 1 when one is as bad as --fail-on says."""
    snapshot = take_snapshot(config, probe=args.probe)
    if args.json:
        output.json(doctor_document(snapshot))
    else:
        _write(snapshot, output)
    failing = any(finding.severity in _FAILING[args.fail_on] for finding in snapshot.findings)
    return ExitCode.FINDINGS if failing else ExitCode.OK


def _write(snapshot: Snapshot, output: Output) -> None:
    glyphs = glyphs_of(output)
    write_findings(output, snapshot.findings, glyphs)
    counts = Counter(finding.severity for finding in snapshot.findings)
    looked_at = f"{len(snapshot.routes)} routes, {len(snapshot.hosts)} hosts, {len(snapshot.containers)} containers, "
    looked_at += f"{len(snapshot.certificates)} certificates looked at"
    unread = any(state.status is not SourceStatus.FRESH for state in snapshot.sources.values())
    if snapshot.findings:
        output.line()
        found = ", ".join(count(counts[severity], _NOUN[severity]) for severity in Severity if counts[severity])
        output.line(f"{found}; {looked_at}")
    else:
        output.line(f"nothing found{' in what could be read' if unread else ''}; {looked_at}")
    write_sources(output, snapshot, glyphs)

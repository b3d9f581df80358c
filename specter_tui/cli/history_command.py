"""`specter-tui history`: what was changed, by whom, and how it went."""

from __future__ import annotations

import argparse

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.output import Output
from specter_tui.cli.table import Column, write_table
from specter_tui.config import LoadedConfig
from specter_tui.core.actions import Entry, Standing
from specter_tui.core.actions.document import history_document
from specter_tui.core.snapshot import Snapshot
from specter_tui.core.text import visible
from specter_tui.ui.present.base import outside
from specter_tui.wiring.actions import SystemClock, build_desk


def run(args: argparse.Namespace, config: LoadedConfig, output: Output) -> int:
    """Writes all entries, the latest first; it reads no source."""
    entries = build_desk(config).history()
    if args.json:
        nothing = Snapshot(SystemClock().now(), config.context, {})
        output.json(history_document(nothing, entries))
        return ExitCode.OK
    columns = [
        Column[Entry]("ID", lambda one: (outside(one.id),)),
        Column[Entry]("BEGAN", lambda one: (outside(one.started_at),), keep=2),
        Column[Entry]("WHO", lambda one: (outside(one.who),), keep=3),
        Column[Entry]("ACTION", lambda one: (outside(f"{one.plan.action} {one.plan.target}"),)),
        Column[Entry]("RESULT", lambda one: (outside(_result(one)),)),
        Column[Entry]("UNDONE BY", lambda one: (outside(one.undone_by),), keep=1),
    ]
    if not entries:
        output.line("nothing was changed yet")
        return ExitCode.OK
    write_table(output, columns, entries)
    for one in entries:
        if one.standing is Standing.INTERRUPTED:
            steps = visible(one.steps[-1].text, 200) if one.steps else "nothing was done yet"
            output.line(f"{one.id} was interrupted ({steps})")
            output.line(f"  go on: specter-tui finish {one.id}   take it back: specter-tui undo {one.id}")
    return ExitCode.OK


def _result(entry: Entry) -> str:
    """How it stands; `rollback_failed` reads as what it is."""
    if entry.standing is not Standing.ENDED:
        return entry.standing.value
    return entry.result.value.replace("_", " ").upper() if entry.result == "rollback_failed" else entry.result.value

"""How plans, steps and outcomes are written for a person, and how a change is confirmed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.output import Output
from specter_tui.core.actions import Outcome, Phase, Plan, Result, Step
from specter_tui.core.actions.diff import Sign, diff
from specter_tui.core.errors import RefusedError
from specter_tui.core.text import visible

CODES: Final = {
    Result.PLANNED: ExitCode.OK,
    Result.DONE: ExitCode.OK,
    Result.REFUSED: ExitCode.REFUSED,
    Result.ROLLED_BACK: ExitCode.ROLLED_BACK,
    Result.ROLLBACK_FAILED: ExitCode.ROLLBACK_FAILED,
}
_SHOWN: Final = 1000
_MARK: Final = {Phase.APPLY: "done", Phase.VERIFY: "seen", Phase.ROLLBACK: "back"}


def write_plan(output: Output, plan: Plan) -> None:
    """Exactly what will change, what it risks, how it is proved, what undo does."""
    via = f" by {visible(plan.via)}" if plan.via else ""
    output.line(f"{visible(plan.action)} {visible(plan.target, _SHOWN)}{via}")
    for change in plan.changes:
        output.line(f"  {visible(change.where, _SHOWN)}")
        for line in diff(change):
            if line.sign is Sign.GAP:
                output.line("    ...")
            else:
                output.line(f"  {line.sign} {visible(line.text, _SHOWN)}".rstrip())
    for name, texts in (
        ("then", plan.steps),
        ("hosts", plan.hosts),
        ("risk", plan.risks),
        ("proof", (plan.proof,) if plan.proof else ()),
        ("undo", (plan.undo or "it can't be taken back",)),
        ("opens", plan.opens),
    ):
        for text in texts:
            output.line(f"  {name:<6} {visible(text, _SHOWN)}")


def confirm(output: Output, plan: Plan, *, yes: bool, opened: Sequence[str]) -> None:
    """Asks on a terminal; without one `--yes` has to be there, and `--open` for each host that is opened.

    A plan that changes nothing needs no yes. Raises RefusedError when it is not confirmed.
    """
    if not plan.changes and not plan.opens:
        return
    missing = [host for host in plan.opens if host.lower() not in {one.lower().rstrip(".") for one in opened}]
    if yes and not missing:
        return
    if not (output.is_terminal and sys.stdin.isatty()):
        flags = ["--yes"] * (not yes) + [f"--open {visible(host, _SHOWN)}" for host in missing]
        raise RefusedError("there is no terminal to ask on", f"add {' '.join(flags)}")
    if plan.opens:
        for host in missing:
            typed = _ask(f"This opens {visible(host, _SHOWN)} to everybody. Type its name: ")
            if typed.lower().rstrip(".") != host.lower():
                raise RefusedError("the name is another one")
    if not yes and not missing and _ask("Go on? [y/N] ").lower() not in {"y", "yes"}:
        raise RefusedError("declined")


def _ask(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        return ""


def write_step(output: Output, step: Step) -> None:
    """One line a step, at once."""
    output.line(f"  {_MARK[step.phase]:<6} {visible(step.text, _SHOWN)}")
    output.flush()


def write_outcome(output: Output, plan: Plan, outcome: Outcome, *, quiet: bool) -> None:
    """How it ended; a failed rollback is the loudest line there is. `quiet`: only what went wrong, on stderr."""
    if outcome.result is Result.DONE and not quiet:
        for proof in outcome.proof:
            output.line(f"  proof  {visible(proof, _SHOWN)}")
        hint = f"; to take it back: specter-tui undo {outcome.journal_id}" if plan.undo else ""
        output.line(f"done: {visible(plan.action)} {visible(plan.target, _SHOWN)}{hint}")
    if not outcome.reason:
        return
    said = {
        Result.DONE: "done, but {}",
        Result.REFUSED: "refused, nothing was changed: {}",
        Result.ROLLED_BACK: "failed and rolled back, everything is as before: {}",
        Result.ROLLBACK_FAILED: "FAILED, AND SO DID THE WAY BACK. Look at it now: {}",
    }.get(outcome.result, "{}")
    output.error(said.format(outcome.reason))

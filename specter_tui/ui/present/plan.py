"""A change as lines: what it will do, the steps as they happen, how it ended. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from specter_tui.core.actions.diff import Sign, diff
from specter_tui.core.actions.model import Change, Entry, Outcome, Phase, Plan, Result, Standing, Step
from specter_tui.core.dns.plan import LimitError
from specter_tui.core.errors import MoreNeeded
from specter_tui.core.pending import PendingError
from specter_tui.core.protecting import OverlayNeeded
from specter_tui.ui.present.base import TEXT_LIMIT, Glyphs, Line, Piece, Role, outside

_LABEL: Final = 6  # cells of "risk", "proof", ...
_BLANK: Final[Line] = (Piece(" "),)
_SIGNS: Final = {Sign.IN: Role.OK, Sign.OUT: Role.BAD, Sign.SAME: Role.MUTED, Sign.GAP: Role.MUTED}
_RESULTS: Final = {
    Result.PLANNED: ("not done yet", Role.OFF),
    Result.DONE: ("done", Role.OK),
    Result.REFUSED: ("refused, nothing was changed", Role.WARN),
    Result.ROLLED_BACK: ("failed, everything was put back", Role.WARN),
    Result.ROLLBACK_FAILED: ("FAILED, and could not be put back: look at it now", Role.BAD),
}


class _Asks(NamedTuple):
    """How a person is asked for what a plan needs beyond a yes."""

    what: str
    note: str
    answer: str


_ASKS: Final[Mapping[type[MoreNeeded], _Asks]] = {
    PendingError: _Asks(
        "other changes wait in the compose files and would be deployed with it",
        "Taking it back would leave them deployed.",
        "Include them",
    ),
    OverlayNeeded: _Asks(
        "labels can't protect it",
        "The overlay can: a router of Traefik's file provider that stands before it. The plan comes next.",
        "By the overlay",
    ),
    LimitError: _Asks(
        "this is more than is changed without being asked for by itself",
        "The plan comes next, and asks once more.",
        "Show it all the same",
    ),
}


def plan_lines(plan: Plan, glyphs: Glyphs) -> Iterator[Line]:
    """Exactly what will change, what it risks, how it will be proved and taken back."""
    if not plan.changes:
        yield (Piece(f"{glyphs.ok} nothing has to be changed", Role.OK),)
        yield _BLANK
    for change in plan.changes:
        yield (outside(change.where, Role.STRONG, TEXT_LIMIT),)
        yield from diff_lines(change, glyphs)
        yield _BLANK
    yield from _labelled("then", plan.steps)
    yield from _labelled("risk", plan.risks, Role.WARN)
    yield from _labelled("proof", (plan.proof,))
    yield from _labelled("undo", (plan.undo or "this can't be taken back",))
    for host in plan.opens:
        yield (Piece(f"{glyphs.open} opens ", Role.BAD), outside(host, Role.STRONG), Piece(" to everyone", Role.BAD))


def diff_lines(change: Change, glyphs: Glyphs) -> Iterator[Line]:
    """What goes and what comes, with what stays around it."""
    for line in diff(change):
        sign = glyphs.ellipsis if line.sign is Sign.GAP else line.sign.value
        yield (Piece(f" {sign} ", _SIGNS[line.sign]), outside(line.text, _SIGNS[line.sign], TEXT_LIMIT))


def more_lines(error: MoreNeeded, glyphs: Glyphs) -> Iterator[Line]:
    """What a person has to know, before they have said whether they still want it."""
    asks = _ASKS[type(error)]
    yield (Piece(f"{glyphs.warn} {asks.what}", Role.WARN),)
    for one in error.details:
        yield (Piece("   "), outside(one, limit=TEXT_LIMIT))
    yield _BLANK
    yield (Piece(f"{asks.note} Nothing was changed so far.", Role.MUTED),)


def answer_to(error: MoreNeeded) -> str:
    """The words on the button that wants it all the same."""
    return _ASKS[type(error)].answer


def step_lines(steps: Sequence[Step], glyphs: Glyphs, *, running: bool) -> Iterator[Line]:
    """What was done so far."""
    for step in steps:
        back = step.phase is Phase.ROLLBACK
        mark = Piece(f"{glyphs.warn if back else glyphs.ok} ", Role.WARN if back else Role.OK)
        yield (mark, *((Piece("putting back: ", Role.MUTED),) if back else ()), outside(step.text, limit=TEXT_LIMIT))
    if running:
        yield (Piece(f"{glyphs.unknown} ", Role.OFF), Piece("at work; leaving this page does not stop it", Role.MUTED))


def outcome_lines(outcome: Outcome, glyphs: Glyphs) -> Iterator[Line]:
    """How it ended, with the proof."""
    words, role = _RESULTS[outcome.result]
    yield _BLANK
    yield (Piece(f"{_glyph_of(outcome.result, glyphs)} {words}", role),)
    if outcome.reason:
        yield (Piece("  "), outside(outcome.reason, limit=TEXT_LIMIT))
    for proof in outcome.proof:
        yield (Piece("  proof ", Role.MUTED), outside(proof, limit=TEXT_LIMIT))
    if outcome.journal_id:
        yield (Piece("  journal ", Role.MUTED), outside(outcome.journal_id, Role.MUTED))


def lost_lines(why: str, glyphs: Glyphs) -> Iterator[Line]:
    """That this dashboard heard no more of a change, which goes on without it."""
    yield _BLANK
    yield (Piece(f"{glyphs.unknown} how it ended is not known here; it goes on by itself: see the journal", Role.BAD),)
    yield (Piece("  "), outside(why, limit=TEXT_LIMIT))


def entry_lines(entry: Entry, glyphs: Glyphs) -> Iterator[Line]:
    """One entry of the journal, whole."""
    yield (
        outside(f"{entry.plan.action} {entry.plan.target}", Role.STRONG),
        outside(f"   {entry.plan.via}", Role.MUTED),
    )
    yield from _labelled("who", (entry.who,))
    yield from _labelled("from", (f"{entry.started_at} to {entry.ended_at or 'now'}",))
    if entry.plan.undoes:
        yield from _labelled("undo", (f"takes {entry.plan.undoes} back",))
    if entry.undone_by:
        yield from _labelled("undone", (f"by {entry.undone_by}",))
    yield _BLANK
    yield from plan_lines(entry.plan, glyphs)
    yield from step_lines(entry.steps, glyphs, running=entry.standing is Standing.RUNNING)
    if entry.standing is Standing.INTERRUPTED:
        yield _BLANK
        yield (Piece(f"{glyphs.bad} interrupted: x finishes it or takes it back", Role.BAD),)
    elif entry.standing is Standing.ENDED:
        yield from outcome_lines(Outcome(entry.result, entry.reason, entry.proof, entry.id), glyphs)


def result_line(entry: Entry, glyphs: Glyphs) -> Line:
    """How an entry stands, for a cell."""
    if entry.standing is Standing.RUNNING:
        return (Piece(f"{glyphs.unknown} at work", Role.OFF),)
    if entry.standing is Standing.INTERRUPTED:
        return (Piece(f"{glyphs.bad} interrupted", Role.BAD),)
    if entry.undone_by:
        return (Piece(f"{glyphs.off} undone", Role.OFF),)
    words, role = _RESULTS[entry.result]
    return (Piece(f"{_glyph_of(entry.result, glyphs)} {words}", role),)


def _glyph_of(result: Result, glyphs: Glyphs) -> str:
    if result is Result.DONE:
        return glyphs.ok
    return glyphs.bad if result is Result.ROLLBACK_FAILED else glyphs.warn


def _labelled(label: str, texts: Sequence[str], role: Role = Role.TEXT) -> Iterator[Line]:
    for number, text in enumerate(one for one in texts if one):
        name = label if number == 0 else ""
        yield (Piece(f"{name:<{_LABEL}}", Role.MUTED), outside(text, role, TEXT_LIMIT))

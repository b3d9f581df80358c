"""Actions as JSON documents, see `core.export`."""

from __future__ import annotations

from collections.abc import Iterable

from specter_tui.core.actions.diff import for_journal
from specter_tui.core.actions.model import Entry, Outcome, Plan
from specter_tui.core.export import Document, head
from specter_tui.core.snapshot import Snapshot


def action_document(snapshot: Snapshot, plan: Plan, outcome: Outcome) -> Document:
    """What a command that changes something prints."""
    return {**head(snapshot), **_action(for_journal(plan), outcome)}


def history_document(snapshot: Snapshot, entries: Iterable[Entry]) -> Document:
    """`history --json`."""
    return {**head(snapshot), "actions": [_entry(one) for one in entries]}


def _action(plan: Plan, outcome: Outcome) -> Document:
    """`plan` is masked already."""
    return {
        "plan": {
            "action": plan.action,
            "target": plan.target,
            "via": plan.via or None,
            "fingerprint": plan.fingerprint,
            "changes": [{"where": one.where, "before": one.before, "after": one.after} for one in plan.changes],
            "steps": list(plan.steps),
            "risks": list(plan.risks),
            "opens": list(plan.opens),
            "hosts": list(plan.hosts),
            "undoes": plan.undoes or None,
        },
        "result": outcome.result.value,
        "reason": outcome.reason or None,
        "proof": list(outcome.proof),
        "journal_id": outcome.journal_id or None,
    }


def _entry(entry: Entry) -> Document:
    return {
        **_action(entry.plan, Outcome(entry.result, entry.reason, entry.proof, entry.id)),
        "standing": entry.standing.value,
        "who": entry.who,
        "context": entry.context,
        "started_at": entry.started_at,
        "ended_at": entry.ended_at or None,
        "undone_by": entry.undone_by or None,
    }

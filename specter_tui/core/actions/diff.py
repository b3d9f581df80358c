"""How a change is shown: its lines, masked, with a few around them."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final, NamedTuple

from specter_tui.core.actions.model import Change, Plan
from specter_tui.core.secrets import MASK, mask_line

_AROUND: Final = 2  # lines
_KEY_MATERIAL: Final = re.compile(r"\s*(?:-+)?[A-Za-z0-9+/]{40,}={0,2}(?:-+)?\s*")  # a line of a PEM block


class Sign(StrEnum):
    """What becomes of a line; `GAP` stands for lines that are left out."""

    SAME = " "
    OUT = "-"
    IN = "+"
    GAP = "…"


class DiffLine(NamedTuple):
    """One line, secrets masked, without its end."""

    sign: Sign
    text: str


def diff(change: Change) -> tuple[DiffLine, ...]:
    """The lines that change with two around them; secrets are masked, control characters are not."""
    before, after = _lines(change.before), _lines(change.after)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    found: list[DiffLine] = []
    for number, group in enumerate(matcher.get_grouped_opcodes(_AROUND)):
        if number:
            found.append(DiffLine(Sign.GAP, ""))
        for kind, start, end, into, until in group:
            if kind == "equal":
                found += [DiffLine(Sign.SAME, one) for one in before[start:end]]
            else:
                found += [DiffLine(Sign.OUT, one) for one in before[start:end]]
                found += [DiffLine(Sign.IN, one) for one in after[into:until]]
    return tuple(DiffLine(sign, masked(text)) for sign, text in found)


def masked(line: str) -> str:
    """A line of a file without what looks like a secret."""
    return MASK if _KEY_MATERIAL.fullmatch(line) else mask_line(line)


def for_journal(plan: Plan) -> Plan:
    """The plan as it may be kept for long and shown: only the lines that change, masked, and without `work`."""
    return replace(plan, changes=tuple(_only_changed(one) for one in plan.changes), work="{}")


def _only_changed(change: Change) -> Change:
    lines = diff(change)
    before = "\n".join(line.text for line in lines if line.sign is Sign.OUT)
    after = "\n".join(line.text for line in lines if line.sign is Sign.IN)
    return Change(change.where, before, after)


def _lines(text: str) -> list[str]:
    """Split where YAML and editors split; a carriage return stays, since it may be all that changes."""
    return text.split("\n")[: None if not text.endswith("\n") else -1] if text else []

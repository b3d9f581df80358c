"""How a change is shown, and what of it the journal keeps."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from specter_tui.core.actions import Change, Plan
from specter_tui.core.actions.diff import Sign, diff, for_journal

LINES = st.lists(st.sampled_from(["a", "b", "c", "", "d\r"]), max_size=12)


@given(LINES, LINES)
def test_the_lines_that_are_shown_are_those_that_change(before: list[str], after: list[str]) -> None:
    shown = diff(Change("/f", "".join(f"{one}\n" for one in before), "".join(f"{one}\n" for one in after)))
    gone = [line.text for line in shown if line.sign is Sign.OUT]
    new = [line.text for line in shown if line.sign is Sign.IN]
    assert len(after) - len(before) == len(new) - len(gone)
    assert bool(shown) is (before != after)


def test_two_lines_stand_around_and_the_rest_is_left_out() -> None:
    before = "".join(f"{number}\n" for number in range(20))
    after = before.replace("5\n", "five\n", 1).replace("17\n", "seventeen\n")
    shown = [f"{line.sign}{line.text}" for line in diff(Change("/f", before, after))]
    assert shown == [
        *(" 3", " 4", "-5", "+five", " 6", " 7", "…"),
        *(" 15", " 16", "-17", "+seventeen", " 18", " 19"),
    ]


def test_secrets_are_masked_in_what_is_shown_and_kept() -> None:
    key = base64.b64encode(bytes(range(48))).decode()
    before = "POSTGRES_PASSWORD: hunter2\n"
    after = f"POSTGRES_PASSWORD: hunter3\nurl: https://u:hunter4@h/\n{key}\n"
    plan = Plan("protect", "x", "f", changes=(Change("/f", before, after),), work='{"all": "hunter5"}')
    kept = for_journal(plan)
    told = repr((diff(plan.changes[0]), kept, kept.work, plan))
    assert "hunter4" not in repr(kept)
    assert not [one for one in ("hunter2", "hunter3", "hunter5", key) if one in repr((diff(plan.changes[0]), kept))]
    assert "hunter5" not in told
    assert kept.changes[0].before == "POSTGRES_PASSWORD: ***"

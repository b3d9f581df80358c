"""What is told of a process that ends without an outcome: never that nothing was changed, unless that is certain."""

from __future__ import annotations

from pathlib import Path

import pytest

from specter_tui.core.actions import Outcome, Result, Step
from specter_tui.effects import launcher
from specter_tui.effects.launcher import ProcessLauncher

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("way", "result", "words"),
    [
        ("usage", Result.REFUSED, "unrecognized arguments"),
        ("broken", Result.ROLLBACK_FAILED, "ended in the middle"),
        ("killed", Result.ROLLBACK_FAILED, "ended in the middle"),
    ],
)
async def test_an_end_without_an_outcome(monkeypatch: pytest.MonkeyPatch, way: str, result: Result, words: str) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(launcher, "PROGRAM", "tests.effects.ending")
    step, outcome = [one async for one in ProcessLauncher().launch((way,), "{}")]
    assert isinstance(step, Step)
    assert isinstance(outcome, Outcome)
    assert outcome.result is result
    assert words in outcome.reason

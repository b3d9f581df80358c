"""An interrupted change is an error until it is ended, in the context that can end it."""

from __future__ import annotations

from pathlib import Path

import pytest

from specter_tui.core.actions import Change, Outcome, Phase, Plan, Receipt, Result, Standing, Step
from specter_tui.core.findings.interrupted import with_interrupted
from specter_tui.core.findings.model import Severity
from specter_tui.effects.journal import FileJournal
from tests.builders import a_snapshot
from tests.ui.desk import an_entry

ID = "20261122-140200-1a2b3c"
RECEIPT = Receipt(ID, Plan("protect", "[red]wiki", "f", changes=(Change("x", "a", "b"),)), "ops", "vps1", "then")


def test_it_is_an_error_that_says_how_it_is_ended() -> None:
    step = Step(Phase.APPLY, "wrote it", "then")
    entry = an_entry(ID, standing=Standing.INTERRUPTED, context="vps1", steps=(step,))
    (found,) = with_interrupted(a_snapshot(), [entry]).findings
    assert (found.code, found.severity, found.subject.id) == ("action-interrupted", Severity.ERROR, ID)
    assert found.evidence[1] == "the last step: wrote it"
    assert f"specter-tui finish {ID}" in found.remedy.text
    other = an_entry(ID, standing=Standing.INTERRUPTED, context="elsewhere")
    assert with_interrupted(a_snapshot(), [other]).findings == ()


def test_what_can_t_be_known_is_told() -> None:
    (found,) = with_interrupted(a_snapshot(), (), "it is open to others").findings
    assert (found.code, found.severity) == ("journal-unreadable", Severity.UNKNOWN)


def test_the_journal_names_what_nobody_works_on(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "state")
    assert journal.interrupted() == ()
    with journal.begin(RECEIPT):
        assert journal.interrupted() == ()
    assert [one.id for one in journal.interrupted()] == [ID]
    with journal.resume(ID) as receipt:
        assert journal.interrupted() == ()
        journal.end(receipt, Outcome(Result.ROLLED_BACK, "x", (), ID), "later")
    assert journal.interrupted() == ()


def test_a_kill_behind_the_line_in_the_journal_leaves_what_undoes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = FileJournal(tmp_path / "state")
    with journal.begin(RECEIPT), monkeypatch.context() as patched:
        patched.setattr(FileJournal, "_keep", lambda *_: None)
        journal.end(RECEIPT, Outcome(Result.DONE, "", (), ID), "later")
    assert [one.standing for one in journal.entries()] == [Standing.ENDED]
    assert journal.backup(ID) == RECEIPT
    assert journal.interrupted() == ()

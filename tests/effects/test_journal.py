"""The journal in real files: what is there after each step, what is refused, what is dropped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from specter_tui.core.actions import Change, Outcome, Phase, Plan, Receipt, Result, Standing, Step
from specter_tui.core.errors import RefusedError
from specter_tui.effects import journal_file
from specter_tui.effects.journal import FileJournal
from specter_tui.effects.state_folder import state_path

PLAN = Plan("restart", "wiki", "f", changes=(Change("/f", "", "PASSWORD=hunter2\n"),), locks=("a",), work='{"w": 1}')
DONE = Outcome(Result.DONE, "", ("seen",), "")


def receipt(number: int = 1, plan: Plan = PLAN) -> Receipt:
    return Receipt(f"20261123-14020{number}-00000{number}", plan, "ops", "default", "2026-11-23T14:02:00Z")


@pytest.fixture
def journal(tmp_path: Path) -> FileJournal:
    return FileJournal(tmp_path / "state" / "specter")


def test_a_receipt_is_running_while_it_is_held_then_interrupted_then_ended(journal: FileJournal) -> None:
    one = receipt()
    step = Step(Phase.APPLY, "restarted wiki", one.started_at)
    with journal.begin(one):
        journal.note(one.id, step)
        assert [entry.standing for entry in journal.entries()] == [Standing.RUNNING]
        with pytest.raises(RefusedError, match="a process works on"), journal.resume(one.id):
            pass
    assert [(entry.standing, entry.steps) for entry in journal.entries()] == [(Standing.INTERRUPTED, (step,))]
    with journal.resume(one.id) as found:
        assert found == one
        assert [entry.standing for entry in journal.entries()] == [Standing.RUNNING]
        journal.end(one, DONE, "2026-11-23T14:03:00Z")
    (entry,) = journal.entries()
    assert (entry.standing, entry.result, entry.proof) == (Standing.ENDED, Result.DONE, ("seen",))
    assert journal.backup(one.id) == one
    with pytest.raises(RefusedError, match="is not interrupted"), journal.resume(one.id):
        pass


def test_nothing_of_it_is_open_to_others_and_no_secret_is_in_the_journal(journal: FileJournal, tmp_path: Path) -> None:
    with journal.begin(receipt()):
        journal.end(receipt(), DONE, "")
    folder = tmp_path / "state" / "specter"
    modes = {path: path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}
    assert b"hunter2" not in (folder / journal_file.NAME).read_bytes()


def test_an_undo_is_told_with_what_it_undid(journal: FileJournal) -> None:
    undo = receipt(2, Plan("start", "wiki", "f", undoes=receipt().id))
    for one in (receipt(), undo):
        with journal.begin(one):
            journal.end(one, DONE, "")
    assert [(one.id, one.undone_by) for one in journal.entries()] == [(undo.id, ""), (receipt().id, undo.id)]


def test_backups_are_dropped_after_30_days(tmp_path: Path) -> None:
    folder = tmp_path / "specter"
    day = 86_400.0
    for number, now in enumerate((0.0, 29 * day, 31 * day)):
        journal = FileJournal(folder, lambda now=now: now)  # type: ignore[misc]  # the default binds it
        with journal.begin(receipt(number)):
            journal.end(receipt(number), DONE, "")
    kept = sorted(path.stem for path in (folder / "backups").iterdir())
    assert kept == [receipt(1).id, receipt(2).id]
    with pytest.raises(RefusedError, match="kept for 30 days"):
        journal.backup(receipt(0).id)
    assert len(journal.entries()) == 3


def test_a_full_file_becomes_the_one_before(journal: FileJournal, tmp_path: Path) -> None:
    folder = tmp_path / "specter"
    folder.mkdir()
    handle = os.open(folder, os.O_RDONLY)
    one = FileJournal(tmp_path / "other")
    with one.begin(receipt()):
        one.end(receipt(), DONE, "")
    (entry,) = one.entries()
    for _ in range(3):
        journal_file.add(handle, entry, largest=10)
    assert sorted(path.name for path in folder.iterdir()) == [journal_file.BEFORE, journal_file.NAME]
    assert len(list(journal_file.entries(handle))) == 2
    os.close(handle)


def test_a_torn_line_costs_only_itself(journal: FileJournal, tmp_path: Path) -> None:
    with journal.begin(receipt()):
        journal.end(receipt(), DONE, "")
    with (tmp_path / "state/specter" / journal_file.NAME).open("ab") as stream:
        stream.write(b'{"id": "2026')
    with journal.begin(receipt(2)):
        journal.end(receipt(2), DONE, "")
    assert [one.id for one in journal.entries()] == [receipt(2).id, receipt().id]


def test_a_folder_behind_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "specter").symlink_to(tmp_path / "real")
    with pytest.raises(RefusedError, match="can't be used"), FileJournal(tmp_path / "specter").begin(receipt()):
        pass
    assert not list((tmp_path / "real").iterdir())


def test_a_journal_file_that_is_a_link_is_not_followed(journal: FileJournal, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("x")
    with journal.begin(receipt()):
        (tmp_path / "state/specter" / journal_file.NAME).symlink_to(victim)
        with pytest.raises(RefusedError, match="can't be written or read"):
            journal.end(receipt(), DONE, "")
    assert victim.read_text() == "x"


@pytest.mark.parametrize("name", ["../x", "", "20261123-140201-00000g", "x" * 300, "20261123-140201-000001/../y"])
def test_what_is_no_id_opens_nothing(journal: FileJournal, name: str) -> None:
    with pytest.raises(RefusedError, match="is no journal id"), journal.resume(name):
        pass
    with pytest.raises(RefusedError, match="is no journal id"):
        journal.backup(name)


def test_where_the_state_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/srv/ops")
    assert state_path({"XDG_STATE_HOME": "/s"}, root=True) == Path("/s/specter")
    assert state_path({"XDG_STATE_HOME": "s"}, root=True) == Path("/var/lib/specter")
    assert state_path({}, root=False) == Path("/srv/ops/.local/state/specter")

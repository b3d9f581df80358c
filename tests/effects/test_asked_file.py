"""The file of asked protections."""

from __future__ import annotations

from pathlib import Path

import pytest

from specter_tui.core.asked import Asked
from specter_tui.core.errors import RefusedError
from specter_tui.effects.asked_file import NAME, AskedFile

ONE = Asked("wiki.example.org", "labels", "2026-11-22T10:00:00Z", "ops")


def test_what_is_written_is_read_again_and_the_same_object_while_nothing_changes(tmp_path: Path) -> None:
    file = AskedFile(tmp_path)
    assert not file.read().hosts
    file.write((ONE,))
    assert file.read().hosts == (ONE,)
    assert file.read() is file.read()
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == [NAME]
    file.write(())
    assert file.read().hosts == ()


def test_no_folder_has_asked_for_nothing(tmp_path: Path) -> None:
    file = AskedFile(tmp_path / "nothing")
    assert file.read() is file.read()
    assert not file.read().problem


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"version": 2, "hosts": []}', '{"version": 1, "hosts": [1]}', "[" * 100_000]
)
def test_a_damaged_file_is_a_problem(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text)
    assert "is not understood" in AskedFile(tmp_path).read().problem


def test_so_is_one_that_others_can_write_and_a_link(tmp_path: Path) -> None:
    AskedFile(tmp_path).write((ONE,))
    (tmp_path / NAME).chmod(0o666)
    assert "others can write" in AskedFile(tmp_path).read().problem
    (tmp_path / NAME).rename(tmp_path / "x")
    (tmp_path / NAME).symlink_to(tmp_path / "x")
    assert "can't be read" in AskedFile(tmp_path).read().problem


def test_a_folder_that_is_gone_can_not_be_written(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="can't be written"):
        AskedFile(tmp_path / "nothing").write((ONE,))

"""The file of asked protections."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from specter_tui.core.errors import RefusedError
from specter_tui.effects.asked_file import NAME, AskedFile


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "specter"


def test_what_is_written_is_read_again_and_the_same_object_while_nothing_changes(folder: Path) -> None:
    file = AskedFile(folder, who="ops")
    assert file.read() is file.read()
    file.add(["b.example.org", "a.example.org"], "labels")
    file.add([], "labels")
    assert file.hosts() == ("a.example.org", "b.example.org")
    assert {(one.by, one.via) for one in file.read().hosts} == {("ops", "labels")}
    assert file.read() is file.read()
    assert (folder / NAME).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [one.name for one in folder.iterdir()] == [NAME]
    file.remove(["a.example.org", "never.example.org"])
    assert AskedFile(folder).hosts() == ("b.example.org",)


def test_contexts_do_not_know_each_others_hosts(folder: Path) -> None:
    AskedFile(folder, "vps2").add(["a.example.org"], "labels")
    AskedFile(folder).add(["a.example.org"], "labels")
    AskedFile(folder).remove(["a.example.org"])
    assert AskedFile(folder).hosts() == ()
    assert AskedFile(folder, "vps2").hosts() == ("a.example.org",)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": 2, "hosts": []}', '{"version": 1, "hosts": [1]}'])
def test_a_damaged_file_is_a_problem(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text)
    assert "is not understood" in AskedFile(tmp_path).read().problem


def test_so_is_one_that_others_can_write_and_a_link(folder: Path) -> None:
    AskedFile(folder).add(["a"], "labels")
    (folder / NAME).chmod(0o666)
    assert "others can write" in AskedFile(folder).read().problem
    (folder / NAME).rename(folder / "x")
    (folder / NAME).symlink_to(folder / "x")
    assert "can't be read" in AskedFile(folder).read().problem


def test_a_folder_that_is_open_to_others_is_not_written(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    with pytest.raises(RefusedError, match="open to others"):
        AskedFile(folder).add(["a"], "labels")


def test_a_full_disk_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    AskedFile(folder).add(["a"], "labels")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RefusedError, match="No space left"):
        AskedFile(folder).add(["b"], "labels")
    assert AskedFile(folder).hosts() == ("a",)
    assert [one.name for one in folder.iterdir()] == [NAME]


def test_nothing_is_written_over_a_file_that_is_not_understood(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    (folder / NAME).write_text("{")
    with pytest.raises(RefusedError, match="is not understood"):
        AskedFile(folder).add(["a"], "labels")
    with pytest.raises(RefusedError, match="is not understood"):
        AskedFile(folder).remove(["a"])
    assert (folder / NAME).read_text() == "{"

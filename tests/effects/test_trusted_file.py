"""Compose files: which are trusted, and how one is put in another's place."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from specter_tui.core.errors import RefusedError
from specter_tui.effects.trusted_file import LARGEST, read, replace, trusted_owners

ME = frozenset({0, os.geteuid()})
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "compose.yml"
    path.write_bytes(b"services:\r\n")
    path.chmod(0o640)
    return path


def refusal(path: Path | str, owners: frozenset[int] = ME) -> str:
    with pytest.raises(RefusedError) as caught:
        read(str(path), owners)
    return caught.value.sentence()


def test_a_file_of_ones_own_is_read_as_it_is(file: Path) -> None:
    assert read(str(file), ME) == b"services:\r\n"


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_one_that_others_can_write_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert "others can write" in refusal(file)


def test_so_is_one_in_a_folder_where_others_can_swap_it(file: Path) -> None:
    file.parent.chmod(0o777)
    assert f"others can write to {file.parent};" in refusal(file)
    file.parent.chmod(0o1777)
    assert read(str(file), ME)


@as_root
def test_owners(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chown(file, 1234, 1234)
    assert "belongs to user 1234" in refusal(file, trusted_owners({}))
    assert "belongs to user 1234" in refusal(file, trusted_owners({"SUDO_UID": "1235"}))
    assert "belongs to user 1234" in refusal(file, trusted_owners({"SUDO_UID": "x"}))
    assert read(str(file), trusted_owners({"SUDO_UID": "1234"}))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert trusted_owners({"SUDO_UID": "1234"}) == {0, 1000}


def test_links_are_refused_at_the_end_and_on_the_way(file: Path, tmp_path: Path) -> None:
    (tmp_path / "link.yml").symlink_to(file)
    (tmp_path / "folder").symlink_to(tmp_path)
    assert "without following a link" in refusal(tmp_path / "link.yml")
    assert "without following a link" in refusal(tmp_path / "folder/compose.yml")


def test_what_is_no_file_is_refused_and_blocks_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert "no regular file" in refusal(tmp_path / "fifo")
    assert "no regular file" in refusal(tmp_path)
    assert "not there" in refusal(tmp_path / "nothing")
    assert "no regular file" in refusal("/dev/null")


@pytest.mark.parametrize("path", ["compose.yml", "", "/", "/tmp/../etc/hostname", "../x"])
def test_paths_that_are_not_plain_are_refused(path: str) -> None:
    assert "no plain absolute path" in refusal(path)


def test_a_huge_file_is_refused(file: Path) -> None:
    os.truncate(file, LARGEST + 1)
    assert "larger than 8 MiB" in refusal(file)


def test_names_are_shown_without_their_control_characters(tmp_path: Path) -> None:
    assert "\\x1b[31m" in refusal(tmp_path / "\x1b[31mred")


def test_a_file_is_replaced_with_its_mode_and_nothing_is_left_beside_it(file: Path) -> None:
    replace(str(file), b"services:\r\n", b"new", ME)
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [one.name for one in file.parent.iterdir()] == ["compose.yml"]


@as_root
def test_and_with_its_owner(file: Path) -> None:
    os.chown(file, 1234, 4321)
    replace(str(file), b"services:\r\n", b"new", frozenset({0, 1234}))
    assert (file.stat().st_uid, file.stat().st_gid) == (1234, 4321)


def test_one_that_was_changed_meanwhile_is_left_alone(file: Path) -> None:
    with pytest.raises(RefusedError, match="changed meanwhile"):
        replace(str(file), b"other", b"new", ME)
    assert file.read_bytes() == b"services:\r\n"


def test_a_second_name_of_the_file_would_be_left_behind(file: Path) -> None:
    os.link(file, file.with_name("second"))
    with pytest.raises(RefusedError, match="hard link"):
        replace(str(file), b"services:\r\n", b"new", ME)


@as_root
def test_a_full_disk_changes_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RefusedError, match="No space left"):
        replace(str(file), b"services:\r\n", b"new", ME)
    assert file.read_bytes() == b"services:\r\n"
    assert [one.name for one in file.parent.iterdir()] == ["compose.yml"]

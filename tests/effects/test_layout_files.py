"""Putting a layout on a real disk, and what stays when that fails."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from specter_tui.core.errors import ConfigError
from specter_tui.core.layout import Deed, Entry, Found, Step, decide
from specter_tui.effects.layout_files import look, put


def test_what_is_there_is_seen_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "same").write_text("a")
    (tmp_path / "different").write_text("b")
    (tmp_path / "link").symlink_to("same")
    os.mkfifo(tmp_path / "pipe")
    names = ("same", "different", "link", "pipe", "none", "same/below")
    found = look(Entry(str(tmp_path / name), 0o644, "a") for name in names)
    assert list(found.values()) == [
        Found.SAME,
        Found.DIFFERENT,
        Found.OTHER,
        Found.OTHER,
        Found.NOTHING,
        Found.OTHER,
    ]
    assert look([Entry(str(tmp_path), 0o755), Entry(str(tmp_path / "same"), 0o755)]) == {
        str(tmp_path): Found.SAME,
        str(tmp_path / "same"): Found.OTHER,
    }


def test_a_file_that_is_kept_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "acme.json"
    path.write_text("keys")
    before = path.stat().st_atime_ns
    assert look([Entry(str(path), 0o600, "", keep=True)]) == {str(path): Found.DIFFERENT}
    assert path.stat().st_atime_ns == before


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_modes_are_what_was_asked_for(tmp_path: Path, umask: int) -> None:
    entries = [Entry(str(tmp_path / "d"), 0o750), Entry(str(tmp_path / "d/f"), 0o640, "x")]
    before = os.umask(umask)
    try:
        put(decide(entries, look(entries), force=False))
    finally:
        os.umask(before)
    assert (tmp_path / "d").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "d/f").stat().st_mode & 0o777 == 0o640


def test_when_one_file_cannot_be_written_none_is(tmp_path: Path) -> None:
    (tmp_path / "first").write_text("old")
    (tmp_path / "blocked").write_text("no folder")
    steps = [
        Step(Entry(str(tmp_path / "first"), 0o644, "new"), Deed.REPLACED),
        Step(Entry(str(tmp_path / "blocked/second"), 0o644, "new"), Deed.CREATED),
    ]
    with pytest.raises(ConfigError, match="cannot be written"):
        put(steps)
    assert (tmp_path / "first").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blocked", "first"]

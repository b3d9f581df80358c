"""The overlay in its folder: put in place at once, removed, and never where somebody else could change it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from specter_tui.core.errors import RefusedError
from specter_tui.effects.overlay_file import OverlayFile

FILES = OverlayFile(frozenset({0, os.geteuid()}))


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "specter-overlay.yml")


def names(path: str) -> list[str]:
    return sorted(one.name for one in Path(path).parent.iterdir())


def test_it_comes_changes_and_goes(path: str) -> None:
    assert FILES.read(path) == b""
    FILES.put(path, b"", b"one")
    assert (FILES.read(path), stat.S_IMODE(Path(path).stat().st_mode)) == (b"one", 0o644)
    FILES.put(path, b"one", b"two")
    assert (FILES.read(path), names(path)) == (b"two", ["specter-overlay.yml"])
    FILES.put(path, b"two", b"")
    assert names(path) == []
    FILES.put(path, b"", b"")


def test_one_that_was_changed_meanwhile_is_left_alone(path: str) -> None:
    FILES.put(path, b"", b"mine")
    for wanted in (b"new", b""):
        with pytest.raises(RefusedError, match="changed meanwhile"):
            FILES.put(path, b"", wanted)
    assert FILES.read(path) == b"mine"


def test_what_others_can_change_is_refused(path: str) -> None:
    FILES.put(path, b"", b"x")
    Path(path).chmod(0o666)
    with pytest.raises(RefusedError, match="others can write"):
        FILES.read(path)
    Path(path).unlink()
    Path(path).parent.chmod(0o777)
    with pytest.raises(RefusedError, match="others can write"):
        FILES.put(path, b"", b"x")
    Path(path).parent.chmod(0o755)
    Path(path).symlink_to("elsewhere.yml")
    with pytest.raises(RefusedError, match="without following a link"):
        FILES.put(path, b"", b"x")
    with pytest.raises(RefusedError, match="not there"):
        FILES.read(f"{Path(path).parent}/nothing/specter-overlay.yml")


def test_a_full_disk_changes_nothing(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    FILES.put(path, b"", b"x")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RefusedError, match="No space left"):
        FILES.put(path, b"x", b"y")
    assert (Path(path).read_bytes(), names(path)) == (b"x", ["specter-overlay.yml"])


def test_the_others_are_all_that_traefik_loads(path: str, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("a.yml", ".hidden.YAML", "sub/b.toml", "c.txt", "specter-overlay.yml"):
        (tmp_path / name).write_text(name)
    found = {"a.yml": b"a.yml", ".hidden.YAML": b".hidden.YAML", "sub/b.toml": b"sub/b.toml"}
    assert dict(FILES.others(path)) == found
    os.mkfifo(tmp_path / "fifo.yml")  # blocks nobody
    with pytest.raises(RefusedError, match="no regular file"):
        list(FILES.others(path))

"""Locks in a real folder: the kernel frees them, and nobody can put something else in their place."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from specter_tui.core.errors import RefusedError
from specter_tui.effects.locks import FileLocks


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "specter"


def test_who_holds_it_is_named_and_the_next_gets_it_after(folder: Path) -> None:
    with FileLocks("ada", folder).hold(["a", "b"], "id-1"):
        with pytest.raises(RefusedError, match=r"ada \(id-1\) is changing it right now"):  # noqa: SIM117  the lock is the point
            with FileLocks("bob", folder).hold(["b", "c"], "id-2"):
                pass
        with FileLocks("bob", folder).hold(["c"], "id-2"):
            pass
    with FileLocks("bob", folder).hold(["a", "b", "b"], "id-2"):
        pass
    assert stat.S_IMODE(folder.stat().st_mode) == 0o1777
    assert {stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()} == {0o644}


def test_a_killed_holder_holds_nothing(folder: Path) -> None:
    script = (
        "import os, pathlib, sys\nfrom specter_tui.effects.locks import FileLocks\n"
        "with FileLocks('ada', pathlib.Path(sys.argv[1])).hold(['a'], 'id-1'):\n    os.kill(os.getpid(), 9)\n"
    )
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", script, str(folder)], cwd=root, check=False).returncode == -9
    with FileLocks("bob", folder).hold(["a"], "id-2"):
        pass


def test_a_link_in_a_locks_place_is_not_followed(folder: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("x")
    with FileLocks("ada", folder).hold(["a"], "id-1"):
        (lock,) = folder.iterdir()
    lock.unlink()
    lock.symlink_to(victim)
    with pytest.raises(RefusedError, match="can be locked"), FileLocks("ada", folder).hold(["a"], "id-1"):
        pass
    lock.unlink()
    os.link(victim, lock)
    with pytest.raises(RefusedError, match="no plain file"), FileLocks("ada", folder).hold(["a"], "id-1"):
        pass
    assert victim.read_text() == "x"


def test_a_folder_that_is_a_link_locks_nothing(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    folder.symlink_to(tmp_path / "real")
    with pytest.raises(RefusedError, match="can be locked"), FileLocks("ada", folder).hold(["a"], "id-1"):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_root_takes_over_a_folder_that_another_user_made(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)
    with FileLocks("root", folder).hold(["a"], "id-1"):
        assert folder.stat().st_uid == 0
        assert stat.S_IMODE(folder.stat().st_mode) == 0o1777

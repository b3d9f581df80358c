"""The demo killed while it starts, at any moment: no process survives, and the next start removes what lies about."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from specter_tui.demo.folder import PREFIX
from tests.real import WHOLE_MATRIX
from tests.traefik_process import binary

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

_ROOT: Final = Path(__file__).parents[2]
_READY: Final = 3.5  # seconds in which a quiet machine has started it
_SECONDS: Final = 30.0
_TIMES: Final = 20 if WHOLE_MATRIX else 3


def _started(folder: Path, mark: str) -> subprocess.Popen[str]:
    """The demo with a mark in its search path, which is what every process that it starts is given of its own."""
    path = os.pathsep.join((os.environ["PATH"], mark))
    return subprocess.Popen(
        [sys.executable, "-m", "specter_tui", "demo", "--headless", "--dir", str(folder)],
        cwd=_ROOT,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )


def _marked(mark: str) -> set[str]:
    """The command lines of all processes with the mark."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes():
                found.add((process / "cmdline").read_text().replace("\0", " "))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it ended meanwhile, or it is nobody's that we have started
    return found


def _survivors(mark: str) -> set[str]:
    """Those that are still there after some patience."""
    deadline = time.monotonic() + _SECONDS
    while (left := _marked(mark)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_killed_at_any_moment_of_its_start(tmp_path: Path, number: signal.Signals) -> None:
    binary()
    mark = str(tmp_path / "mark")
    demos = tmp_path / "demos"
    demos.mkdir()
    chance = random.Random(int(number))
    for _ in range(_TIMES if number is signal.SIGKILL else 1 + _TIMES // 4):
        with _started(demos, mark) as process:
            time.sleep(chance.uniform(0.1, _READY))
            process.send_signal(number)
            process.wait(_SECONDS)
            assert _survivors(mark) == set()
        left = [one.name for one in demos.iterdir()]
        assert len(left) <= (1 if number is signal.SIGKILL else 0), "each start removes what the one before has left"


def test_the_next_start_removes_the_folder_of_one_that_was_killed(tmp_path: Path) -> None:
    binary()
    mark = str(tmp_path / "mark")
    demos = tmp_path / "demos"
    demos.mkdir()
    with _started(demos, mark) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("export SPECTER_CONFIG=")
        process.kill()
    (killed,) = demos.glob(f"{PREFIX}*")
    with _started(demos, mark) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("export SPECTER_CONFIG=")
        (running,) = demos.glob(f"{PREFIX}*")
        assert running != killed
        process.terminate()
    assert list(demos.iterdir()) == []
    assert _survivors(mark) == set()

"""However the engine ends, no process of its containers survives it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_SECONDS = 20.0
_SCRIPT = "sleep 300 & echo $$ $! > pids; wait"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The program, with a container that ignores SIGTERM and one whose process has a child."""
    base = {"image": "x:1", "folder": str(tmp_path), "stop_timeout": 0.2}
    specs = [
        {"name": "parent", "command": ["sh", "-c", _SCRIPT], **base},
        {"name": "deaf", "command": ["sh", "-c", "trap '' TERM; echo $$ > deaf; while :; do sleep 0.1; done"], **base},
    ]
    (tmp_path / "specs.json").write_text(json.dumps(specs))
    command = [sys.executable, "-m", "specter_tui.demo.engine", str(tmp_path / "specs.json"), str(tmp_path / "s/d")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=_ROOT) as process:
        yield process
        if process.poll() is None:
            process.kill()


def _pids(engine: subprocess.Popen[str], folder: Path) -> list[int]:
    """The three processes' numbers and the warden's, once all run."""
    assert engine.stdout is not None
    assert engine.stdout.readline() == f"unix://{folder}/s/d\n"
    files = (folder / "pids", folder / "deaf")
    assert _soon(lambda: all(one.exists() and one.read_text().endswith("\n") for one in files))
    children = Path(f"/proc/{engine.pid}/task/{engine.pid}/children").read_text().split()
    found = {int(word) for one in files for word in one.read_text().split()} | {int(one) for one in children}
    assert len(found) == 4
    return sorted(found)


def _soon(condition: object) -> bool:
    ends = time.monotonic() + _SECONDS
    while time.monotonic() < ends:
        if callable(condition) and condition():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_everything_and_removes_the_socket(
    engine: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    pids = _pids(engine, tmp_path)
    engine.send_signal(number)
    assert engine.wait(_SECONDS) == 0
    assert [pid for pid in pids if _alive(pid)] == []
    assert not (tmp_path / "s/d").exists()
    assert engine.stderr is not None
    assert engine.stderr.read() == ""


def test_sigkill_ends_everything_too(engine: subprocess.Popen[str], tmp_path: Path) -> None:
    pids = _pids(engine, tmp_path)
    engine.kill()
    engine.wait(_SECONDS)
    assert _soon(lambda: not any(_alive(pid) for pid in pids))


def test_a_child_ends_with_the_first_process_of_its_container(engine: subprocess.Popen[str], tmp_path: Path) -> None:
    _pids(engine, tmp_path)
    parent, child = map(int, (tmp_path / "pids").read_text().split())
    os.kill(parent, signal.SIGKILL)
    assert _soon(lambda: not _alive(child))


def _alive(pid: int) -> bool:
    """A zombie that nobody has buried yet has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("text", "sentence"), [("{", "no JSON"), ('[{"name": "a"}]', "missing"), (None, "No such file")]
)
def test_what_is_wrong_is_one_sentence(tmp_path: Path, text: str | None, sentence: str) -> None:
    specs = tmp_path / "specs.json"
    if text is not None:
        specs.write_text(text)
    command = [sys.executable, "-m", "specter_tui.demo.engine", str(specs), str(tmp_path / "s/d")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=_ROOT, check=False, timeout=_SECONDS)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1

"""The terminal of a change taken away while it runs, with all that is below it."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from tests.live.dashboard import Dashboard
from tests.live.harness import eventually


def lose_terminal(running: Dashboard, step: str) -> None:
    """Kills the server of tmux by SIGKILL once the screen shows a step; the program in it ends."""
    running.wait_for(step)
    os.kill(running.server, signal.SIGKILL)
    eventually(running.ended, "the program went with its terminal")


def acting_over(config: Path) -> list[int]:
    """The processes that act with this configuration."""
    found = []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = one.read_bytes().split(b"\0")
            if b"specter_tui.cli.acting" in words and os.fsencode(config) in words:
                found.append(int(one.parent.name))
    return found


def until_nobody_acts(config: Path, patience: float = 90) -> None:
    """Waits for the end of what goes on without its terminal."""
    eventually(lambda: not acting_over(config), "the change ended, and left no process behind", patience)

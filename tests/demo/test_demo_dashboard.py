"""`specter-tui demo` in a terminal: data on the first screen, and nothing left however it ends."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.processes import family_of, survivors_of
from tests.live.dashboard import SMALL, Dashboard, is_read, running_program
from tests.traefik_process import binary

pytestmark = pytest.mark.live
_SECONDS = 30.0


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Dashboard]:
    binary()
    # Settings of the person's own server have no business here.
    foreign = {"SPECTER_TRAEFIK_API_URL": "http://127.0.0.1:9", "CLOUDFLARE_API_TOKEN": "foreign"}
    with running_program("demo", "--dir", str(tmp_path), size=SMALL, **foreign) as running:
        yield running


def gone(folder: Path) -> bool:
    """Whether the folder is empty, after some patience."""
    deadline = time.monotonic() + _SECONDS
    while list(folder.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not list(folder.iterdir())


def test_the_first_screen_has_data_and_q_leaves_nothing(demo: Dashboard, tmp_path: Path) -> None:
    demo.wait_for(lambda screen: is_read(screen, "TDAC") and "✖ paperless" in screen)
    family = family_of(demo.pid)
    demo.keys("q")
    assert survivors_of(family) == set()
    assert gone(tmp_path)


def test_a_restart_is_shown_before_and_proved_after_and_the_journal_goes_with_the_demo(
    demo: Dashboard, tmp_path: Path
) -> None:
    demo.wait_for("✖ paperless")
    demo.view("4", "Containers")
    demo.keys("/")
    demo.wait_for("/regex/")
    demo.type("wiki")
    demo.wait_for("^▌● wiki ")
    demo.keys("r")
    demo.wait_for(r"Restart wiki(?s:.*)\+ running, started anew(?s:.*)Cancel")
    demo.keys("Right", "Enter")
    demo.wait_for("● done", patience=60)
    demo.keys("Escape", "@")
    demo.wait_for("restart wiki +● done")
    family = family_of(demo.pid)
    demo.keys("q")
    assert survivors_of(family) == set()
    assert gone(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP, signal.SIGTERM])
def test_however_the_dashboard_ends_the_demo_ends_with_it(
    demo: Dashboard, tmp_path: Path, number: signal.Signals
) -> None:
    demo.wait_for("✖ paperless")
    family = family_of(demo.pid)
    assert len(family) > 10
    os.kill(demo.pid, number)
    assert survivors_of(family) == set()
    assert gone(tmp_path)

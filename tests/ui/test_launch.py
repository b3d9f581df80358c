"""Where the dashboard is refused, in one sentence."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from specter_tui.ui.launch import refusal


def test_a_terminal_that_can_draw_is_taken() -> None:
    assert refusal({"TERM": "xterm-256color"}, terminal=True) == ""


@pytest.mark.parametrize(
    ("terminal", "canvas", "term", "says"),
    [
        (False, True, "xterm", "needs a terminal"),
        (True, False, "xterm", "stderr"),
        (True, True, "dumb", "TERM=dumb"),
    ],
)
def test_others_are_refused(term: str, says: str, *, terminal: bool, canvas: bool) -> None:
    assert says in refusal({"TERM": term}, terminal=terminal, canvas=canvas)


def test_a_redirected_stderr_gets_the_sentence_and_no_screen() -> None:
    """Textual draws on stderr: a file would get the screen, and the person a blank terminal."""
    master, slave = pty.openpty()
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "tests.ui.terminal_program", "fresh"],
            stdin=slave,
            stdout=slave,
            stderr=subprocess.PIPE,
            env={**os.environ, "TERM": "xterm-256color"},
            timeout=60,
            check=False,
        )
    finally:
        os.close(slave)
        os.close(master)
    assert ended.returncode == 2
    assert ended.stderr.startswith(b"specter-tui: the dashboard is drawn on stderr")
    assert b"\x1b" not in ended.stderr


def test_a_closed_stdin_gets_the_sentence() -> None:
    command = f"exec {sys.executable} -m tests.ui.terminal_program fresh <&-"
    master, slave = pty.openpty()
    try:
        ended = subprocess.run(
            ["/bin/sh", "-c", command],
            stdin=slave,
            stdout=slave,
            stderr=subprocess.PIPE,
            env={**os.environ, "TERM": "xterm-256color"},
            timeout=60,
            check=False,
        )
    finally:
        os.close(slave)
        os.close(master)
    assert ended.returncode == 2
    assert ended.stderr.startswith(b"specter-tui: the dashboard needs a terminal")

"""Over a line of 300 ms there and back: what a key does is on the screen after one way there and one back."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator

import pytest

from tests.bench.terminal import Terminal, terminal

ONE_WAY = 0.150  # seconds
DEADLINE = 20.0  # seconds, only so that a hang ends
PROGRAM = (sys.executable, "-m", "tests.ui.terminal_program", "fresh")
# Device attributes, status, modes, the keyboard's protocol, colours (xterm, ctlseqs): what a terminal answers.
QUESTION = re.compile(rb"\x1b\[[?>=]?([0-9;]*)(?:[cn]|\$p)|\x1b\[\?u|\x1bP|\x1b\][0-9;]+;\?")
WALK = (
    (b"2", b"app010.example.org"),
    (b"j", b"app001.example.org"),
    (b"d", b"Requests for app001.example.org"),
    (b"\x1b", b"app000.example.org"),
    (b"/app12\r", b"app120.example.org"),
    (b"\x1b", b"app130.example.org"),
    (b"?", b"Describe"),
    (b"?", b"app130.example.org"),
    (b"y", b'"name": "app120@docker"'),
    (b"8", b"no server of app1@docker is up"),
    (b":", b"what needs you, what soon"),
)


@pytest.fixture(scope="module")
def far() -> Iterator[Terminal]:
    """The dashboard, and at this end of the line a terminal that has answered what was asked at the start."""
    with terminal(PROGRAM, size=(80, 24), one_way=ONE_WAY) as one:
        one.wait_for(b"app000.example.org")
        one.settle(1.0, 10.0)
        one.press(answers(one.written))
        one.settle(1.0, 10.0)
        yield one


def test_the_first_frame_waits_for_no_answer() -> None:
    with terminal(PROGRAM, size=(80, 24), one_way=ONE_WAY) as one:
        one.wait_for(b"app000.example.org")  # nobody has answered anything


def test_every_key_acts_in_one_round_trip(far: Terminal) -> None:
    assert [(keys, round_trips(far, keys, shown)) for keys, shown in WALK] == [(keys, 1) for keys, _ in WALK]


def answers(written: bytes) -> bytes:
    """To each question about a mode: known, and off."""
    return b"".join(b"\x1b[?%b;2$y" % mode for mode in QUESTION.findall(written) if mode)


def round_trips(one: Terminal, keys: bytes, shown: bytes) -> int:
    """How often something went there and back until the text was on this side; the terminal answers what it is asked.

    Whatever is asked on the way is an answer that the frame may have waited for.
    """
    trips, answered = 1, 0
    one.written = b""
    one.press(keys)
    deadline = time.monotonic() + DEADLINE
    while shown not in one.written:
        assert time.monotonic() < deadline, f"{shown!r} never came after {keys!r}: {one.written[-2000:]!r}"
        one.read(ONE_WAY)
        asked = len(QUESTION.findall(one.written))
        if asked > answered:
            one.press(answers(one.written))
            trips, answered = trips + 1, asked
    one.settle(0.2, 5.0)
    return trips

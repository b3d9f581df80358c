"""The dashboard in a real pseudo-terminal: what it writes, and how it ends."""

from __future__ import annotations

import base64
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import ioctl

import pytest

ENTER_SCREEN = b"\x1b[?1049h"
LEAVE_SCREEN = b"\x1b[?1049l"
SHOW_CURSOR = b"\x1b[?25h"
FRAMES_ARE_MARKED = b"\x1b[?2026;2$y"  # a terminal's answer to the question whether it draws whole frames at once
FRAME = b"\x1b[?2026h"  # the beginning of one
QUESTION = re.compile(rb"\x1b\[[?>=]?[0-9;]*(?:[cnx]|\$p)|\x1bP")  # device attributes, status, modes (xterm, ctlseqs)
DEADLINE = 60  # seconds: generous, only so that a hang ends


@dataclass
class Terminal:
    """A program in a pseudo-terminal."""

    process: subprocess.Popen[bytes]
    master: int
    written: bytes = b""

    def read(self, seconds: float) -> bytes:
        """What the program writes within the time, or until it closes the terminal."""
        end, got = time.monotonic() + seconds, b""
        while (left := end - time.monotonic()) > 0:
            ready, _, _ = select.select([self.master], [], [], left)
            if not ready:
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError:
                break
            if not data:
                break
            got += data
        self.written += got
        return got

    def read_until(self, text: bytes) -> None:
        """Reads until the text was written."""
        end = time.monotonic() + DEADLINE
        while text not in self.written:
            assert time.monotonic() < end, f"{text!r} never came: {self.written[-2000:]!r}"
            assert self.process.poll() is None or self.read(0.5), f"the program ended: {self.written[-2000:]!r}"
            self.read(0.1)

    def settle(self) -> None:
        """Reads until nothing is written for a while."""
        while self.read(1.0):
            pass


@contextmanager
def terminal(mode: str, **environment: str) -> Iterator[Terminal]:
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    env = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", **environment}
    env = {name: value for name, value in env.items() if value and name not in {"LC_ALL", "LC_CTYPE"}}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.ui.terminal_program", mode],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=env,
        start_new_session=True,
    )
    os.close(slave)
    one = Terminal(process, master)
    try:
        yield one
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(master)


def test_writes_nothing_while_nothing_changes() -> None:
    with terminal("fresh") as one:
        one.read_until(b"app000.example.org")
        one.settle()
        assert one.read(3.0) == b"", "about a hundred refreshes in which nothing changed"


def test_no_cursor_blinks_where_text_is_typed() -> None:
    with terminal("fresh") as one:
        one.read_until(b"app000.example.org")
        for keys in (b"2/app", b"\x1b:"):
            os.write(one.master, keys)
            one.settle()
            assert one.read(1.5) == b"", f"{keys!r}: a cursor that blinks does so twice a second"


def test_a_stale_source_costs_one_line_every_ten_seconds() -> None:
    with terminal("stale") as one:
        one.read_until(b"connection refused")
        one.settle()
        ages = one.read(11.0)
    assert ages, "the age is redrawn"
    assert len(ages) < 1000, "and nothing else is"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGHUP, 129), (signal.SIGTERM, 143)])
def test_ends_cleanly_on_a_signal(number: signal.Signals, code: int) -> None:
    with terminal("fresh") as one:
        one.read_until(b"app000.example.org")
        one.process.send_signal(number)
        one.read_until(LEAVE_SCREEN)
        one.read_until(SHOW_CURSOR)
        assert one.process.wait(DEADLINE) == code


def test_ends_although_a_source_hangs() -> None:
    with terminal("blocked") as one:
        one.read_until(b"app000.example.org")
        one.process.send_signal(signal.SIGTERM)
        one.read_until(LEAVE_SCREEN)
        one.read_until(SHOW_CURSOR)
        assert one.process.wait(DEADLINE) == 143


def test_quits_although_a_source_hangs() -> None:
    with terminal("blocked") as one:
        one.read_until(b"app000.example.org")
        os.write(one.master, b"q")
        one.read_until(LEAVE_SCREEN)
        assert one.process.wait(DEADLINE) == 0


def test_ends_when_the_terminal_vanishes_without_a_signal() -> None:
    with terminal("fresh") as one:
        one.read_until(b"app000.example.org")
        os.close(one.master)
        one.master = os.open(os.devnull, os.O_RDONLY)
        assert one.process.wait(DEADLINE) == 129


def test_ends_when_the_terminal_vanishes_while_frames_are_under_way() -> None:
    with terminal("fresh") as one:
        one.read_until(b"app000.example.org")
        for _ in range(200):
            os.write(one.master, b"j")  # a frame each, which nobody takes: the loop is blocked by then
        os.close(one.master)
        one.master = os.open(os.devnull, os.O_RDONLY)
        assert one.process.wait(DEADLINE) == 129


def test_quits_by_key_with_code_0() -> None:
    with terminal("fresh") as one:
        one.read_until(b"app000.example.org")
        os.write(one.master, b"q")
        one.read_until(LEAVE_SCREEN)
        assert one.process.wait(DEADLINE) == 0


def test_draws_in_ascii_where_the_locale_is_not_utf_8() -> None:
    with terminal("fresh", LANG="C") as one:
        one.read_until(b"app000.example.org")
        one.settle()
    assert one.written.isascii()


def test_draws_without_colour_when_asked_to() -> None:
    with terminal("fresh", NO_COLOR="1", COLORTERM="truecolor") as one:
        one.read_until(b"app000.example.org")
        one.settle()
    colours = {
        tuple(code.split(b";")[2:5])
        for part in one.written.split(b"\x1b[")[1:]
        for code in [part.partition(b"m")[0]]
        if code.startswith((b"38;2", b"48;2"))
    }
    assert all(red == green == blue for red, green, blue in colours)


@pytest.mark.parametrize("term", ["dumb", ""])
def test_refuses_a_terminal_that_can_not_draw(term: str) -> None:
    with terminal("fresh", TERM=term) as one:
        one.read(20)
        assert one.process.wait(DEADLINE) == 2
    assert ENTER_SCREEN not in one.written
    assert one.written.count(b"\n") == 1
    assert b"TERM" in one.written


def test_gives_the_mouse_to_the_terminal_and_takes_it_back() -> None:
    with terminal("fresh") as one:
        one.read_until(b"app000.example.org")
        one.settle()
        one.written = b""
        os.write(one.master, b"M")
        one.read_until(b"\x1b[?1000l")
        os.write(one.master, b"M")
        one.read_until(b"\x1b[?1000h")


def test_copies_through_the_terminal() -> None:
    with terminal("fresh") as one:
        one.read_until(b"app000.example.org")
        one.settle()
        os.write(one.master, b"2")
        one.read_until(b"app010.example.org")
        os.write(one.master, b"c")
        one.read_until(b"\x1b]52;c;" + base64.b64encode(b"app000.example.org"))


def test_keys_that_come_in_one_write_are_a_filter_and_its_detail() -> None:
    with terminal("fresh") as one:
        one.read_until(b"app000.example.org")
        one.settle()
        os.write(one.master, b"2/app123\rd")
        one.read_until(b"Requests for app123.example.org")


def test_an_escape_and_a_key_in_one_write_are_both_done() -> None:
    with terminal("fresh") as one:
        one.read_until(b"app000.example.org")
        one.settle()
        os.write(one.master, b"2d")
        one.read_until(b"Requests for app000.example.org")
        one.written = b""
        os.write(one.master, b"\x1b/")  # the page takes no filter: the table behind it does
        one.read_until(b"/regex/")


@pytest.mark.parametrize("keys", [b"j", b"\x1b[B"])
def test_a_step_of_the_cursor_is_one_frame_of_two_rows(keys: bytes) -> None:
    """Of the 7,000 bytes of the whole screen: over a slow line it takes the way there and back, and nothing more."""
    written = _written_after(keys)
    assert written.count(FRAME) == 1
    assert len(written) < 1_000


@pytest.mark.parametrize("keys", [b"3", b"d", b"/", b"?"])
def test_no_key_asks_the_terminal_anything(keys: bytes) -> None:
    """So each acts in one way there and back, however long that takes."""
    written = _written_after(keys)
    assert FRAME in written
    assert not QUESTION.search(written)


def _written_after(keys: bytes) -> bytes:
    """What keys in Routes make the dashboard write, to a terminal that says that it draws whole frames."""
    with terminal("fresh") as one:
        one.read_until(b"app000.example.org")
        os.write(one.master, FRAMES_ARE_MARKED + b"2")
        one.read_until(b"app010.example.org")
        one.settle()
        one.written = b""
        os.write(one.master, keys)
        one.settle()
        return one.written

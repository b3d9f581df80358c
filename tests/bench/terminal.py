"""A program in a pseudo-terminal: all three streams, since Textual draws to the one for errors."""

from __future__ import annotations

import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from fcntl import ioctl
from pathlib import Path

from tests.bench.figure import Cost
from tests.bench.process import clean_environment
from tests.bench.slow_line import SlowLine

_DEADLINE = 60.0  # seconds, only so that a hang ends
_FRAME_END = b"\x1b[?2026l"  # of synchronized output
_TERM = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "", "COLORTERM": "", "NO_COLOR": ""}


class Terminal:
    """A running program and what it has written."""

    def __init__(self, process: subprocess.Popen[bytes], master: int, started: float) -> None:
        self.process = process
        self.written = b""
        self._master = master
        self._started = started

    def read(self, seconds: float) -> bytes:
        """What comes within the time."""
        ends, got = time.monotonic() + seconds, b""
        while (left := ends - time.monotonic()) > 0:
            got += self._chunk(left)
        return got

    def wait_for(self, text: bytes) -> float:
        """Seconds from the start of the program to the arrival of the text."""
        while text not in self.written:
            left = self._started + _DEADLINE - time.perf_counter()
            if left <= 0 or (not self._chunk(min(left, 1.0)) and self.process.poll() is not None):
                raise RuntimeError(f"{text!r} never came: {self.written[-500:]!r}")
        return time.perf_counter() - self._started

    def press(self, keys: bytes) -> None:
        """Sends keys, as a person's terminal does."""
        os.write(self._master, keys)

    def mark_frames(self) -> None:
        """Says, as a terminal does when it is asked, that it draws whole frames: from now on their ends are written."""
        self.press(b"\x1b[?2026;2$y")

    def answer(self, keys: bytes) -> float:
        """Seconds from keys to the last byte of the frame that follows; raises RuntimeError when none ever does."""
        started, got = time.perf_counter(), b""
        self.press(keys)
        while _FRAME_END not in got:
            if not (chunk := self._chunk(_DEADLINE)):
                raise RuntimeError(f"no frame came after {keys!r}")
            got += chunk
        return time.perf_counter() - started

    def settle(self, quiet: float, most: float) -> None:
        """Reads until nothing comes for a while, or for as long as it may take at most."""
        ends = time.monotonic() + most
        while self.read(quiet) and time.monotonic() < ends:
            pass

    def kill(self) -> float:
        """Ends the program at once; the seconds of processor time it has used."""
        if self.process.returncode is not None:
            return 0.0
        self.process.kill()
        _, status, used = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return used.ru_utime + used.ru_stime

    def memory(self) -> dict[str, float]:
        """MiB by the kernel's names: `VmRSS` now, `VmHWM` at the most so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        lines = dict(line.split(":", 1) for line in status.splitlines())
        return {name: int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")}

    def used(self) -> float:
        """Seconds of processor time that the program has used so far, the kernel's share included."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime (proc(5))

    def queued(self) -> float:
        """Seconds for which the program's threads, taken together, could have run and no core was free."""
        found = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(one.read_text("ascii").split()[1]) for one in found) / 1e9

    def _chunk(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return b""
        data = b""
        with suppress(OSError):  # EIO once the program is gone
            data = os.read(self._master, 1 << 16)
        self.written += data
        if not data:
            time.sleep(min(seconds, 0.05))
        return data


@contextmanager
def terminal(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    size: tuple[int, int] = (160, 48),
    one_way: float = 0.0,
) -> Iterator[Terminal]:
    """The program in a terminal of so many columns and lines, `one_way` seconds away; killed when the block ends."""
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    wanted = clean_environment() | _TERM | dict(environment or {})
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={name: value for name, value in wanted.items() if value},
        start_new_session=True,
    )
    os.close(slave)
    line = SlowLine(master, one_way) if one_way else None
    one = Terminal(process, line.person if line else master, started)
    try:
        yield one
    finally:
        one.kill()
        if line is not None:
            line.close()
        os.close(master)


def first_frame(command: Sequence[str], text: bytes, environment: Mapping[str, str] | None = None) -> Cost:
    """What it takes from the start of a program to the first frame with this text."""
    with terminal(command, environment) as one:
        wall = one.wait_for(text)
        return Cost(wall, one.kill())

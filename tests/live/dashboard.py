"""The dashboard as a person sees it: the real program in a terminal of tmux, keys in and the screen out."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Final

from tests.real import require

WIDE: Final = (160, 48)  # columns and rows: with the pane of details at the right
SMALL: Final = (80, 24)
# The header names its sources by as much as there is room for.
_SOURCES: Final = {"T": "Traefik", "D": "Docker", "A": r"acme\.json|ACME", "C": "Cloudflare|DNS", "P": "probe"}
_PATIENCE: Final = 30.0
_LEAVE: Final = 10.0
_ROOT: Final = Path(__file__).parents[2]


def is_read(screen: str, sources: str = "TDA") -> bool:
    """Whether the header says of all these sources, given by their letters, that they are fresh."""
    return all(has_source(screen, letter, "●") for letter in sources)


def has_source(screen: str, letter: str, sign: str) -> bool:
    """Whether the header shows a source with that sign."""
    return re.search(rf"(?:^| )(?:{letter}|{_SOURCES[letter]}) {sign}", screen.partition("\n")[0]) is not None


@dataclass(frozen=True)
class Dashboard:
    """One running dashboard, alone in a tmux server of its own."""

    tmux: tuple[str, ...]
    environment: dict[str, str]
    pid: int  # of the dashboard
    server: int  # of tmux

    def screen(self) -> str:
        """What stands on the screen now, without colours and without blanks at the ends of its lines."""
        return self.tell("capture-pane", "-p", "-t", "app")

    def keys(self, *names: str) -> None:
        """Types keys by their tmux names: a letter, `Enter`, `Escape`, `C-r`."""
        self.tell("send-keys", "-t", "app", *names)

    def type(self, text: str) -> None:
        """Types a text letter by letter, and enter."""
        self.keys(*text, "Enter")

    def view(self, digit: str, name: str) -> str:
        """Chooses a view with a table by its digit; gives the first screen that has its rows."""
        self.wait_for("^[ ▌]1 Home")  # a key before the first frame is the terminal's, not the program's
        self.keys(digit)
        return self.wait_for(rf"▌{digit} .*\n(?s:.*)^ {name}  ?\d")

    def home(self) -> str:
        """Chooses the first screen; gives it."""
        self.wait_for("^[ ▌]1 Home")
        self.keys("1")
        return self.wait_for(r"▌1 Home.*\n(?s:.*)^ Containers +\d")

    def resize(self, columns: int, rows: int) -> None:
        """Gives the terminal another size."""
        self.tell("resize-window", "-t", "app", "-x", str(columns), "-y", str(rows))

    def wait_for(self, wanted: str | Callable[[str], bool], patience: float = _PATIENCE) -> str:
        """The first screen that meets the condition, or matches the regular expression."""
        if isinstance(wanted, str):
            pattern = re.compile(wanted, re.MULTILINE)
            return self.wait_for(lambda text: pattern.search(text) is not None, patience)
        deadline = time.monotonic() + patience
        while not wanted(screen := self.screen()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not on the screen within {patience:.0f} s; it shows:\n{screen}")
            time.sleep(0.1)
        return screen

    def refreshed(self, wanted: str | Callable[[str], bool], patience: float = _PATIENCE) -> str:
        """As `wait_for`, after the key that reads every source now: only the pace of slow sources is cut short."""
        self.keys("C-r")
        return self.wait_for(wanted, patience)

    def wait_for_row(self, glyph: str, host: str, more: str = "", patience: float = _PATIENCE) -> str:
        """The first screen on which the table's row of a host has this glyph, and further on `more`."""
        return self.wait_for(rf"^[ ▌]{re.escape(glyph)} {re.escape(host)}\s.*{more}", patience)

    def wait_for_no_row(self, host: str, patience: float = _PATIENCE) -> str:
        """The first screen without a row of that host."""
        row = re.compile(rf"^[ ▌]. {re.escape(host)}\s", re.MULTILINE)
        return self.wait_for(lambda text: row.search(text) is None, patience)

    def ended(self) -> bool:
        """Whether the program has ended; tmux may leave the exit code of a dead one waiting for long."""
        try:
            return (Path("/proc") / str(self.pid) / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except (FileNotFoundError, ProcessLookupError):
            return True

    def stop(self) -> None:
        """Quits by key, ends the terminal, and fails when the program does not go of itself."""
        deadline = time.monotonic() + _LEAVE
        try:
            if not self.ended():
                self.keys("q")
            while not self.ended():
                assert time.monotonic() < deadline, f"q did not end it; it shows:\n{self.screen()}"
                time.sleep(0.05)
        finally:
            for pid in (self.pid, self.server):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)

    def tell(self, *arguments: str) -> str:
        """One command of tmux; gives what it prints."""
        done = subprocess.run(
            [*self.tmux, *arguments], check=True, capture_output=True, text=True, env=self.environment, timeout=20
        )
        return done.stdout


@contextmanager
def running_dashboard(config: Path, *, size: tuple[int, int] = WIDE, **environment: str) -> Iterator[Dashboard]:
    """The dashboard over a configuration, in a terminal of `size` columns and rows. Quits at the end."""
    with running_program("--config", str(config), size=size, **environment) as running:
        yield running


@contextmanager
def running_program(*arguments: str, size: tuple[int, int] = WIDE, **environment: str) -> Iterator[Dashboard]:
    """The program with these arguments, as `running_dashboard` has it."""
    with _terminal(f"exec {_line(arguments)}", size, environment) as running:
        yield running


@contextmanager
def running_in_a_shell(config: Path, *, size: tuple[int, int] = SMALL) -> Iterator[Dashboard]:
    """As `running_dashboard`, started by a shell: it then says how the program ended, and repeats one line.

    `pid` is the shell's.
    """
    after = 'echo "ended with $?"; read -r typed; echo "you typed <$typed>"'
    with _terminal(f"{_line(['--config', str(config)])}; {after}", size, {}) as running:
        yield running


def _line(arguments: Sequence[str]) -> str:
    return shlex.join([sys.executable, "-m", "specter_tui", *arguments])


@contextmanager
def _terminal(line: str, size: tuple[int, int], environment: Mapping[str, str]) -> Iterator[Dashboard]:
    require("tmux", found=which("tmux") is not None)
    with TemporaryDirectory(prefix="spd-") as folder:  # short, since the path of tmux's socket has to be
        yield from _running(line, Path(folder), size, environment)


def _running(line: str, folder: Path, size: tuple[int, int], environment: Mapping[str, str]) -> Iterator[Dashboard]:
    terminal = {**os.environ, **environment, "TMUX_TMPDIR": str(folder), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    terminal.pop("TMUX", None)  # this is no window of the tmux that the tests may run in
    tmux = ("tmux", "-u", "-L", "specter", "-f", os.devnull)
    size_of = ["-x", str(size[0]), "-y", str(size[1])]
    # When the program ends the window stays and shows why; the tests end the server.
    command = ["new-session", "-d", "-s", "app", *size_of, "-c", str(_ROOT), line]
    options = ["set-option", "-g", "remain-on-exit", "on", ";", "set-option", "-g", "status", "off", ";"]
    subprocess.run([*tmux, "start-server", ";", *options, *command], check=True, env=terminal, timeout=20)
    asked = [*tmux, "display-message", "-p", "-t", "app", "#{pane_pid} #{pid}"]
    pids = subprocess.run(asked, check=True, capture_output=True, text=True, env=terminal, timeout=20).stdout.split()
    running = Dashboard(tmux, terminal, *map(int, pids))
    try:
        yield running
    finally:
        running.stop()

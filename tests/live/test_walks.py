"""Walks through the running dashboard as a person takes them: the real program in tmux over the live stack."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path
from typing import Any, Final

import pytest

from tests.live.dashboard import SMALL, WIDE, Dashboard, is_read, running_dashboard, running_in_a_shell
from tests.live.harness import DOMAIN, Stack, eventually
from tests.live.told import Told

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]

WHOAMI: Final = f"whoami.{DOMAIN}"
TICKS: Final = f"ticks.{DOMAIN}"
CONTAINER: Final = "walks-ticks-1"
HOSTILE: Final = "walks-hostile-1"
ONE_ROUTE: Final = r"^ Routes  .* 1 of \d+ routes$"
ONE_CONTAINER: Final = r"^ Containers  .* 1 of \d+ containers$"

# Markup of Textual's and Rich's, a colour, a title for the window, an erased screen, and marks that turn text round.
RULE: Final = "HostRegexp(`^[red]evil[@click=app.quit]\x1b[31m]$`) && PathPrefix(`/[/red]\u202efdp.exe`)"
NOTE: Final = "[blink]note[/blink] \x1b]0;owned\x07 \u200fend"
LINE: Final = "[red]line[/red] [@click=app.quit]here[/] \x1b[31mcoloured\x1b[0m \x1b[2J \x1b]0;owned\x07 \u202efdp.exe"


@pytest.fixture(scope="module", autouse=True)
def applications(stack: Stack, verified: object) -> Iterator[None]:
    """One application that writes a line again and again, and one that attacks whoever looks at it."""
    serve = "exec httpd -f -p 8000 -h /www"
    services: dict[str, dict[str, Any]] = {
        "ticks": {
            "command": ["sh", "-c", _compose(f"n=0; while sleep 0.2; do n=$((n+1)); echo tick $n.; done & {serve}")],
            "labels": _labels("ticks", f"Host(`{TICKS}`)"),
        },
        "hostile": {
            "command": ["sh", "-c", _compose(f"echo '{LINE}'; {serve}")],
            "labels": {**_labels("hostile", RULE), "note": NOTE},
        },
    }
    with stack.project("walks", services):
        stack.wait_for_router("ticks@docker")
        stack.wait_for_router("hostile@docker", status="enabled")
        yield


@pytest.fixture
def small(told: Told) -> Iterator[Dashboard]:
    """The dashboard at 80x24 with everything read."""
    with running_dashboard(told.config, size=SMALL) as running:
        running.wait_for(is_read)
        yield running


def test_every_view_by_its_digit(small: Dashboard) -> None:
    for digit, name, row in (
        ("2", "Routes", rf"^[ ▌]● {WHOAMI} .*▣ protected"),
        ("3", "Hosts", rf"^[ ▌]● {TICKS} .*□ open"),
        ("4", "Containers", rf"^[ ▌]● {CONTAINER} +healthy"),
        ("5", "Certificates", rf"^[ ▌]● {DOMAIN} \+1 +valid"),
        ("7", "Middlewares", r"^[ ▌]● descope-verify@docker +forwardauth"),
        ("8", "Doctor", rf" {TICKS} +open to everyone"),
    ):
        small.view(digit, name)
        small.wait_for(row)
    small.keys("9")
    small.wait_for(rf"Whose logs\?(?s:.*)^.* {CONTAINER} ")
    small.keys("Escape")
    small.wait_for("▌8 Doctor")
    assert re.search(r"^ Routes +\d+ +● \d+", small.home(), re.MULTILINE)


def test_from_a_route_to_its_container_and_back(small: Dashboard) -> None:
    small.view("2", "Routes")
    filter_by(small, "host:ticks")
    small.wait_for_no_row(WHOAMI)
    small.keys("Enter")
    small.wait_for(rf"^ ticks@docker .*● healthy(?s:.*)Requests for {TICKS}")
    small.keys("Escape")
    small.wait_for(ONE_ROUTE)
    small.keys("u")
    small.wait_for("^ RELATED")
    small.keys("G", "k")
    small.wait_for(rf"^▌container +{CONTAINER}")
    small.keys("Enter")
    small.wait_for(rf"▌4 .*(?s:.*)^▌● {CONTAINER} ")
    small.keys("[")
    small.wait_for(rf"▌2 .*(?s:.*){ONE_ROUTE}(?s:.*)^▌● {TICKS} ")
    small.keys("Escape")
    small.wait_for_row("●", WHOAMI)


def test_filters(small: Dashboard) -> None:
    small.view("2", "Routes")
    filter_by(small, "prot:open")
    small.wait_for_no_row(WHOAMI)
    small.wait_for_row("●", TICKS)
    small.keys("Escape")
    small.wait_for_row("●", WHOAMI)
    filter_by(small, f"!{TICKS}")
    small.wait_for_no_row(TICKS)
    small.wait_for_row("●", WHOAMI)
    small.keys("Escape")
    small.wait_for_row("●", TICKS)
    filter_by(small, "/^who[a-m]+/")
    small.wait_for_no_row(TICKS)
    small.wait_for_row("●", WHOAMI)


def test_logs_of_a_container(small: Dashboard) -> None:
    small.view("4", "Containers")
    filter_by(small, "ticks")
    small.wait_for(rf"{ONE_CONTAINER}(?s:.*)^▌● {CONTAINER} ")
    small.keys("l")
    first = ticks(small.wait_for(rf"^ {CONTAINER} .*● following(?s:.*)tick \d+\."))
    small.wait_for(lambda text: ticks(text) > first)
    small.keys("s")
    still = ticks(small.wait_for(r"standing still, \d+ below"))
    assert ticks(small.wait_for(r"standing still, [5-9] below")) == still
    small.keys("s")
    small.wait_for(lambda text: "● following" in text and ticks(text) > still)
    small.keys("/")
    small.wait_for("/regex/  !not")
    small.type("/tick.[12]\\./")
    small.wait_for(r"filter /tick(?s:.*)tick 1\.\s+tick 2\.\s")
    small.keys("Escape")
    small.wait_for(lambda text: ticks(text) > still)
    small.keys("Escape")
    small.wait_for(rf"▌4 .*(?s:.*)^▌● {CONTAINER} ")


def test_other_sizes(small: Dashboard) -> None:
    small.view("2", "Routes")
    filter_by(small, "whoami")
    before = small.wait_for(rf"{ONE_ROUTE}(?s:.*)^▌● {WHOAMI} .*websecure .* 2/2 ")
    small.resize(200, 50)
    small.wait_for(rf"▌2 Routes .*5 Certificates(?s:.*)^▌● {WHOAMI} .*2/2 .*│")
    small.resize(40, 10)
    tiny = small.wait_for(rf"^▌● {WHOAMI[:15]}.*▣ protected +\d+d *$")  # the name gives way to what can't be dropped
    assert "│" not in tiny
    assert max(map(len, tiny.splitlines())) <= 40
    small.resize(*SMALL)
    small.wait_for(lambda text: text == before)


def test_detach_and_attach(small: Dashboard) -> None:
    small.view("2", "Routes")
    with attached(small, (100, 30)) as client:
        client.wait_for(WHOAMI)
        client.type("4")
        client.wait_for(CONTAINER)
        small.wait_for("▌4 ")
        small.tell("detach-client", "-s", "app")
        client.wait_for("[detached")
    assert not small.ended()
    small.wait_for(f"● {CONTAINER} ")
    with attached(small, SMALL) as client:
        client.wait_for(CONTAINER)
        client.type("2")
        client.wait_for(WHOAMI)
    small.wait_for("▌2 ")


def test_a_hangup_leaves_the_terminal_as_it_was(told: Told) -> None:
    with running_in_a_shell(told.config) as shell:
        shell.wait_for(is_read)
        (program,) = session_of(shell.pid) - {shell.pid}
        os.kill(program, signal.SIGHUP)
        shell.wait_for("^ended with 129$")
        assert session_of(shell.pid) == {shell.pid}
        assert shell.tell("display-message", "-p", "#{alternate_on}#{cursor_flag}#{mouse_any_flag}").strip() == "010"
        shell.type("once more")
        shell.wait_for("^once more\nyou typed <once more>$")


def test_a_terminal_that_is_closed_ends_the_program(told: Told) -> None:
    with running_dashboard(told.config, size=SMALL) as running:
        running.wait_for(is_read)
        running.tell("kill-server")
        eventually(running.ended, "the program is gone with its terminal")
        assert not session_of(running.pid) - {running.pid}


def test_traefik_is_killed_and_revived(stack: Stack, small: Dashboard) -> None:
    well = small.home()
    assert "Nothing needs you" in well
    small.view("4", "Containers")
    small.wait_for(r"^[ ▌]\? traefik +running")  # it has no health check
    client = stack.engine.client()
    try:
        traefik = client.containers.get("traefik")
        traefik.kill()
        try:
            small.wait_for(r"^[ ▌]✖ traefik +exited ")
            small.wait_for(r"^ ◐ Traefik as of \d\d:\d\d(:\d\d)?, \d+s old: ")
            small.home()
            small.wait_for(r"needs? you now(?s:.*)✖ traefik .*Traefik does not run")
        finally:
            traefik.start()
    finally:
        client.close()
    small.refreshed(is_read)
    small.wait_for("Nothing needs you")
    small.view("4", "Containers")
    small.wait_for(r"^[ ▌]\? traefik +running")


def test_an_attack_is_text_in_every_view(told: Told) -> None:
    with running_dashboard(told.config, size=WIDE) as wide:
        wide.wait_for(is_read)
        title = wide.tell("display-message", "-p", "-t", "app", "#{pane_title}")
        wide.view("2", "Routes")
        filter_by(wide, "evil")
        screen = wide.wait_for(ONE_ROUTE)
        assert r"(regexp) ^[red]evil[@click=app.quit" in screen
        pane = "".join(line.partition("│ ")[2].strip() for line in screen.splitlines())
        assert r"HostRegexp(`^[red]evil[@click=app.quit]\x1b[31m]$`)" in pane.replace(" ", "")
        assert r"PathPrefix(`/[/red]\u202efdp.exe`)" in pane.replace(" ", "")
        wide.keys("d")
        screen = wide.wait_for("^ hostile@docker")
        assert r"HostRegexp(`^[red]evil[@click=app.quit]\x1b[31m]$`) && PathPrefix(`/[/red]\u202efdp.exe`)" in screen
        wide.keys("Escape")
        wide.view("4", "Containers")
        filter_by(wide, "label:[blink]")
        wide.wait_for(rf"label:\[blink\]  1 of(?s:.*)^▌● {HOSTILE} ")
        wide.keys("y")
        wide.wait_for('^ +"container": {')
        wide.keys("G")
        screen = wide.wait_for(r"\[blink\]note\[/blink\]")
        assert r"[blink]note[/blink] \u001b]0;owned\u0007 \u200fend" in screen
        wide.keys("Escape")
        wide.wait_for(ONE_CONTAINER)
        wide.keys("l")
        told_as = r"[@click=app.quit]here[/] \x1b[31mcoloured\x1b[0m \x1b[2J \x1b]0;owned\x07 \u202efdp.exe"
        wide.wait_for(re.escape(f"[red]line[/red] {told_as}"))
        wide.keys("e")
        wide.wait_for(re.escape(r"here[/] coloured \x1b[2J"))  # colours alone may be left out
        assert wide.tell("display-message", "-p", "-t", "app", "#{pane_title}") == title
        wide.keys("Escape")
        wide.wait_for("▌4 ")
        wide.view("8", "Doctor")
        assert not wide.ended()


def filter_by(dashboard: Dashboard, text: str) -> None:
    """Types a filter into its line."""
    dashboard.keys("/")
    dashboard.wait_for("/regex/  !not")
    dashboard.type(text)
    taken = re.compile(rf"^ \w+  \d+ .* {re.escape(text)}  \d+ of \d+ \w+$", re.MULTILINE)
    dashboard.wait_for(lambda screen: taken.search(screen) is not None and f" {text}" not in screen.splitlines())


def ticks(screen: str) -> int:
    """The highest number that the ticking application has on the screen."""
    return max(map(int, re.findall(r"tick (\d+)\.", screen)), default=0)


def session_of(pid: int) -> set[int]:
    """The processes of a terminal's session that run."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, _group, session = stat.read_text().rpartition(")")[2].split()[:4]
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        if int(session) == pid and state != "Z":
            found.add(int(stat.parent.name))
    return found


class Client:
    """A terminal of a person in which tmux shows the dashboard."""

    def __init__(self, master: int) -> None:
        self._master = master
        self._written = ""

    def type(self, text: str) -> None:
        """Types a text, and forgets what was written before."""
        self._written = ""
        os.write(self._master, text.encode())

    def wait_for(self, text: str, patience: float = 20) -> None:
        """Reads until tmux has written the text."""
        end = time.monotonic() + patience
        while text not in self._written:
            assert time.monotonic() < end, f"{text!r} never came: {self._written[-2000:]!r}"
            if select.select([self._master], [], [], 0.2)[0]:
                self._written += os.read(self._master, 65536).decode(errors="replace")


@contextmanager
def attached(dashboard: Dashboard, size: tuple[int, int]) -> Iterator[Client]:
    """A client of the dashboard's tmux in a terminal of its own, which takes the window's size with it."""
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    environment = {**dashboard.environment, "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [*dashboard.tmux, "attach-session", "-t", "app"],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Client(master)
    finally:
        os.close(master)  # as when the line breaks; a client that ends of itself first waits until its output is read
        process.terminate()
        process.wait(20)


def _labels(name: str, rule: str) -> dict[str, str]:
    router = f"traefik.http.routers.{name}"
    labels = {"traefik.enable": "true", f"{router}.rule": rule, f"{router}.entrypoints": "websecure"}
    return {key: _compose(value) for key, value in labels.items()}


def _compose(text: str) -> str:
    """Compose takes a single dollar for a variable."""
    return text.replace("$", "$$")

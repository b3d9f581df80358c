"""The command line as a person types it, in real processes: help, wrong input, streams that fail, exit codes."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from specter_tui import __version__
from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.main import COMMANDS
from specter_tui.cli.parsers import build_parser

PROGRAM = (sys.executable, "-m", "specter_tui")
ROOT = Path(__file__).parents[2]


def environment(**changes: str) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("SPECTER_", "CLOUDFLARE_", "CF_"))
    }
    return {**kept, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **changes}


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        env=environment(**environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refusal(*arguments: str, **environ: str) -> str:
    """The one line of a usage error."""
    done = run(*arguments, **environ)
    assert done.returncode == ExitCode.USAGE
    assert done.stdout == ""
    assert done.stderr.startswith("specter-tui: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_version() -> None:
    assert run("--version").stdout == f"specter-tui {__version__}\n"


def test_help_names_every_command_that_exists() -> None:
    text = run("--help").stdout
    for name in filter(None, COMMANDS):
        assert f"\n    {name} " in text


@pytest.mark.parametrize("name", sorted(filter(None, COMMANDS)))
def test_each_command_has_a_help_with_a_sentence(name: str) -> None:
    done = run(name, "--help")
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith(f"usage: specter-tui {name} ")
    assert "--config FILE" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("stauts",), "unknown command 'stauts'; did you mean status?"),
        (("xyzzy",), "unknown command 'xyzzy'; see specter-tui --help"),
        (("config",), "the following arguments are required: ACTION; see specter-tui config --help"),
        (("config", "chekc"), "unknown action 'chekc'; did you mean check?"),
        (("doctor", "--fail-on", "warn"), "'warn' is not one of error, warning, never; did you mean warning?"),
        (("explain",), "the following arguments are required: URL"),
        (("explain", "http://x", "--header", "bad"), "a header is written 'Name: value'"),
        (("explain", "http://x", "--header", "A: b\r\nC: d"), "a header is written 'Name: value'"),
        (("explain", "http://x", "--method", "G T"), "a method is one word"),
        (("status", "--jsno"), "unrecognized arguments: --jsno"),
        (("status", "--jso"), "unrecognized arguments: --jso"),
        (("status", "a", "b"), "unrecognized arguments: b"),
        (("--config",), "argument --config: expected one argument"),
        (("\x1b[31mred\n",), "unknown command '"),
    ],
)
def test_wrong_input_is_one_line_with_a_remedy(arguments: tuple[str, ...], expected: str) -> None:
    said = refusal(*arguments)
    assert expected in said
    assert "\x1b" not in said


def test_options_of_every_command_stand_before_or_after_it() -> None:
    parser = build_parser()
    for arguments in (
        ["--config", "a", "--context", "b", "--read-only", "status"],
        ["status", "--config", "a", "--context", "b", "--read-only"],
        ["--config", "a", "--read-only", "status", "--context", "b"],
    ):
        args = parser.parse_args(arguments)
        assert (args.config, args.context, args.read_only) == ("a", "b", True)
    bare = parser.parse_args(["config", "show"])
    assert (bare.config, bare.context, bare.read_only) == ("", "", False)


def test_the_arguments_of_the_interface() -> None:
    parser = build_parser()
    status = parser.parse_args(["status", "tcp:db@docker", "--probe", "--watch", "--json"])
    assert (status.target, status.probe, status.watch, status.json) == ("tcp:db@docker", True, True, True)
    hosts = parser.parse_args(["hosts", "wiki.example.org", "--probe", "--json"])
    assert (hosts.host, hosts.probe, hosts.json) == ("wiki.example.org", True, True)
    assert parser.parse_args(["containers", "wiki"]).name == "wiki"
    assert parser.parse_args(["certs", "wiki.example.org"]).host == "wiki.example.org"
    explain = parser.parse_args(["explain", "http://x", "--method", "post", "--header", "A: b", "--header", "C:d"])
    assert (explain.url, explain.method, explain.header) == ("http://x", "POST", [("A", "b"), ("C", "d")])
    assert parser.parse_args(["doctor"]).fail_on == "error"


def test_a_wrong_configuration_is_one_line_and_exit_2(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[traefik]\napi_ulr = "x"\n')
    for command in ("status", "hosts", "containers", "certs", "doctor"):
        assert f"{path}: unknown key traefik.api_ulr; did you mean api_url?" in refusal(command, "--config", str(path))
    assert "unknown key" in refusal("explain", "http://x", SPECTER_CONFIG=str(path))
    assert "No such file" in refusal("--config", str(tmp_path / "none.toml"), "status")


def test_the_dashboard_needs_a_terminal() -> None:
    assert "needs a terminal" in refusal()


def test_the_dashboard_refuses_a_dumb_terminal() -> None:
    code, said = on_terminal(TERM="dumb")
    assert code == ExitCode.USAGE
    assert "dumb terminal" in said
    assert said.count("\n") == 1


def on_terminal(*arguments: str, typed: str = "", **environ: str) -> tuple[int, str]:
    """The exit code, and what a person at a terminal of its own sees."""
    terminal, inner = pty.openpty()
    with subprocess.Popen(
        [*PROGRAM, *arguments], env=environment(**environ), stdin=inner, stdout=inner, stderr=inner
    ) as child:
        os.close(inner)
        os.write(terminal, typed.encode())
        said = b""
        with suppress(OSError):  # the terminal's other end is closed: the program has ended
            while chunk := os.read(terminal, 4096):
                said += chunk
    os.close(terminal)
    return child.returncode, said.decode()


def test_a_reader_that_goes_away_ends_the_program_quietly() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*PROGRAM, "config", "show"], env=environment(), stdout=write, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(write)
    assert done.returncode == ExitCode.PIPE_CLOSED
    assert done.stderr == b""


def test_a_full_disk_is_said_in_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PROGRAM, "config", "show"],
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert done.returncode == ExitCode.OUTPUT_FAILED
    assert done.stderr == b"specter-tui: stdout cannot be written: No space left on device\n"


@pytest.mark.parametrize("closed", ["1>&-", "2>&-", "1>&- 2>&-"])
def test_streams_that_are_closed_from_the_start_are_no_fault(closed: str) -> None:
    command = f'exec "$0" -m specter_tui config show {closed}'
    done = subprocess.run(
        ["/bin/sh", "-c", command, sys.executable], env=environment(), capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_bytes_that_are_no_text_are_shown_as_escapes() -> None:
    done = subprocess.run([*PROGRAM, b"\xff\xfe"], env=environment(), capture_output=True, timeout=60, check=False)
    assert done.returncode == ExitCode.USAGE
    assert done.stderr == b"specter-tui: unknown command '\\udcff\\udcfe'; see specter-tui --help\n"


def test_a_terminal_without_letters_gets_escapes(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[traefik]\nusername = "ä◐"\n', encoding="utf-8")
    done = run("--config", str(path), "config", "show", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0
    assert "\\xe4\\u25d0" in done.stdout


def test_ctrl_c_is_quiet() -> None:
    blocker = (
        "import sys; from specter_tui.cli import main;"
        "main.COMMANDS['status'] = lambda *_: (print('ready', flush=True), __import__('time').sleep(60));"
        "sys.exit(main.main(['status']))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", blocker], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout
    assert child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=30)
    assert child.returncode == ExitCode.INTERRUPTED
    assert errors == ""

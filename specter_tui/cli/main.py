"""The entry point: reads the command line, imports the one command that was asked for, and gives its exit code.

Nothing heavy is imported at module level: `--help` must be as quick as the interpreter allows.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.output import Output, OutputClosedError, OutputFailedError, standard_output
from specter_tui.cli.parsers import UsageError, parse
from specter_tui.core.errors import RefusedError, SourceError, SpecterError

if TYPE_CHECKING:  # the module costs more than the rest of --help together
    from specter_tui.config import LoadedConfig

_CODES: Final = (
    (SourceError, ExitCode.UNREACHABLE),
    (RefusedError, ExitCode.REFUSED),
    (OutputFailedError, ExitCode.OUTPUT_FAILED),
)
Command = Callable[[argparse.Namespace, Output], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line (default: the process's own) and gives its exit code."""
    output = standard_output()
    try:
        code = _run(argv, output)
        output.flush()
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    except OutputClosedError:
        output.abandon()
        code = ExitCode.PIPE_CLOSED
    except SpecterError as error:
        if isinstance(error, OutputFailedError):
            output.abandon()
        output.error(error)
        code = _code_of(error)
    return int(code)


def _code_of(error: SpecterError) -> ExitCode:
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    return ExitCode.USAGE


def _run(argv: Sequence[str] | None, output: Output) -> int:
    try:
        args = parse(argv)
    except SystemExit as leaving:  # --help and --version have printed and leave with 0
        return int(leaving.code or 0)
    return COMMANDS[args.command or ""](args, output)


def _loaded(args: argparse.Namespace) -> LoadedConfig:
    from specter_tui.config import Options, load

    return load(Options(args.config, args.context, args.read_only), os.environ)


def _demand_terminal(output: Output) -> None:
    if not output.is_terminal or output.is_dumb:
        what = "a dumb terminal (TERM)" if output.is_terminal else "no terminal"
        message = f"the dashboard needs a terminal, and this is {what}"
        raise UsageError(message, "use one, or: specter-tui status")


def _dashboard(args: argparse.Namespace, output: Output) -> int:
    _demand_terminal(output)
    config = _loaded(args)
    from specter_tui.cli.dashboard import open_dashboard

    return open_dashboard(config)


def _status(args: argparse.Namespace, output: Output) -> int:
    from specter_tui.cli.status_command import run

    return run(args, _loaded(args), output)


def _hosts(args: argparse.Namespace, output: Output) -> int:
    from specter_tui.cli.hosts_command import run

    return run(args, _loaded(args), output)


def _containers(args: argparse.Namespace, output: Output) -> int:
    from specter_tui.cli.containers_command import run

    return run(args, _loaded(args), output)


def _certs(args: argparse.Namespace, output: Output) -> int:
    from specter_tui.cli.certs_command import run

    return run(args, _loaded(args), output)


def _dns(args: argparse.Namespace, output: Output) -> int:
    from specter_tui.cli.dns_command import run

    return run(args, _loaded(args), output)


def _explain(args: argparse.Namespace, output: Output) -> int:
    from specter_tui.cli.explain_command import run

    return run(args, _loaded(args), output)


def _doctor(args: argparse.Namespace, output: Output) -> int:
    from specter_tui.cli.doctor_command import run

    return run(args, _loaded(args), output)


def _act(args: argparse.Namespace, output: Output) -> int:
    from specter_tui.cli.action_commands import act

    return act(args, _loaded(args), output)


def _undo(args: argparse.Namespace, output: Output) -> int:
    from specter_tui.cli.action_commands import finish, undo

    return (undo if args.command == "undo" else finish)(args, _loaded(args), output)


def _history(args: argparse.Namespace, output: Output) -> int:
    from specter_tui.cli.history_command import run

    return run(args, _loaded(args), output)


def _logs(args: argparse.Namespace, output: Output) -> int:
    from specter_tui.cli.logs_command import run

    return run(args, _loaded(args), output)


def _demo(args: argparse.Namespace, output: Output) -> int:
    if not args.headless:
        _demand_terminal(output)
    from specter_tui.cli.demo_command import run

    return run(args, output)


def _config(args: argparse.Namespace, output: Output) -> int:
    if args.action == "init":  # works without a configuration, and with a broken one
        from specter_tui.cli.init_command import init

        return init(args, output)
    from specter_tui.cli.config_commands import check, show

    return (show if args.action == "show" else check)(args, _loaded(args), output)


COMMANDS: Final[dict[str, Command]] = {
    "": _dashboard,
    "status": _status,
    "hosts": _hosts,
    "containers": _containers,
    "certs": _certs,
    "dns": _dns,
    "explain": _explain,
    "doctor": _doctor,
    "protect": _act,
    "unprotect": _act,
    "deploy": _act,
    "restart": _act,
    "start": _act,
    "stop": _act,
    "undo": _undo,
    "finish": _undo,
    "history": _history,
    "logs": _logs,
    "config": _config,
    "demo": _demo,
}

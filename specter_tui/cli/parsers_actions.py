"""The grammar of the commands that change something, look back, or show logs."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import Any, Final

# (commands, name, sentence, examples) -> the command's parser; argparse gives its types no public names
MakeCommand = Callable[[Any, str, str, str], argparse.ArgumentParser]
_SINCE: Final = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?")
_VERBS: Final = (
    ("restart", "restart a container, or all behind a host, one after the other, and wait until they are healthy"),
    ("start", "start a container that does not run, and wait until it is healthy"),
    ("stop", "stop a container, or all behind a host"),
)


def add_actions(commands: Any, command: MakeCommand) -> None:  # noqa: ANN401  see MakeCommand
    """All of them."""
    for name, sentence in _VERBS:
        examples = f"  specter-tui {name} wiki\n  specter-tui {name} wiki.example.org --dry-run\n"
        parser = command(commands, name, sentence, examples)
        parser.add_argument("target", metavar="CONTAINER|HOST", help="a container's name or id, or a host name")
        add_consent(parser)
    _undo(commands, command)
    _finish(commands, command)
    history = command(
        commands, "history", "show what was changed, by whom, and how it went", "  specter-tui history --json\n"
    )
    _add_json(history)
    _logs(commands, command)


def add_consent(parser: argparse.ArgumentParser) -> None:
    """The flags of every command that changes something."""
    parser.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    _add_json(parser)


def add_open(parser: argparse.ArgumentParser) -> None:
    """The flag of those that may open a host to the public."""
    parser.add_argument(
        "--open", metavar="HOST", action="append", default=[], help="agree that this host is opened; repeatable"
    )


def _undo(commands: Any, command: MakeCommand) -> None:  # noqa: ANN401  see MakeCommand
    parser = command(
        commands,
        "undo",
        "take an action back, or roll back one that was interrupted",
        "  specter-tui undo                       the last one\n  specter-tui undo 20261123-140200-1a2b3c --dry-run\n",
    )
    parser.add_argument("id", metavar="ID", nargs="?", default="", help="which one (default: the last)")
    add_consent(parser)
    add_open(parser)


def _finish(commands: Any, command: MakeCommand) -> None:  # noqa: ANN401  see MakeCommand
    parser = command(
        commands, "finish", "go on with an action that was interrupted", "  specter-tui finish\n  specter-tui history\n"
    )
    parser.add_argument("id", metavar="ID", nargs="?", default="", help="which one (default: the last)")
    add_consent(parser)


def _logs(commands: Any, command: MakeCommand) -> None:  # noqa: ANN401  see MakeCommand
    parser = command(
        commands,
        "logs",
        "show what containers write",
        "  specter-tui logs wiki -f\n  specter-tui logs wiki.example.org db --since 1h --grep 'error|warn'\n",
    )
    parser.add_argument("targets", metavar="CONTAINER|HOST", nargs="+", help="a container's name or id, or a host name")
    parser.add_argument("-f", "--follow", action="store_true", help="go on with the lines to come")
    parser.add_argument("--since", metavar="1h", type=_seconds, default=0, help="only what is younger: 30s, 5m, 1h30m")
    parser.add_argument("--grep", metavar="RE", default="", help="only lines that match the expression")
    parser.add_argument("--timestamps", action="store_true", help="begin each line with its time")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def _seconds(text: str) -> int:
    found = _SINCE.fullmatch(text)
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    total = hours * 3600 + minutes * 60 + seconds
    if not total:
        message = f"{text!a} is no duration such as 30s, 5m or 1h30m"
        raise argparse.ArgumentTypeError(message)
    return total

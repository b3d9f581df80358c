"""The grammar of the commands that protect hosts and open them."""

from __future__ import annotations

import argparse
from typing import Any

from specter_tui.cli.parsers_actions import MakeCommand, add_consent, add_open


def add_protection(commands: Any, command: MakeCommand) -> None:  # noqa: ANN401  see MakeCommand
    """Both of them."""
    protect = _add(commands, command, "protect", "send visitors without a session to sign in first, and prove it")
    protect.add_argument(
        "--include-pending", action="store_true", help="deploy what else has changed in the compose files too"
    )
    add_consent(protect)
    unprotect = _add(commands, command, "unprotect", "open a host, or a route, to everyone again")
    add_consent(unprotect)
    add_open(unprotect)


def _add(commands: Any, command: MakeCommand, name: str, sentence: str) -> argparse.ArgumentParser:  # noqa: ANN401  see MakeCommand
    opening = " --yes --open wiki.example.org" if name == "unprotect" else " --yes --json"
    parser = command(
        commands,
        name,
        sentence,
        f"  specter-tui {name} wiki.example.org --dry-run\n  specter-tui {name} wiki@docker{opening}\n",
    )
    parser.add_argument("target", metavar="ROUTE|HOST", help="a route, or a host name: all its routes")
    parser.add_argument("--via", choices=("labels", "overlay"), default="labels", help="where to write it")
    return parser

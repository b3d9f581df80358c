"""The grammar of the command that deploys."""

from __future__ import annotations

from typing import Any

from specter_tui.cli.parsers_actions import MakeCommand, add_consent


def add_deployment(commands: Any, command: MakeCommand) -> None:  # noqa: ANN401  see MakeCommand
    """`deploy verify`."""
    parser = command(
        commands,
        "deploy",
        "build and start the verify service, prove that it works, and have the old one back if it does not",
        "  specter-tui deploy verify --dry-run\n  specter-tui deploy verify --wheels ./wheels --yes\n",
    )
    parser.add_argument("target", metavar="verify", choices=("verify",), help="the verify service of the stack")
    parser.add_argument("--wheels", metavar="DIR", default="", help="the packages of requirements-verify.lock")
    add_consent(parser)

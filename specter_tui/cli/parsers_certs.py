"""The grammar of the command on certificates."""

from __future__ import annotations

import argparse
from typing import Any, Final

from specter_tui.cli.parsers_actions import MakeCommand, add_consent

_DIGITS: Final = 3


def add_certs(commands: Any, command: MakeCommand) -> None:  # noqa: ANN401  see MakeCommand
    """`certs` and `certs renew`."""
    parser = command(
        commands,
        "certs",
        "show every certificate with its end and its renewal, or have Traefik order one anew",
        "  specter-tui certs\n  specter-tui certs wiki.example.org --probe --json\n"
        "  specter-tui certs renew wiki.example.org --dry-run   what that takes; changes nothing\n"
        "  specter-tui certs renew 3f2a91c0b7de --orders 1      where Traefik's log does not reach back 7 days\n",
    )
    parser.add_argument(
        "host", metavar="HOST|renew", nargs="?", default="", help="only what serves this host name; or have one renewed"
    )
    parser.add_argument("name", metavar="NAME", nargs="?", default="", help="renew: a host, a name of it, or its id")
    parser.add_argument("--probe", action="store_true", help="look at what is served, too, and say where it differs")
    parser.add_argument(
        "--orders",
        metavar="N",
        type=_count,
        default=None,
        help="renew: how many certificates for just these names there were in 7 days (crt.sh lists them)",
    )
    add_consent(parser)


def take_name(args: argparse.Namespace, left: list[str]) -> None:
    """Gives `certs renew --dry-run NAME` its name, which argparse leaves over behind an option."""
    if args.command == "certs" and args.host and not args.name and len(left) == 1 and not left[0].startswith("-"):
        args.name = left.pop()


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        message = f"{text!a} is no number of certificates, such as 0 or 2"
        raise argparse.ArgumentTypeError(message)
    return int(text)

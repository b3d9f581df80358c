"""The grammar of the command line: every command with its arguments, one sentence each, and examples."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final, NoReturn

from specter_tui import __version__
from specter_tui.cli.parsers_actions import add_actions
from specter_tui.cli.parsers_certs import add_certs, take_name
from specter_tui.cli.parsers_deploy import add_deployment
from specter_tui.cli.parsers_protect import add_protection
from specter_tui.core.errors import ConfigError

PROGRAM: Final = "specter-tui"
_GLOBAL: Final = "options of every command"
_EXIT_CODES: Final = """exit codes:
  0  done, and nothing at or above the threshold
  1  doctor: findings at or above --fail-on
  2  usage or configuration error
  3  the command's own source cannot be reached
  4  an action failed and was rolled back
  5  an action failed and so did its rollback
  6  refused, nothing changed
"""


class UsageError(ConfigError):
    """The command line is not understood."""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that raises UsageError, one line, where argparse prints several and exits."""

    def error(self, message: str) -> NoReturn:
        """Raises UsageError."""
        raise UsageError(*_explain(message, self.prog))


def _explain(message: str, prog: str) -> tuple[str, str]:
    """What argparse says as a sentence and a remedy."""
    before, found, rest = message.partition("invalid choice: ")
    if not found:
        return message, f"see {prog} --help"
    # "argument --fail-on: invalid choice: 'warn' (choose from 'error', 'warning')"; newer Pythons leave out the quotes
    value, _, choices = rest.rpartition(" (choose from ")
    names = [name.strip(" '") for name in choices.rstrip(")").split(",")]
    remedy = _nearest(value.strip("'"), names) or f"see {prog} --help"
    for word in ("COMMAND", "ACTION"):
        if before == f"argument {word}: ":
            return f"unknown {word.lower()} {value}", remedy
    return f"{before}{value} is not one of {', '.join(names)}", remedy


def _nearest(value: str, names: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(value[:60], names, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else ""


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """What a command line (default: the process's own) says. Raises UsageError, and SystemExit for --help."""
    parser = build_parser()
    args, left = parser.parse_known_args(argv)
    take_name(args, left)
    if left:
        parser.error(f"unrecognized arguments: {' '.join(left)}")
    return args


def build_parser() -> Parser:
    """The whole grammar; cheap enough to be built on each start."""
    parser = Parser(
        prog=PROGRAM,
        description="Shows every route of a Traefik server with its health, and says what is broken and why.",
        epilog="Without a command the dashboard opens.\n\n"
        "examples:\n"
        "  specter-tui                      the dashboard\n"
        "  specter-tui status               every route, as text\n"
        "  specter-tui doctor --json        what is wrong, for scripts\n"
        "  specter-tui config init          a configuration from what is found here\n\n" + _EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    _add_global(parser, suppress=False)
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", title="commands", parser_class=Parser)
    _status(commands)
    _hosts(commands)
    _containers(commands)
    add_certs(commands, _command)
    _dns(commands)
    _explain_command(commands)
    _doctor(commands)
    _config(commands)
    add_protection(commands, _command)
    add_deployment(commands, _command)
    add_actions(commands, _command)
    _demo(commands)
    return parser


_Commands = argparse._SubParsersAction  # noqa: SLF001  argparse gives the type no public name


def _add_global(parser: argparse.ArgumentParser, *, suppress: bool) -> None:
    """Options that stand before or after a command; `suppress` keeps a later default from hiding an earlier value."""
    group = parser.add_argument_group(_GLOBAL)
    text = argparse.SUPPRESS if suppress else ""
    flag = argparse.SUPPRESS if suppress else False
    group.add_argument("--config", metavar="FILE", default=text, help="read this configuration file")
    group.add_argument(
        "--context", metavar="NAME", default=text, help="use the tables [contexts.NAME] of the configuration"
    )
    group.add_argument("--read-only", action="store_true", default=flag, help="refuse every change")


def _command(commands: _Commands[Parser], name: str, sentence: str, examples: str) -> Parser:
    parser = commands.add_parser(
        name,
        help=sentence,
        description=f"{sentence[0].upper()}{sentence[1:]}.",
        epilog=f"examples:\n{examples}" if examples else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_global(parser, suppress=True)
    return parser


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def _add_probe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--probe", action="store_true", help="send anonymous requests and show what they prove")


def _status(commands: _Commands[Parser]) -> None:
    parser = _command(
        commands,
        "status",
        "show every route with its health, protection, certificate and containers",
        "  specter-tui status\n"
        "  specter-tui status wiki.example.org\n"
        "  specter-tui status app1@docker --probe\n"
        "  specter-tui status --watch --json      one document a line\n",
    )
    parser.add_argument("target", metavar="HOST|ROUTE", nargs="?", default="", help="only this host name or route")
    _add_probe(parser)
    parser.add_argument("--watch", action="store_true", help="show it again whenever something changes")
    _add_json(parser)


def _hosts(commands: _Commands[Parser]) -> None:
    parser = _command(
        commands,
        "hosts",
        "show every host name with its protection, as weak as its weakest route",
        "  specter-tui hosts --probe\n  specter-tui hosts wiki.example.org --json\n",
    )
    parser.add_argument("host", metavar="HOST", nargs="?", default="", help="only this host name")
    _add_probe(parser)
    _add_json(parser)


def _containers(commands: _Commands[Parser]) -> None:
    parser = _command(
        commands,
        "containers",
        "show every container with its state, health and networks",
        "  specter-tui containers\n  specter-tui containers wiki --json\n",
    )
    parser.add_argument("name", metavar="NAME", nargs="?", default="", help="only this container")
    _add_json(parser)


def _dns(commands: _Commands[Parser]) -> None:
    parser = _command(
        commands,
        "dns",
        "show for every host whether its DNS records bring visitors here, and mend them",
        "  specter-tui dns\n  specter-tui dns wiki.example.org --json\n"
        "  specter-tui dns plan           what would be created and corrected; changes nothing\n"
        "  specter-tui dns apply --adopt  does it, records without our marker included\n"
        "  specter-tui dns apply wiki.example.org --adopt\n",
    )
    parser.add_argument(
        "host", metavar="HOST|plan|apply", nargs="?", default="", help="only this host name; or what is to be done"
    )
    parser.add_argument("target", metavar="HOST", nargs="?", default="", help="plan, apply: for this host alone")
    parser.add_argument("--yes", action="store_true", help="apply: do not ask")
    parser.add_argument("--adopt", action="store_true", help="plan, apply: records without our marker too")
    parser.add_argument("--force", action="store_true", help="apply: many records at once, or a zone's own name")
    _add_json(parser)


def _explain_command(commands: _Commands[Parser]) -> None:
    parser = _command(
        commands,
        "explain",
        "say which router answers a URL, why the others do not, and where the chain breaks",
        "  specter-tui explain https://wiki.example.org/page\n"
        "  specter-tui explain https://api.example.org/v1 --method POST --header 'X-Tenant: a' --probe\n",
    )
    parser.add_argument("url", metavar="URL", help="the address as a visitor types it")
    parser.add_argument(
        "--method", metavar="M", default="GET", type=_method, help="the request's method (default: GET)"
    )
    parser.add_argument(
        "--header",
        metavar="'K: V'",
        action="append",
        default=[],
        type=_header,
        help="a header of the request; repeatable",
    )
    _add_probe(parser)
    _add_json(parser)


def _doctor(commands: _Commands[Parser]) -> None:
    parser = _command(
        commands,
        "doctor",
        "say what is wrong, why, and what to do",
        "  specter-tui doctor\n  specter-tui doctor --probe --fail-on warning --json\n",
    )
    _add_probe(parser)
    _add_json(parser)
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning", "never"),
        default="error",
        help="exit with 1 when there is a finding this bad (default: error)",
    )


def _config(commands: _Commands[Parser]) -> None:
    parser = _command(commands, "config", "show, check or write the configuration", "")
    actions = parser.add_subparsers(
        metavar="ACTION", dest="action", title="actions", parser_class=Parser, required=True
    )
    show = _command(
        actions, "show", "show every setting with its value and where it comes from", "  specter-tui config show\n"
    )
    _add_json(show)
    _command(
        actions,
        "check",
        "check the configuration and say what each source would be",
        "  specter-tui config check\n  specter-tui --config ./config.toml config check\n",
    )
    init = _command(
        actions,
        "init",
        "write a configuration from what is found here, or lay out the whole stack",
        "  specter-tui config init\n"
        "  specter-tui config init --stack /opt/specter --domain example.org --email ops@example.org\n",
    )
    init.add_argument(
        "--stack", metavar="DIR", default="", help="lay out compose/, traefik/ and a configuration that fits"
    )
    init.add_argument("--domain", metavar="D", default="", help="the domain of the stack's host names")
    init.add_argument("--email", metavar="E", default="", help="where Let's Encrypt sends its notices")
    init.add_argument("--force", action="store_true", help="replace files that are there already")


def _demo(commands: _Commands[Parser]) -> None:
    parser = _command(
        commands,
        "demo",
        "open the dashboard on an embedded Traefik with sample applications, on loopback",
        "  specter-tui demo\n"
        "  specter-tui demo --headless            its configuration and addresses, for other commands and a browser\n"
        "  specter-tui demo --docker              the stack itself, in containers of this machine's Docker Engine\n",
    )
    parser.add_argument("--headless", action="store_true", help="print the addresses and keep running, no dashboard")
    parser.add_argument("--dir", metavar="DIR", default="", help="make the demo's folder in here (default: /tmp)")
    parser.add_argument("--docker", action="store_true", help="use a real Docker Engine; it takes four images")
    parser.add_argument("--leashed", action="store_true", help=argparse.SUPPRESS)  # ends with its stdin


def _method(text: str) -> str:
    if not (text.isascii() and text.isalpha() and len(text) <= len("BASELINE-CONTROL")):
        message = "a method is one word such as GET"
        raise argparse.ArgumentTypeError(message)
    return text.upper()


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip() or any(character in text for character in "\r\n\0"):
        message = "a header is written 'Name: value'"
        raise argparse.ArgumentTypeError(message)
    return name.strip(), value.strip()

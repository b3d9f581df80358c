"""`config init`: a configuration from what is found here, or the whole stack laid out with one that fits."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from specter_tui.cli.discover import discover
from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.output import Output
from specter_tui.cli.parsers import UsageError
from specter_tui.cli.stack_files import stack_entries, stack_sources
from specter_tui.config.load import Options, candidates, named_file
from specter_tui.config.safety import refuse_unsafe
from specter_tui.core import stack
from specter_tui.core.discovery import Proposed, toml_lines
from specter_tui.core.errors import RefusedError
from specter_tui.core.layout import Entry, decide
from specter_tui.core.settings import DockerSettings
from specter_tui.core.text import visible
from specter_tui.effects.layout_files import look, put

_READABLE: Final = 0o644  # it holds names of secret files, never a secret
_SYSTEM_FOLDER: Final = 0o755
_HEADER: Final = ("# specter-tui. Every key: docs/configuration.md. What stands here now: specter-tui config show", "")


def init(args: argparse.Namespace, output: Output) -> int:
    """Writes the files, says what was done to each, and what comes next."""
    if args.read_only or os.environ.get("SPECTER_READ_ONLY", "0").lower() not in {"", "0", "false", "no", "off"}:
        raise RefusedError("nothing was written: this is read-only", "leave --read-only and SPECTER_READ_ONLY out")
    target = _target(args)
    entries = _stack_entries(args, output, target) if args.stack else _plain_entries(args, output, target)
    if os.geteuid() == 0:
        for entry in (entries[0], entries[-1]):
            refuse_unsafe(entry.path, "the folder" if entry.text is None else "the file")
    steps = decide(entries, look(entries), force=args.force)
    put(steps)
    for step in steps:
        output.line(f"{step.deed:<9}  {visible(step.entry.path)}")
    output.line()
    for line in _next(args, entries):
        output.line(line)
    return ExitCode.OK


def _target(args: argparse.Namespace) -> str:
    """Where the configuration is written: where it will be looked for."""
    named = named_file(Options(args.config), os.environ)
    return str(Path(named or candidates(os.environ, root=os.geteuid() == 0)[0]).absolute())


def _plain_entries(args: argparse.Namespace, output: Output, target: str) -> list[Entry]:
    if args.domain or args.email:
        raise UsageError("--domain and --email belong to a stack", "add --stack DIR")
    proposal = asyncio.run(discover(DockerSettings(host=os.environ.get("SPECTER_DOCKER_HOST", ""))))
    for note in proposal.notes:
        output.line(note)
    output.line()
    return [_config_entry(target, proposal.lines)]


def _config_entry(target: str, lines: tuple[str, ...]) -> Entry:
    return Entry(target, _READABLE, "\n".join((*_HEADER, *lines, "")))


def _stack_entries(args: argparse.Namespace, output: Output, target: str) -> list[Entry]:
    """DIR and all below it, folders before their files, and the configuration last."""
    root = Path(args.stack).absolute()
    if visible(str(root)) != str(root):
        raise UsageError("--stack holds control characters", "choose another folder")
    domain = args.domain or _ask(output, "--domain", "Domain of the stack, such as example.org: ")
    email = args.email or _ask(output, "--email", "E-mail address for Let's Encrypt: ")
    files = stack.render(stack_sources(), stack.StackParameters(domain, email))
    return [
        Entry(str(root), _SYSTEM_FOLDER),
        *stack_entries(root, files),
        _config_entry(target, toml_lines(_stack_settings(root, domain))),
    ]


def _ask(output: Output, flag: str, question: str) -> str:
    if not (output.is_terminal and sys.stdin.isatty()):
        message = f"--stack needs {flag}"
        raise UsageError(
            message, "such as: specter-tui config init --stack DIR --domain example.org --email ops@example.org"
        )
    try:
        return input(question).strip()
    except EOFError:
        message = f"--stack needs {flag}"
        raise UsageError(message) from None


def _stack_settings(root: Path, domain: str) -> Mapping[str, Proposed]:
    return {
        "traefik.api_url": "http://127.0.0.1:8080",
        "traefik.dynamic_dir": str(root / stack.DYNAMIC_DIR),
        "traefik.acme_files": (str(root / stack.ACME_FILE),),
        "docker.network": "traefik-proxy",
        "protection.verify_url": "http://descope-auth:3000/verify",
        "protection.middleware": "descope-verify@docker",
        "protection.auth_host": f"auth.{domain}",
        "compose.dir": str(root),
    }


def _next(args: argparse.Namespace, entries: list[Entry]) -> tuple[str, ...]:
    if not args.stack:
        return ("next: specter-tui config check",)
    root = visible(entries[0].path)
    return (
        f"next: put a Cloudflare token that may edit the zone's DNS into {root}/{stack.TOKEN_FILE}, then",
        f"      cd {root} && docker compose up -d",
    )

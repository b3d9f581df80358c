"""What the command line tells, asked as a script asks it: a process, its JSON held to the schema, its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from specter_tui.cli.exit_codes import ExitCode
from tests.live.harness import Stack, eventually
from tests.schema import check

_ROOT: Final = Path(__file__).parents[2]
_ANSWERS: Final = {ExitCode.OK, ExitCode.FINDINGS}
Document = dict[str, Any]

# The paces of slow sources, so that a test need not wait a minute for what is only a matter of time.
_REFRESH: Final = "[refresh]\ntraefik = 1\ndocker = 3\nacme = 2\nprobe = 5\n"


@dataclass(frozen=True)
class Told:
    """The commands over one configuration."""

    config: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        command = [sys.executable, "-m", "specter_tui", "--config", str(self.config), *arguments]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SPECTER_")}
        return subprocess.run(
            command,
            cwd=_ROOT,
            env=environment,
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
        )

    def ask(self, command: str, *arguments: str) -> Document:
        """The document of `command --json`; fails when it is not what the schema promises."""
        done = self.run(command, *arguments, "--json")
        assert done.returncode in _ANSWERS, f"{command} ended with {done.returncode}: {done.stderr}"
        document: Document = json.loads(done.stdout)
        check(document, command)
        if command == "doctor":
            bad = any(one["severity"] == "error" for one in document["findings"])
            assert done.returncode == (ExitCode.FINDINGS if bad else ExitCode.OK)
        return document

    def route(self, router: str) -> Document:
        """One route of `status --json`, empty when Traefik does not have it."""
        return next((one for one in self.ask("status")["routes"] if one["id"] == router), {})

    def explain(self, url: str, *arguments: str) -> Explained:
        """`explain --json` of one address."""
        return Explained(self.ask("explain", url, *arguments))

    def findings(self, *arguments: str) -> Findings:
        """`doctor --json`."""
        return Findings(tuple(self.ask("doctor", *arguments)["findings"]))

    def until_route(self, router: str, condition: Callable[[Document], bool], what: str) -> Document:
        """The route of `status --json` as soon as it is so."""

        def seen() -> Document | None:
            route = self.route(router)
            return {"route": route} if condition(route) else None

        found = eventually(seen, f"status --json: {router} {what}")
        assert found is not None
        route: Document = found["route"]
        return route

    def until_healthy(self, router: str) -> Document:
        """The route of `status --json` once nothing is wrong with it."""
        return self.until_route(router, lambda route: route.get("health") == "healthy", "healthy")


@dataclass(frozen=True)
class Findings:
    """The findings of one document."""

    all: tuple[Document, ...]

    def about(self, subject: str) -> dict[str, Document]:
        """The findings on one subject, by code."""
        return {one["code"]: one for one in self.all if one["subject"]["id"] == subject}

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Code and subject of each error."""
        return [(one["code"], one["subject"]["id"]) for one in self.all if one["severity"] == "error"]


@dataclass(frozen=True)
class Explained:
    """One explanation."""

    document: Document

    @property
    def winner(self) -> str | None:
        """The route that answers."""
        winner: str | None = self.document["winner"]
        return winner

    @property
    def broken_at(self) -> str:
        """The first red hop, empty without one."""
        return next((hop["hop"] for hop in self.document["hops"] if hop["verdict"] == "error"), "")

    def hop(self, name: str) -> tuple[str, str]:
        """Verdict and text of one hop; two empty texts when it is not told of."""
        found = next((one for one in self.document["hops"] if one["hop"] == name), None)
        return (found["verdict"], found["text"]) if found else ("", "")


def write_config(stack: Stack, path: Path, tables: Mapping[str, str] | None = None) -> Path:
    """What `config init --stack` writes, with the ports and the engine that the test's stack has."""
    lines = (stack.root / "config.toml").read_text(encoding="utf-8")
    lines = lines.replace("http://127.0.0.1:8080", f"http://127.0.0.1:{stack.ports.api}")
    lines = lines.replace("[docker]\n", f'[docker]\nhost = "{stack.engine.host}"\n')
    more = "".join(f"\n[{name}]\n{text}\n" for name, text in (tables or {}).items())
    path.write_text(f"{lines}\n{_REFRESH}{more}", encoding="utf-8")
    path.chmod(0o600)
    return path

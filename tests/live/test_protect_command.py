"""`specter-tui protect`, `undo` and `unprotect` as a script uses them, on the real stack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from docker.models.containers import Container

from specter_tui.cli.exit_codes import ExitCode
from tests.live.harness import Stack
from tests.live.told import write_config

pytestmark = [pytest.mark.live, pytest.mark.timeout(300, func_only=True)]
ROOT = Path(__file__).parents[2]


def ask(config: Path, environment: Mapping[str, str], *arguments: str) -> tuple[int, Any]:
    """Exit code and document of one command."""
    done = subprocess.run(
        [sys.executable, "-m", "specter_tui", "--config", str(config), *arguments, "--json"],
        cwd=ROOT,
        env={**os.environ, **environment, "XDG_STATE_HOME": str(config.parent / "state")},
        check=False,
        text=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=200,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def test_protect_undo_and_the_watch_over_it(stack: Stack, verified: Container, tmp_path: Path) -> None:
    config = write_config(stack, tmp_path / "config.toml")
    with stack.application("cli") as host:
        file = stack.root / "projects/cli/compose.yml"
        before = file.read_bytes()
        code, said = ask(config, stack.environment, "protect", host, "--yes")
        assert (code, said["result"]) == (ExitCode.OK, "done"), said
        assert "got 307" in said["proof"][0]
        assert stack.get(host, headers={"Accept": "text/html"}).status == 307

        code, said = ask(config, stack.environment, "undo", "--yes")
        assert code == ExitCode.REFUSED, "what opens a host needs its name"
        written = file.read_bytes()
        file.write_bytes(before)  # as somebody who takes the label out by hand
        stack.compose("up", "-d", "--wait", folder=file.parent)
        stack.wait_for_router("cli@docker")
        code, said = ask(config, stack.environment, "doctor")
        assert (code, "protection-lost" in {one["code"] for one in said["findings"]}) == (ExitCode.FINDINGS, True)
        file.write_bytes(written)
        stack.compose("up", "-d", "--wait", folder=file.parent)
        stack.wait_for_router("cli@docker")

        code, said = ask(config, stack.environment, "undo", "--yes", "--open", host)
        assert (code, said["result"]) == (ExitCode.OK, "done"), said
        assert file.read_bytes() == before
        assert stack.get(host).status == 200
        code, said = ask(config, stack.environment, "history")
        assert [one["plan"]["action"] for one in said["actions"]] == ["unprotect", "protect"]

"""What each entry really imports: a fresh interpreter runs it and shows its `sys.modules`.

import-linter reads the static graph, where a deferred import counts as one; here it does not.
"""

from __future__ import annotations

import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import specter_tui.core
import specter_tui.ui.present

ROOT = Path(__file__).parents[2]
HEAVY = frozenset({"textual", "docker", "httpx", "cloudflare", "cryptography", "rich", "pydantic", "re2"})

# Runs a statement and writes the packages that it loaded, whatever the statement itself writes or exits with.
PROBE = """
import json, sys
before = set(sys.modules)
try:
    {statement}
except SystemExit:
    pass
sys.stderr.write(json.dumps(sorted({{name.partition(".")[0] for name in set(sys.modules) - before}})))
"""


def imported(statement: str) -> set[str]:
    """The top-level packages that a statement loads in an interpreter of its own."""
    # Measuring coverage imports modules of its own.
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("SPECTER_", "COVERAGE_"))}
    environ |= {"PYTHONPATH": str(ROOT), "SPECTER_TRAEFIK_API_URL": "http://127.0.0.1:9", "TERM": "xterm"}
    environ |= {
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
        "SPECTER_TRAEFIK_ACME_FILES": "/nonexistent/acme.json",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(statement=statement)],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(json.loads(done.stderr.splitlines()[-1].rpartition("[")[1] + done.stderr.rpartition("[")[2]))


def running(*arguments: str) -> str:
    return f"from specter_tui.cli.main import main; main({list(arguments)!r})"


def modules_of(package: object) -> list[str]:
    name, path = getattr(package, "__name__", ""), getattr(package, "__path__", [])
    return [name, *(one.name for one in pkgutil.walk_packages(path, f"{name}."))]


# Everything that answers without a source: as quick as the interpreter allows.
LIGHT = [
    ("--help",),
    ("--version",),
    ("status", "--help"),
    ("explain", "--help"),
    ("stauts",),
    ("config", "show"),
]

# Everything that has no screen; a later command joins by a line.
HEADLESS = [
    ("status", "--json"),
    ("hosts", "--json"),
    ("containers", "--json"),
    ("certs", "--json"),
    ("explain", "http://wiki.example.org/", "--json"),
    ("doctor", "--json"),
    ("doctor",),
    ("config", "check"),
]


@pytest.mark.parametrize("arguments", LIGHT, ids=" ".join)
def test_what_needs_no_source_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    loaded = imported(running(*arguments))
    assert "specter_tui" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize("arguments", HEADLESS, ids=" ".join)
def test_a_command_without_a_screen_never_imports_textual(arguments: tuple[str, ...]) -> None:
    loaded = imported(running(*arguments))
    assert "specter_tui" in loaded
    assert "textual" not in loaded


def test_help_imports_no_more_than_argparse_needs() -> None:
    assert not imported(running("--help")) & {
        "asyncio",
        "json",
        "dataclasses",
        "tomllib",
        "urllib",
        "pathlib",
        "difflib",
    }


@pytest.mark.parametrize("module", modules_of(specter_tui.core))
def test_a_core_module_imports_no_io_and_no_sdk(module: str) -> None:
    loaded = imported(f"import {module}")
    assert not loaded & (HEAVY - {"re2"})
    assert not loaded & {"asyncio", "subprocess", "socket", "aiohttp"}


@pytest.mark.parametrize("module", modules_of(specter_tui.ui.present))
def test_what_both_faces_share_imports_no_screen(module: str) -> None:
    assert "textual" not in imported(f"import {module}")


def test_the_configuration_is_read_without_anything_heavy() -> None:
    assert not imported("import specter_tui.config") & (HEAVY | {"asyncio"})


def test_the_first_frame_waits_for_no_sdk() -> None:
    loaded = imported("import specter_tui.ui.launch")
    assert "textual" in loaded
    assert not loaded & {"docker", "httpx", "cloudflare", "cryptography"}

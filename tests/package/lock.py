"""`make lock`: writes the lock files, with hashes and without addresses, from pyproject.toml.

Runs in an environment of its own. requirements.lock: the program; -demo: with the demo; -verify: the verify service
alone, without the program; -dev: with all that tests need. The development lock is made first and binds the others, so
that one environment can hold them all.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
OPTIONS = (
    "--quiet",
    "--upgrade",
    "--strip-extras",
    "--allow-unsafe",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-emit-trusted-host",
    "--no-emit-options",
    "--no-header",
    "--no-annotate",
)


def main() -> None:
    """Writes the four files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    _run("pip", "install", "--quiet", *_requirements(groups, "lock"))
    with tempfile.TemporaryDirectory() as folder:
        for name, group, extras in (
            ("requirements-dev.lock", "dev", ("--all-extras",)),
            ("requirements-demo.lock", "build", ("--extra", "demo", "--constraint", "requirements-dev.lock")),
            ("requirements.lock", "", ("--constraint", "requirements-dev.lock")),
        ):
            source = Path(folder) / f"{group}.in"
            source.write_text("\n".join(_requirements(groups, group)) if group else "")
            _run("piptools", "compile", *OPTIONS, *extras, "--output-file", name, "pyproject.toml", str(source))
        service = Path(folder) / "verify.in"
        service.write_text("\n".join(project["project"]["optional-dependencies"]["verify"]))
        bound = ("--constraint", "requirements-dev.lock")
        _run("piptools", "compile", *OPTIONS, *bound, "--output-file", "requirements-verify.lock", str(service))


def _requirements(groups: dict[str, list[str | dict[str, str]]], name: str) -> list[str]:
    found: list[str] = []
    for one in groups[name]:
        found += [one] if isinstance(one, str) else _requirements(groups, one["include-group"])
    return found


def _run(*command: str) -> None:
    subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()

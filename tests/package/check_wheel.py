"""`make package-test`: builds the wheel, installs it with the locked versions elsewhere, and uses it from there."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tomllib
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Raises on the first thing that does not work."""
    with tempfile.TemporaryDirectory(prefix="specter-wheel-") as name:
        folder = Path(name)
        wheel = build(folder)
        check_content(wheel)
        program = install(wheel, folder / "env")
        check_use(program, folder)
    sys.stdout.write("the wheel: built, installed elsewhere, used there\n")


def build(folder: Path) -> Path:
    """The wheel, built from the checkout with the locked hatchling."""
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, ROOT)
    (wheel,) = folder.glob("specter_tui-*.whl")
    return wheel


def check_content(wheel: Path) -> None:
    """The stack is in it to the last file, and nothing that git ignores."""
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = run("git", "-C", ROOT, "ls-files", "compose", "traefik", "requirements-verify.lock").split()
    packed = {one.removeprefix("specter_tui/_stack/") for one in names if one.startswith("specter_tui/_stack/")}
    assert packed == set(tracked), f"the wheel's stack differs from the checkout's: {packed ^ set(tracked)}"
    service = {one for one in names if one.startswith("verify_service/")}
    assert service == set(run("git", "-C", ROOT, "ls-files", "verify_service").split()), "the service's files differ"
    assert "specter_tui/py.typed" in names
    assert any(one.endswith("licenses/LICENSE") for one in names)
    assert not [one for one in names if one.startswith("tests/")]


def install(wheel: Path, environment: Path) -> Path:
    """The program in a fresh environment that sees nothing of this one."""
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--require-hashes", "--requirement", ROOT / "requirements.lock")
    run(*pip, "--no-deps", wheel)
    run(python, "-m", "pip", "check")
    return environment / "bin" / "specter-tui"


def check_use(program: Path, folder: Path) -> None:
    """What the README's first commands do, from a folder that is not the checkout."""
    version = tomllib.loads(f"v = {(ROOT / 'specter_tui/__init__.py').read_text().partition('__version__ = ')[2]}")["v"]
    assert run(program, "--version", cwd=folder) == f"specter-tui {version}\n"
    assert "commands:" in run(program, "--help", cwd=folder)
    config, stack = folder / "config.toml", folder / "stack"
    base = (program, "--config", config)
    said = run(
        *base, "config", "init", "--stack", stack, "--domain", "example.org", "--email", "ops@example.org", cwd=folder
    )
    assert str(stack / "traefik/traefik.yml") in said
    assert "example.org" in (stack / "traefik/traefik.yml").read_text()
    assert (stack / "traefik/acme").stat().st_mode & 0o777 == 0o700
    assert f"file:{config}" in run(*base, "config", "show", cwd=folder)
    assert str(stack) in run(*base, "config", "check", cwd=folder)


def run(*command: object, cwd: Path = ROOT) -> str:
    """The command's stdout; CalledProcessError, after its stderr, when it fails."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SPECTER_"))}
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, env=clean, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


if __name__ == "__main__":
    main()

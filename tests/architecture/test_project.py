"""The project's own rules: sizes, documentation that mentions what exists, and no trace of a machine."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from specter_tui.cli.main import COMMANDS
from specter_tui.config.environment import TOKENS, VARIABLES
from specter_tui.config.schema import KEYS

ROOT = Path(__file__).parents[2]
MOST_LINES = 400


def tracked() -> list[Path]:
    """The project's files: what git knows, else everything that is no cache."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
        return [ROOT / name for name in names if name and (ROOT / name).is_file()]
    return [
        path for path in ROOT.rglob("*") if path.is_file() and not any(part.endswith("cache") for part in path.parts)
    ]


FILES = tracked()
MODULES = [path for path in FILES if path.suffix == ".py"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_short_enough_to_be_read(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < MOST_LINES


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_each_setting_is_documented() -> None:
    text = text_of("docs/configuration.md")
    missing = [key.path for key in KEYS if f"`{key.path}`" not in text]
    missing += [name for name in (*VARIABLES, *TOKENS, "SPECTER_CONFIG", "NO_COLOR") if f"`{name}`" not in text]
    assert not missing


def test_each_documented_default_is_the_real_one() -> None:
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \| `?([^`|]*)`? \|", text_of("docs/configuration.md"), re.MULTILINE))
    for key in KEYS:
        assert rows[key.path].strip() == documented(key.default), key.path


def documented(default: object) -> str:
    """A default as the table writes it: TOML, with nothing for what is empty."""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return "[" + ", ".join(f'"{one}"' for one in default) + "]" if default else "[]"
    if isinstance(default, str):
        return f'"{default}"'
    return f"{default:g}" if isinstance(default, int | float) else "{}"


@pytest.mark.parametrize("command", sorted(filter(None, COMMANDS)))
def test_each_command_is_in_the_readme(command: str) -> None:
    assert f"specter-tui {command}" in text_of("README.md")


def codes_of_findings() -> set[str]:
    """Every code in specter_tui/core/findings: what stands first in a call of `Finding` or of a helper `_finding`."""
    found = set()
    for path in sorted((ROOT / "specter_tui/core/findings").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {
            getattr(node.target, "id", ""): node.value
            for node in tree.body
            if isinstance(node, ast.AnnAssign) and node.value is not None
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "").lower().endswith("finding") and node.args:
                first = named.get(getattr(node.args[0], "id", ""), node.args[0])
                found |= {first.value} if isinstance(first, ast.Constant) and isinstance(first.value, str) else set()
    return found


def test_each_finding_is_documented_and_each_documented_one_exists() -> None:
    codes = codes_of_findings()
    assert "source-failed" in codes, "the codes are written in another way now"
    documented_codes = set(re.findall(r"^\| `([a-z0-9_.-]+)` \|", text_of("docs/findings.md"), re.MULTILINE))
    assert documented_codes == codes


MACHINE = re.compile(r"(?<![\w.$}/-])/(?:root|work|home/[a-z]+)/[a-z.]")
ALLOWED = re.compile(r"/root/\.docker\b")


def test_no_file_names_a_path_of_a_machine() -> None:
    traces = []
    for path in FILES:
        text = path.read_bytes().decode("utf-8", "replace")
        traces += [
            f"{path.relative_to(ROOT)}: {match[0]}" for match in MACHINE.finditer(text) if not ALLOWED.match(match[0])
        ]
    assert not traces


def test_lock_files_hold_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-demo.lock", "requirements-verify.lock", "requirements-dev.lock"):
        lines = [line for line in text_of(name).splitlines() if line and not line.startswith("#")]
        assert not [line for line in lines if line.startswith("-") or "://" in line or " @ " in line]
        pins = [line for line in lines if not line.startswith(" ")]
        assert all(re.fullmatch(r"[a-z0-9._-]+==[^ ]+(?: ; [^\\]+)? \\", line) for line in pins)
        assert len([line for line in lines if "--hash=sha256:" in line]) >= len(pins)


def test_the_lock_files_agree() -> None:
    every = pins_of("requirements-dev.lock")
    assert pins_of("requirements.lock").items() <= every.items()
    assert pins_of("requirements-demo.lock").items() <= every.items()
    assert pins_of("requirements-verify.lock").items() <= every.items()


def test_the_verify_service_needs_nothing_of_the_dashboard() -> None:
    assert not set(pins_of("requirements-verify.lock")) & {"textual", "docker", "cloudflare", "rich", "watchfiles"}


def pins_of(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text_of(name), re.MULTILINE))


def test_make_says_the_one_line_to_type_where_venv_is_missing(tmp_path: Path) -> None:
    (tmp_path / "ensurepip.py").write_text("raise ModuleNotFoundError\n")
    done = make("venv", tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode != 0
    assert "Python has no venv here; type: sudo apt-get install -y python3-venv\n" in done.stderr
    assert not (tmp_path / "env").exists()


def test_make_without_a_target_lists_them(tmp_path: Path) -> None:
    said = make("", tmp_path).stdout
    for target in ("venv", "demo", "test", "check", "bench", "live-all", "soak", "clean"):
        assert f"  make {target} " in said


def make(target: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("make") is None:
        pytest.skip("make is not installed here")
    command = ["make", "--no-print-directory", *filter(None, [target]), f"VENV={folder}/env"]
    clean = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MFLAGS", "BIN", "PYTHON"}}
    return subprocess.run(
        command, cwd=ROOT, env=clean | environ, capture_output=True, text=True, timeout=60, check=False
    )

"""docs/advisories.md names a test for each advisory and each trap, and each of these tests exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLASSES = {str(number) for number in range(1, 35)}
TRAPS = {"A1", "A2", "A3", "A4", "A5", "A6", *(f"A7.{number}" for number in range(1, 10))}
_NUMBERED = re.compile(r"test((?:_\d\d)+)_|test_(a\d)_(?:(\d)_)?")


@cache
def listed() -> dict[str, list[str]]:
    """The tests of each number."""
    rows = re.findall(
        r"^\| ([0-9A][0-9., ]*) \|(.*)\|$", (ROOT / "docs/advisories.md").read_text("utf-8"), re.MULTILINE
    )
    return {no: re.findall(r"`(test_\w+)`", cells) for numbers, cells in rows for no in numbers.split(", ")}


@cache
def existing() -> set[str]:
    paths = [*ROOT.glob("tests/verify_service/test_*.py"), *ROOT.glob("tests/live/test_verify_*.py")]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in paths]
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, functions)}


def numbers_of(name: str) -> set[str]:
    """The advisories or the trap that a test's name says it is about."""
    found = _NUMBERED.match(name)
    if found is None:
        return set()
    if found[1]:
        return {str(int(number)) for number in found[1].split("_")[1:]}
    return {found[2].upper() + (f".{found[3]}" if found[3] else "")}


def test_each_advisory_and_each_trap_has_a_row() -> None:
    assert set(listed()) == CLASSES | TRAPS


def test_each_row_names_tests_that_exist() -> None:
    assert all(listed().values())
    missing = {no: [name for name in names if name not in existing()] for no, names in listed().items()}
    assert not {no: names for no, names in missing.items() if names}


def test_each_advisory_has_a_test_that_bears_its_number() -> None:
    for no, names in listed().items():
        assert no in {"A7.3", "A7.4", "A7.5", "A7.6"} or any(no in numbers_of(name) for name in names), no


def test_each_numbered_test_is_listed() -> None:
    rows = listed()
    told = {name: numbers for name in existing() if (numbers := numbers_of(name))}
    assert not [name for name, numbers in told.items() if any(name not in rows[no] for no in numbers)]

"""Taking one change of a file back while others stay."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from specter_tui.core.actions.undo import reversed_text
from specter_tui.core.errors import RefusedError

WORDS = st.lists(st.integers(0, 999), min_size=1, max_size=30, unique=True)
BEFORE = "services:\n  wiki:\n    labels:\n      - a=1\n  blog:\n    image: x\n"
AFTER = BEFORE.replace("      - a=1\n", "      - a=1\n      - m=verify\n")


@given(st.text(), st.text())
def test_nothing_else_changed_gives_the_same_bytes(before: str, after: str) -> None:
    assert reversed_text("/f", before, after, after) == before


def _lines(numbers: list[int]) -> str:
    return "".join(f"line {one}\n" for one in numbers)


@given(WORDS, st.data())
def test_lines_that_others_changed_elsewhere_stay(numbers: list[int], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(numbers)))
    other = data.draw(st.integers(0, len(numbers)))
    assume(abs(place - other) > 1)

    def with_lines(*added: tuple[int, int]) -> str:
        made = list(numbers)
        for at, number in sorted(added, reverse=True):
            made.insert(at, number)
        return _lines(made)

    now = with_lines((place, 1000), (other, 2000))
    assert reversed_text("/f", _lines(numbers), with_lines((place, 1000)), now) == with_lines((other, 2000))


def test_the_first_line_goes_also_under_a_new_one() -> None:
    assert reversed_text("/f", "b\nc\n", "a\nb\nc\n", "# new\na\nb\nc\n") == "# new\nb\nc\n"


def test_a_line_that_was_taken_out_comes_back() -> None:
    assert reversed_text("/f", AFTER, BEFORE, f"# mine\n{BEFORE}") == f"# mine\n{AFTER}"


@pytest.mark.parametrize(
    "now",
    [
        AFTER.replace("m=verify", "m=other"),
        AFTER.replace("      - m=verify\n", ""),
        AFTER.replace("- a=1", "- a=2"),
        AFTER.replace("      - m=verify\n", "      - m=verify\n      - n=1\n"),
        "",
        "something else\n",
    ],
)
def test_lines_that_were_changed_since_are_nobodys_to_undo(now: str) -> None:
    with pytest.raises(RefusedError, match="was changed since in the same lines"):
        reversed_text("/f", BEFORE, AFTER, now)


def test_line_ends_stay_as_they_are() -> None:
    before, after = BEFORE.replace("\n", "\r\n"), AFTER.replace("\n", "\r\n")
    now = after.replace("image: x", "image: y")
    assert reversed_text("/f", before, after, now) == before.replace("image: x", "image: y")

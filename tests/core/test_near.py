"""The name that was probably meant."""

from __future__ import annotations

from specter_tui.core.near import near


def test_the_name_most_like_it_or_one_that_it_is_a_part_of() -> None:
    known = ("wiki-wiki-1", "wiki.example.org", "db")
    assert near("wiki.exmaple.org", known) == "did you mean wiki.example.org?"
    assert near("wiki-1", known) == "did you mean wiki-wiki-1?"
    assert near("zebra", known, "see specter-tui status") == "see specter-tui status"
    assert near("", known) == near("x", ()) == ""
    assert near("evil\x1b[31m", ("evil\x1b[32m",)) == "did you mean evil\\x1b[32m?"

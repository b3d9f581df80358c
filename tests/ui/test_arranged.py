"""Rows in order: what is remembered of them gives what working all out anew gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from specter_tui.ui.arranged import Arranged
from specter_tui.ui.filters import parse_filter
from specter_tui.ui.present.resource import SortKey


class Item(NamedTuple):
    name: str
    colour: str
    size: int


FIELDS: dict[str, Callable[[Item], str]] = {"name": lambda item: item.name, "colour": lambda item: item.colour}
SORTS: dict[str, Callable[[Item], SortKey]] = {
    "name": lambda item: (item.name,),
    "size": lambda item: (item.size, item.name),
}
FILTERS = ("", "a", "!a", "RED", "name:a", "!colour:red", "/^r/", "a red", "b\xdf", "ss")
some_items = st.lists(
    st.builds(Item, st.sampled_from("abcd"), st.sampled_from(["red", "Green", "b\xdf"]), st.integers(0, 3)), max_size=8
)
some_steps = st.lists(
    st.tuples(some_items, st.sampled_from(FILTERS), st.sampled_from(sorted(SORTS)), st.booleans()), max_size=6
)


@given(some_steps)
def test_it_gives_what_working_all_out_anew_gives(steps: list[tuple[list[Item], str, str, bool]]) -> None:
    arranged: Arranged[Item] = Arranged(lambda item: item.name, FIELDS)
    for items, text, column, turned in steps:
        arranged.take(items)
        assert len(arranged) == len(items)
        found = arranged.rows(parse_filter(text, FIELDS, arranged.whole), SORTS[column], turned=turned)
        passes = parse_filter(text, FIELDS)
        expected = [item for item in items if passes(item)]
        assert found == sorted(expected, key=SORTS[column], reverse=turned)


def test_what_is_alike_stays_the_same_object_and_is_worked_out_once() -> None:
    asked: list[str] = []

    def size(item: Item) -> SortKey:
        asked.append(item.name)
        return (item.size,)

    arranged: Arranged[Item] = Arranged(lambda item: item.name, FIELDS)
    everything = parse_filter("", FIELDS)
    first = [Item("a", "red", 1), Item("b", "red", 2)]
    arranged.take(first)
    arranged.rows(everything, size, turned=False)
    arranged.take([Item("b", "red", 0), Item("a", "red", 1)])
    again = arranged.rows(everything, size, turned=False)
    assert [item.name for item in again] == ["b", "a"]
    assert again[1] is first[0]
    assert asked == ["a", "b", "b"]

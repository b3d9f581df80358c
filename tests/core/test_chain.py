"""Chains unfold in order, whatever they contain."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from specter_tui.core.chain import MAX_LINKS, unfold
from specter_tui.core.model import Middleware
from tests.builders import a_middleware


def _chain(name: str, *members: str) -> Middleware:
    return a_middleware(name, type="chain", address="", chain=members)


def _by_name(*middlewares: Middleware) -> dict[str, Middleware]:
    return {one.name: one for one in middlewares}


def test_members_stand_where_the_chain_stood() -> None:
    known = _by_name(_chain("c@file", "x@file", "y@file"), *(a_middleware(f"{n}@file") for n in "axyb"))
    links = unfold(("a@file", "c@file", "b@file"), known)
    assert [link.name for link in links] == ["a@file", "x@file", "y@file", "b@file"]
    assert [link.via for link in links] == [(), ("c@file",), ("c@file",), ()]


def test_a_missing_member_is_a_link_of_its_own() -> None:
    (link,) = unfold(("c@file",), _by_name(_chain("c@file", "gone@docker")))
    assert (link.name, link.provider, link.status) == ("gone@docker", "docker", None)


def test_a_chain_in_itself_ends() -> None:
    links = unfold(("a@file",), _by_name(_chain("a@file", "b@file"), _chain("b@file", "a@file")))
    assert [link.name for link in links] == ["a@file"]


def test_growth_is_bounded() -> None:
    doubling = [_chain(f"c{i}@file", f"c{i + 1}@file", f"c{i + 1}@file") for i in range(40)]
    links = unfold(("c0@file",), _by_name(*doubling, a_middleware("c40@file")))
    assert len(links) <= 2 * MAX_LINKS


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefxy"), max_size=4), max_size=6))
def test_any_graph_of_chains_ends_in_what_is_no_chain(graph: dict[str, list[str]]) -> None:
    known = {name: _chain(name, *members) if members else a_middleware(name) for name, members in graph.items()}
    links = unfold(tuple(graph), known)
    for link in links:
        is_chain = link.name in known and bool(known[link.name].chain)
        assert not is_chain or link.name in link.via or len(links) >= MAX_LINKS

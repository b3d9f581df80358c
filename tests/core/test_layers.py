"""Child routers and services hand their middlewares on; a child is never better guarded than its weakest way in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specter_tui.core.layers import Layers
from specter_tui.core.model import Router
from specter_tui.core.snapshot import ProtectionState
from tests.builders import DOMAIN, a_router, a_service, replace
from tests.core.joining import VERIFY, codes, host_of, joined, route_of

PARENT = a_router("parent@file", rule=f"Host(`app1.{DOMAIN}`)", service="", middlewares=(VERIFY,), priority=900)
CHILD = replace(
    a_router("child@file", rule="PathPrefix(`/`)", parents=("parent@file",)), entry_points=(), tls=None, middlewares=()
)


def test_a_child_is_guarded_by_its_parents_middlewares() -> None:
    snapshot = joined(PARENT, CHILD)
    child = route_of(snapshot, "child@file")
    assert child.protection.state is ProtectionState.PROTECTED
    assert child.router.entry_points == ("websecure",)
    assert child.priority == 900
    assert host_of(snapshot).protection.state is ProtectionState.PROTECTED
    assert "service-missing" not in codes(snapshot)


def test_a_parent_is_no_way_in_itself() -> None:
    parent = route_of(joined(PARENT, CHILD), "parent@file")
    assert parent.protection.state is ProtectionState.NOT_APPLICABLE


def test_without_a_guarding_parent_the_child_is_open() -> None:
    snapshot = joined(replace(PARENT, middlewares=()), CHILD)
    assert host_of(snapshot).protection.state is ProtectionState.UNPROTECTED


def test_of_two_parents_both_must_guard() -> None:
    bare = replace(PARENT, name="bare@file", middlewares=())
    child = replace(CHILD, parents=("parent@file", "bare@file"))
    assert route_of(joined(PARENT, bare, child), "child@file").protection.state is ProtectionState.UNPROTECTED


def test_of_two_parents_the_stronger_priority_counts() -> None:
    weak = replace(PARENT, name="weak@file", priority=1)
    child = replace(CHILD, parents=("weak@file", "parent@file"))
    assert route_of(joined(PARENT, weak, child), "child@file").priority == 900


def test_a_parents_middlewares_stand_before_its_childrens_and_the_services_behind() -> None:
    guarded = a_service("child@file", middlewares=("c@file",))
    snapshot = joined(
        replace(PARENT, middlewares=("a@file",)), replace(CHILD, middlewares=("b@file",)), services=[guarded]
    )
    assert [link.name for link in route_of(snapshot, "child@file").chain] == ["a@file", "b@file", "c@file"]


def test_a_service_can_carry_the_guard() -> None:
    guarded = a_service(middlewares=(VERIFY,))
    assert host_of(joined(a_router(), services=[guarded])).protection.state is ProtectionState.PROTECTED


@pytest.mark.parametrize("parents", [("gone@file",), ("child@file",)])
def test_a_parent_that_is_not_there_or_itself_gives_nothing(parents: tuple[str, ...]) -> None:
    child = replace(CHILD, parents=parents, entry_points=("websecure",))
    assert Layers([child], []).effective(child).middlewares == ()


_NAMES = [f"r{index}@file" for index in range(6)]


@given(st.lists(st.lists(st.sampled_from(_NAMES), max_size=6), min_size=6, max_size=6))
def test_any_graph_of_parents_ends(graph: list[list[str]]) -> None:
    routers = [_member(name, tuple(parents)) for name, parents in zip(_NAMES, graph, strict=True)]
    layers = Layers(routers, [])
    for router in routers:
        assert set(router.middlewares) <= set(layers.effective(router).middlewares)


def _member(name: str, parents: tuple[str, ...]) -> Router:
    return replace(a_router(name, middlewares=(f"m-{name}",)), parents=parents)


def test_only_so_many_layers_are_followed() -> None:
    """An answer may claim any depth; what lies beyond guards nothing, so a child is never called safer than it is."""
    names = [f"deep{number}@file" for number in range(1500)]
    chain = [_member(name, (after,)) for name, after in zip(names, [*names[1:], ""], strict=True)]
    assert len(Layers(chain, []).effective(chain[0]).middlewares) == 21

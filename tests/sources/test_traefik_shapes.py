"""Both ways to read a definition give the same shape; the long one reads what the quick one does not take."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specter_tui.sources.traefik.fields import Element, Problems, any_json
from specter_tui.sources.traefik.shapes import RouterShape, ServiceShape, Shape, decode_shape, repaired
from tests.bench import world
from tests.sources.traefik_answers import RAW_DATA

KINDS: tuple[type[Shape], ...] = (RouterShape, ServiceShape)
_TEXT = st.sampled_from(["", "a", "app@docker", "UP", "é\x1b[2J", "\\", '"', "\u2028"]) | st.text(max_size=5)
_TEXTS = st.lists(_TEXT, max_size=3)
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda one: st.lists(one, max_size=3) | st.dictionaries(_TEXT, one, max_size=3),
    max_leaves=8,
)
_CHILDREN = st.lists(st.fixed_dictionaries({}, optional={"name": _TEXT, "weight": _ANY}), max_size=3)
_SERVERS = st.lists(st.fixed_dictionaries({}, optional={"url": _TEXT, "address": _TEXT, "weight": _ANY}), max_size=3)
_DOMAINS = st.lists(st.fixed_dictionaries({}, optional={"main": _TEXT, "sans": _TEXTS}), max_size=2)
_NAMED = {"service": _TEXT, "fallback": _TEXT, "mirrors": _CHILDREN, "services": _CHILDREN}
_SECTION = st.fixed_dictionaries({}, optional=_NAMED)
_TLS = st.fixed_dictionaries(
    {}, optional={"options": _TEXT, "certResolver": _TEXT, "domains": _DOMAINS, "passthrough": st.booleans()}
)
_RIGHT: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("status", "rule", "service", "ruleSyntax", "provider"), _TEXT),
    **dict.fromkeys(("error", "using", "entryPoints", "middlewares", "parentRefs", "usedBy"), _TEXTS),
    **dict.fromkeys(("weighted", "highestRandomWeight", "mirroring", "failover"), _SECTION),
    "priority": st.integers(),
    "tls": _TLS,
    "loadBalancer": st.fixed_dictionaries({}, optional={"servers": _SERVERS, "healthCheck": _ANY, "strategy": _ANY}),
    "serverStatus": st.dictionaries(_TEXT, _TEXT, max_size=2),
}
# As Traefik writes it but for at most two keys, of which anything may be.
_DEFINITION = st.builds(
    lambda right, wrong: {**right, **wrong},
    st.fixed_dictionaries({}, optional=_RIGHT),
    st.dictionaries(st.sampled_from(sorted(_RIGHT)), _ANY, max_size=2),
)


def _both(kind: type[Shape], text: bytes) -> tuple[Shape | None, Shape, tuple[str, ...]]:
    problems = Problems()
    slow = repaired(kind, Element("it", any_json(text), problems))
    return decode_shape(kind, msgspec.Raw(text)), slow, problems.sentences()


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=500, deadline=None)
@given(value=_DEFINITION | _ANY)
def test_what_the_quick_way_takes_the_other_reads_alike_and_without_a_problem(kind: type[Shape], value: Any) -> None:
    quick, slow, problems = _both(kind, json.dumps(value).encode())
    if quick is not None:
        assert (repr(quick), problems) == (repr(slow), ())
    elif not problems:
        assert "null" in json.dumps(value), "only a null is neither taken nor a problem"


@pytest.mark.parametrize(
    "text",
    [
        '{"rule": "a", "rule": "b", "tls": {"options": "x"}, "tls": {"certResolver": "y"}}',
        '{"serverStatus": {"a": "UP"}, "serverStatus": {"b": "DOWN"}, "status": "x", "status": "y"}',
        '{"priority": 123456789012345678901234567890, "loadBalancer": {"servers": []}, "other": 1e999}',
        '{"rule": "\\u00e9\\ud83d\\ude00\\u0000", "\\u0073tatus": "enabled"}',
        '{"priority": -0, "other": [[[[[[null]]]]]]}',
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_texts_that_two_parsers_might_read_in_two_ways(kind: type[Shape], text: str) -> None:
    quick, slow, problems = _both(kind, text.encode())
    assert quick is not None
    assert (repr(quick), problems) == (repr(slow), ())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"rule": null, "tls": null, "using": null}', RouterShape()),
        ('{"priority": 5.0, "rule": "x"}', RouterShape(rule="x")),
        ('{"priority": true, "rule": "x"}', RouterShape(rule="x")),
        ('{"priority": 1e999, "rule": "x"}', RouterShape(rule="x")),
        ('{"using": ["a", 1], "tls": [], "rule": "x"}', RouterShape(using=("a",), rule="x")),
    ],
)
def test_values_that_only_the_other_way_takes(text: str, found: Shape) -> None:
    quick, slow, _ = _both(RouterShape, text.encode())
    assert quick is None
    assert slow == found


@pytest.mark.parametrize("document", [RAW_DATA, world.raw_data(100)])
def test_what_traefik_writes_is_read_the_quick_way(document: dict[str, Any]) -> None:
    for section, kind in (("routers", RouterShape), ("services", ServiceShape)):
        for definition in document[section].values():
            assert decode_shape(kind, msgspec.Raw(json.dumps(definition).encode())) is not None

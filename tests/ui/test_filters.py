"""The filter language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specter_tui.core.snapshot import ProtectionState
from specter_tui.ui.filters import FilterError, parse_filter, words
from specter_tui.ui.present.routes import SEARCH, RouteRow
from tests.builders import a_protection, a_route, a_router

ROWS = [
    RouteRow(a_route("wiki@docker"), (), certificates_known=True),
    RouteRow(
        a_route("grafana@file", protection=a_protection(ProtectionState.UNPROTECTED)), (), certificates_known=True
    ),
    RouteRow(
        a_route("api@docker", router=a_router("api@docker", rule="Host(`api.example.org`) && PathPrefix(`/v1`)")),
        (),
        certificates_known=True,
    ),
]


def passing(text: str) -> list[str]:
    return [row.key.partition("@")[0] for row in ROWS if parse_filter(text, SEARCH)(row)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["wiki", "grafana", "api"]),
        ("WIKI", ["wiki"]),
        ("!wiki", ["grafana", "api"]),
        ("prot:open", ["grafana"]),
        ("!prot:open", ["wiki", "api"]),
        ("host:example.org rule:pathprefix", ["api"]),
        ("provider:file", ["grafana"]),
        ("/^wiki|^api/", ["wiki", "api"]),
        ("host:/^(wiki|grafana)\\./", ["wiki", "grafana"]),
        ("!/graf.*/", ["wiki", "api"]),
        ("8000:nonsense", []),
        ("nothing-like-this", []),
        ("PathPrefix(`/v1`)", ["api"]),
        ("/", ["api"]),
        ('"`) && PathPrefix"', ["api"]),
        ('rule:"`) && PathPrefix"', ["api"]),
        ('!"`) && PathPrefix"', ["wiki", "grafana"]),
        ("/org.* && path/", ["api"]),
        ("rule:/org.* && path/ api", ["api"]),
        ("!/org.* && path/ !wiki", ["grafana"]),
        ("/v1 PathPrefix", ["api"]),
        ('"/wiki|api/"', []),
        ('"wiki', []),
    ],
)
def test_the_filter(text: str, expected: list[str]) -> None:
    assert passing(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a "b c" d', ["a", '"b c"', "d"]),
        ("/a b/ /c/", ["/a b/", "/c/"]),
        ("/v1 /v2", ["/v1", "/v2"]),
        ('!host:"a b" x', ['!host:"a b"', "x"]),
        ('"level":"info" x', ['"level":"info"', "x"]),
        ('"" "', ['""', '"']),
    ],
)
def test_blanks_between_quotes_and_slashes_belong_to_the_word(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_bad_regular_expression_is_a_sentence() -> None:
    with pytest.raises(FilterError, match="not a regular expression"):
        parse_filter("/([/", SEARCH)


@given(st.text(max_size=60))
def test_no_text_breaks_the_filter(text: str) -> None:
    try:
        one = parse_filter(text, SEARCH)
    except FilterError:
        return
    for row in ROWS:
        one(row)


def test_a_regular_expression_that_explodes_elsewhere_is_linear_here() -> None:
    hostile = RouteRow(
        a_route("x@docker", router=a_router("x@docker", rule="a" * 100_000)), (), certificates_known=True
    )
    assert not parse_filter("rule:/(a+)+b$/", SEARCH)(hostile)

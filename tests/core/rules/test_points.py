"""Requests that stand for all, and the one that is sent."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from specter_tui.core.model import Protocol
from specter_tui.core.rules import Dialect, Request, Rule, parse_rule, representative_requests, sample_request
from specter_tui.core.rules import points as points_module

V3 = Dialect()
V2 = Dialect("v2", wildcard_hosts=False, any_host=False)


def http(text: str, dialect: Dialect = V3) -> Rule:
    return parse_rule(text, Protocol.HTTP, dialect)


some_paths = st.text("/ax", max_size=5).map("/{}".format)
some_rules = st.lists(
    st.one_of(
        st.builds("Path(`{}`)".format, some_paths),
        st.builds("PathPrefix(`{}`)".format, some_paths),
        st.builds("PathPrefix(`{}`) && !Path(`{}`)".format, some_paths, some_paths),
        st.builds("PathPrefix(`{}`) && Method(`{}`)".format, some_paths, st.sampled_from(["GET", "POST", "put"])),
        st.builds("!PathPrefix(`{}`) || Method(`{}`)".format, some_paths, st.sampled_from(["GET", "HEAD"])),
    ),
    max_size=5,
).map(lambda texts: [http(text) for text in texts])


@example([http(one) for one in ("Path(`/`)", "PathPrefix(`//`)", "PathPrefix(`/x`)")], [], "GET")
@example(
    [http(one) for one in ("Path(`/a`)", "PathPrefix(`/a`)", "PathPrefix(`/ax`)", "PathPrefix(`/a/`)")], ["/aa"], "GET"
)
@given(some_rules, st.lists(some_paths, max_size=20), st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE"]))
def test_every_request_meets_the_rules_that_some_point_meets(rules: list[Rule], paths: list[str], method: str) -> None:
    points = representative_requests(rules, "a")
    assert points.complete
    seen = {tuple(rule.matches(point) for rule in rules) for point in points.requests}
    for path in [*paths, "/", "/elsewhere"]:
        assert tuple(rule.matches(Request(host="a", path=path, method=method)) for rule in rules) in seen


@given(some_rules)
def test_points_are_few_and_each_is_there_once(rules: list[Rule]) -> None:
    points = representative_requests(rules, "a").requests
    assert len({(point.path, point.method) for point in points}) == len(points)
    assert {point.host for point in points} == {"a"}
    assert all(point.headers is None and point.query is None and point.client_ip is None for point in points)


def test_points_of_no_rules() -> None:
    points = representative_requests([], "a")
    assert [(point.path, point.method, point.open_path) for point in points.requests] == [
        ("/", "GET", False),
        ("/x", "GET", True),
    ]


def test_points_around_a_literal() -> None:
    points = representative_requests([http("PathPrefix(`/api`) && Method(`GET`)")], "a").requests
    assert [point.path for point in points if point.method == "GET"] == ["/", "/x", "/api", "/apix", "/api/x"]
    assert {point.method for point in points} == {"GET", "HEAD"}


def test_a_pattern_between_the_literals_is_never_ruled_out() -> None:
    rules = [http("PathPrefix(`/`)"), http("PathRegexp(`^/secret/[0-9]+$`)"), http("Path(`/t/{id}`)", V2)]
    met = {tuple(rule.matches(point) for rule in rules) for point in representative_requests(rules, "a").requests}
    assert (True, None, None) in met


def test_what_does_not_fit_is_told() -> None:
    points = representative_requests([http(f"Host(`a`) && Path(`/{number}`)") for number in range(5_000)], "a")
    assert not points.complete
    assert len(points.requests) == 400


def test_letters_run_out() -> None:
    taken = "".join(points_module._LETTERS)
    assert not representative_requests([http(f"Path(`/{taken}`)")], "a").complete
    assert representative_requests([http(f"Path(`/{taken[1:-1]}`)")], "a").complete


def test_many_methods_do_not_fit_either() -> None:
    rule = http(f"Method({','.join(f'`M{number}`' for number in range(1_000))})", V2)
    points = representative_requests([rule], "a")
    assert not points.complete
    assert len(points.requests) == 400


@pytest.mark.parametrize(
    ("text", "dialect", "path"),
    [
        ("Host(`a`)", V3, "/"),
        ("Host(`a`) && PathPrefix(`/api`)", V3, "/api"),
        ("Host(`a`) && Path(`/api/`)", V3, "/api/"),
        ("Host(`a`) && PathPrefix(`/api`) && !Path(`/api`)", V3, "/api/"),
        ("Host(`a`) && PathPrefix(`/api`) && !Path(`/api`) && !PathPrefix(`/api/`)", V3, "/apix"),
        ("Host(`a`) && Path(`/a b`)", V3, "/a%20b"),
        ("Host(`a`) && Path(`/é`)", V3, "/%C3%A9"),
        ("Host(`a`) && PathRegexp(`^/api/v1$`)", V3, "/api/v1"),
        ("Host(`a`) && PathRegexp(`^/(api|web)\\.html$`)", V3, "/api.html"),
        ("Host(`a`) && PathRegexp(`^/users/[0-9]+$`)", V3, "/users/1"),
        ("Host(`a`) && Path(`/users/{id:[0-9]+}`)", V2, "/users/1"),
        ("Host(`a`) && Path(`/users/{name}/x`)", V2, "/users/1/x"),
        ("Host(`a`) && (ClientIP(`::1`) || Path(`/open`))", V3, "/open"),
        ("HostRegexp(`^.$`)", V3, "/"),
    ],
)
def test_a_sample_has_a_path_that_the_rule_accepts(text: str, dialect: Dialect, path: str) -> None:
    sample = sample_request(http(text, dialect), "a")
    assert sample is not None
    assert (sample.path, sample.method, sample.host, sample.headers, sample.query) == (path, "GET", "a", {}, ())


def test_a_sample_takes_headers_and_query_from_the_rule() -> None:
    text = "Header(`X-A`, `b`) && HeaderRegexp(`X-B`, `^(one|two)$`) && Query(`k`, `v`) && QueryRegexp(`n`, `^[0-9]+$`)"
    sample = sample_request(http(text), "a")
    assert sample is not None
    assert sample.headers == {"X-A": "b", "X-B": "one"}
    assert sample.query == (("k", "v"), ("n", "1"))
    sample = sample_request(http("Headers(`a`, `b`) && Query(`k=v`, `l=w`)", V2), "a")
    assert sample is not None
    assert (sample.headers, sample.query) == ({"a": "b"}, (("k", "v"), ("l", "w")))


def test_a_sample_may_be_a_head() -> None:
    sample = sample_request(http("Method(`HEAD`)"), "a")
    assert sample is not None
    assert sample.method == "HEAD"


@pytest.mark.parametrize(
    "text",
    [
        "Method(`POST`)",
        "ClientIP(`10.0.0.0/8`)",
        "!ClientIP(`10.0.0.0/8`)",
        "Host(`b`)",
        "Path(`/a`) && Path(`/b`)",
        "Path(`/a?b`)",
        "Path(`/" + "a" * 10_000 + "`)",
        "PathRegexp(`^/[Q]{20}$`)",
        "Header(`X-Forwarded-Proto`, `https`)",
        'Header("x\\r\\ny", "z")',
        'Header("x", "y\\r\\nz")',
        'Query("k", "\\r\\n")',
    ],
)
def test_where_no_safe_sample_is_found_there_is_none(text: str) -> None:
    assert sample_request(http(text), "a") is None


def test_tcp_has_no_sample() -> None:
    assert sample_request(parse_rule("HostSNI(`*`)", Protocol.TCP, V3), "a") is None


def test_a_huge_rule_costs_few_guesses() -> None:
    rule = http(" || ".join(f"Path(`/{number}`) && Method(`POST`)" for number in range(20_000)))
    assert sample_request(rule, "a") is None


@given(some_rules)
def test_a_sample_is_accepted_and_harmless(rules: list[Rule]) -> None:
    for rule in rules:
        sample = sample_request(rule, "a")
        if sample is not None:
            assert rule.matches(sample) is True
            assert sample.method in {"GET", "HEAD"}
            assert sample.path.startswith("/")
            assert sample.path.isprintable()

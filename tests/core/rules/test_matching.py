"""What a rule answers to a request, and when it can't know."""

from __future__ import annotations

import pytest

from specter_tui.core.model import Protocol
from specter_tui.core.rules import Dialect, Request, mismatch, parse_rule

V3 = Dialect()
V2 = Dialect("v2", wildcard_hosts=False, any_host=False)
FIRST_WILDCARDS = Dialect("v3", wildcard_hosts=True, any_host=False)
OLD_V3 = Dialect("v3", wildcard_hosts=False, any_host=False)


@pytest.mark.parametrize(
    ("expression", "dialect", "host", "expected"),
    [
        ("Host(`A.Example`)", V3, "a.exAMPLE", True),
        ("Host(`a.example`)", V3, "a.example:8443", True),
        ("Host(`::1`)", V3, "[::1]:443", True),
        ("Host(`a.example`)", V3, "b.example", False),
        ("Host(`a.example`)", V3, "", False),
        ("Host(`a.example.`)", V3, "a.example", True),
        ("Host(`a.example`)", V3, "a.example.", True),
        ("Host(`*.example.com`)", V3, "a.example.com", True),
        ("Host(`*.example.com`)", V3, "b.a.example.com", False),
        ("Host(`*.example.com`)", V3, "example.com", False),
        ("Host(`*.example.com`)", OLD_V3, "a.example.com", False),
        ("Host(`*`)", V3, "a.b", True),
        ("Host(`*`)", V3, "", True),
        ("Host(`*`)", FIRST_WILDCARDS, "localhost", True),
        ("Host(`*`)", FIRST_WILDCARDS, "a.b", False),
        ("Host(`*`)", OLD_V3, "localhost", False),
        ("Host(`a`, `b`)", V2, "B", True),
        ("HostHeader(`a`)", V2, "a", True),
        ("HostRegexp(`x`)", V3, "axb", True),
        ("HostRegexp(`X`)", V3, "axb", False),
        ("HostRegexp(`^[a-z]+\\.example\\.com$`)", V3, "App.Example.com", True),
        ("HostRegexp(`{sub:[a-z]+}.example.com`)", V2, "app.EXAMPLE.com", True),
        ("HostRegexp(`{sub:[a-z]+}.example.com`)", V2, "b.app.example.com", False),
        ("HostRegexp(`{sub:[a-z]+}.example.com`)", V2, "appXexampleXcom", False),
        ("HostRegexp(`{any}`)", V2, "localhost", True),
        ("HostRegexp(`{any}`)", V2, "a.b", False),
        ("HostRegexp(`a.b`, `{x:.+}.c`)", V2, "x.y.c", True),
        ("HostRegexp(`a.b`)", V2, "xa.b", False),
    ],
)
def test_hosts(expression: str, dialect: Dialect, host: str, expected: bool) -> None:
    assert parse_rule(expression, Protocol.HTTP, dialect).matches(Request(host=host)) is expected
    assert parse_rule(f"!{expression}", Protocol.HTTP, dialect).matches(Request(host=host)) is not expected


@pytest.mark.parametrize(
    ("expression", "dialect", "path", "expected"),
    [
        ("Path(`/a`)", V3, "/a", True),
        ("Path(`/a`)", V3, "/a/", False),
        ("PathPrefix(`/products`)", V3, "/products-x", True),
        ("PathPrefix(`/products`)", V2, "/products-x", True),
        ("PathPrefix(`/products`)", V3, "/product", False),
        ("Path(`/{a}`)", V3, "/b", False),
        ("Path(`/a b`)", V3, "/a%20b", True),
        ("Path(`/é`)", V3, "/%C3%A9", True),
        ("Path(`/a/b`)", V3, "/a%2Fb", False),
        ("Path(`/a%2Fb`)", V3, "/a%2fb", True),
        ("Path(`/a%20b`)", V3, "/a%20b", False),
        ("PathRegexp(`b`)", V3, "/abc", True),
        ("PathRegexp(`^b`)", V3, "/abc", False),
        ("Path(`/a/{id:[0-9]+}`)", V2, "/a/12", True),
        ("Path(`/a/{id:[0-9]+}`)", V2, "/a/12/x", False),
        ("Path(`/a/{id}`)", V2, "/a/b", True),
        ("Path(`/a/{id}`)", V2, "/a/b/c", False),
        ("Path(`/a/{id}/c`, `/d`)", V2, "/d", True),
        ("Path(`/a.b`)", V2, "/axb", False),
        ("PathPrefix(`/a/{id:[0-9]{2}}`)", V2, "/a/123/x", True),
        ("PathPrefix(`/a/{id:[0-9]{2}}`)", V2, "/a/1/x", False),
        ("PathPrefix(`/a`, `/b`)", V2, "/bc", True),
    ],
)
def test_paths(expression: str, dialect: Dialect, path: str, expected: bool) -> None:
    assert parse_rule(expression, Protocol.HTTP, dialect).matches(Request(path=path)) is expected


STATED = Request(headers={"X-One": "a", "accept": "b"}, query=(("k", "v"), ("e", ""), ("k", "w")), client_ip="10.1.2.3")


@pytest.mark.parametrize(
    ("expression", "dialect", "expected"),
    [
        ("Header(`x-one`, `a`)", V3, True),
        ("Header(`X-ONE`, `A`)", V3, False),
        ("Header(`x-two`, `a`)", V3, False),
        ("HeaderRegexp(`Accept`, `^[ab]$`)", V3, True),
        ("Headers(`x-one`, `a`, `accept`, `b`)", V2, True),
        ("Headers(`x-one`, `a`, `accept`, `c`)", V2, False),
        ("Headers(`accept`, `c`, `accept`, `b`)", V2, True),  # the last of a key counts
        ("HeadersRegexp(`x-one`, `.`)", V2, True),
        ("Query(`k`, `w`)", V3, True),
        ("Query(`k`)", V3, False),
        ("Query(`e`)", V3, True),
        ("QueryRegexp(`e`)", V3, True),
        ("QueryRegexp(`k`, `^w$`)", V3, True),
        ("QueryRegexp(`none`, `.*`)", V3, False),
        ("Query(`k=v`)", V2, True),
        ("Query(`k=w`)", V2, False),  # gorilla looks at the first value only
        ("Query(`k=`)", V2, True),
        ("Query(`k`, `v`)", V2, True),
        ("Query(`k={any:[uv]}`, `e=`)", V2, True),
        ("Query(`k=v`, `none=`)", V2, False),
        ("ClientIP(`10.0.0.0/8`)", V3, True),
        ("ClientIP(`10.0.0.0/9`) && ClientIP(`::ffff:10.1.2.0/120`)", V3, True),
        ("ClientIP(`10.1.2.4`)", V3, False),
        ("ClientIP(`10.1.2.4`, `10.1.2.3`)", V2, True),
        ("Method(`get`)", V3, True),
        ("Method(`HEAD`, `GET`)", V2, True),
        ("Method(`POST`)", V3, False),
    ],
)
def test_the_rest_of_a_request(expression: str, dialect: Dialect, expected: bool) -> None:
    rule = parse_rule(expression, Protocol.HTTP, dialect)
    assert rule.matches(STATED) is expected
    assert rule.matches(Request()) in {expected, None}


def test_addresses_that_are_none_match_nothing() -> None:
    rule = parse_rule("ClientIP(`0.0.0.0/0`) || ClientIP(`::/0`)", Protocol.HTTP, V3)
    assert rule.matches(Request(client_ip="nonsense")) is False
    assert rule.matches(Request(client_ip="::ffff:1.2.3.4")) is True


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Header(`a`, `b`)", None),
        ("!Header(`a`, `b`)", None),
        ("Header(`a`, `b`) && Path(`/`)", None),
        ("Header(`a`, `b`) && Path(`/b`)", False),
        ("Header(`a`, `b`) || Path(`/`)", True),
        ("Header(`a`, `b`) || Path(`/b`)", None),
        ("!(Header(`a`, `b`) || Path(`/`))", False),
        ("Header(`Host`, `a`)", False),  # Go takes it out of the headers
        ("Query(`a`)", None),
        ("ClientIP(`::1`)", None),
    ],
)
def test_what_is_unstated_stays_unknown_unless_it_does_not_matter(expression: str, expected: bool | None) -> None:
    assert parse_rule(expression, Protocol.HTTP, V3).matches(Request(path="/")) is expected


def test_headers_that_traefik_sets_are_never_known() -> None:
    rule = parse_rule("Header(`X-Forwarded-Proto`, `https`)", Protocol.HTTP, V3)
    assert rule.matches(Request(headers={"X-Forwarded-Proto": "https"})) is None


@pytest.mark.parametrize(
    ("expression", "dialect"), [("PathRegexp(`^/a`)", V3), ("Path(`/{a}`)", V2), ("PathPrefix(`/{a}`)", V2)]
)
def test_a_pattern_is_undecided_on_a_path_that_stands_for_many(expression: str, dialect: Dialect) -> None:
    rule = parse_rule(expression, Protocol.HTTP, dialect)
    assert rule.matches(Request(path="/ax", open_path=True)) is None
    assert rule.matches(Request(path="/ax")) is True


@pytest.mark.parametrize(
    ("expression", "dialect", "request_", "expected"),
    [
        ("HostSNI(`*`)", V3, Request(), True),
        ("HostSNI(`A.b`)", V3, Request(host="a.B"), True),
        ("HostSNI(`a.b.`)", V3, Request(host="a.b"), True),
        ("HostSNI(`a.b`)", V3, Request(), False),
        ("HostSNI(`*.b`)", V3, Request(host="a.b"), True),
        ("HostSNI(`*.b`)", V3, Request(host="a.a.b"), False),
        ("HostSNI(`*`, `a`)", V2, Request(), True),
        ("HostSNI(`a`, `*`)", V2, Request(), False),  # only where it comes first
        ("HostSNI(`a`, `*`)", V2, Request(host="b"), True),
        ("HostSNI(`a`, `b.`)", V2, Request(host="b"), True),
        ("HostSNIRegexp(`^a`)", V3, Request(host="ab"), True),
        ("HostSNIRegexp(`{x:[a-z]+}.b`)", V2, Request(host="A.B"), True),
        ("HostSNIRegexp(`{x}.b`)", V2, Request(host="a.a.b"), False),
        ("ALPN(`h2`)", V3, Request(), None),
        ("ALPN(`h2`)", V3, Request(alpn=("http/1.1", "h2")), True),
        ("ALPN(`h2`, `h3`)", V2, Request(alpn=("http/1.1",)), False),
        ("ClientIP(`::1`)", V3, Request(client_ip="::1"), True),
    ],
)
def test_tcp(expression: str, dialect: Dialect, request_: Request, expected: bool | None) -> None:
    assert parse_rule(expression, Protocol.TCP, dialect).matches(request_) is expected


def test_matching_does_not_recurse() -> None:
    rule = parse_rule("!(Host(`a`) && " * 20_000 + "Host(`b`)" + ")" * 20_000, Protocol.HTTP, V3)
    assert rule.matches(Request(host="a")) is False
    assert rule.matches(Request(host="b")) is True
    assert mismatch(rule, Request(host="a"))


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("Host(`a`) && PathPrefix(`/api`)", "PathPrefix(`/api`) does not match /page"),
        ("Host(`b`) && PathPrefix(`/api`)", "Host(`b`) does not match a"),
        ("Host(`a`) && !PathPrefix(`/p`)", "the rule excludes PathPrefix(`/p`), which matches /page"),
        ("(Host(`b`) && Path(`/b`)) || (Host(`a`) && Path(`/a`))", "Path(`/a`) does not match /page"),
        ("Host(`a`) && Method(`POST`)", "Method(`POST`) does not match GET"),
        ("Host(`a`) && Header(`x`, `y`)", "Header(`x`,`y`) depends on the request's headers"),
        ("Host(`a`) && Query(`x`)", "Query(`x`) depends on the request's query"),
        ("Host(`a`) && ClientIP(`::1`)", "ClientIP(`::1`) depends on the client's address"),
        ("Host(`a`)", ""),
        ("Host(`\x1b[31m`)", "Host(`\\x1b[31m`) does not match a"),
    ],
)
def test_why_not(expression: str, sentence: str) -> None:
    rule = parse_rule(expression, Protocol.HTTP, V3)
    assert mismatch(rule, Request(host="a", path="/page")) == sentence


def test_why_not_of_connections_and_of_paths_that_stand_for_many() -> None:
    tcp = parse_rule("HostSNI(`a`) && ALPN(`h2`) && !ClientIP(`::1`)", Protocol.TCP, V3)
    assert mismatch(tcp, Request()) == "HostSNI(`a`) does not match a request without a host"
    assert mismatch(tcp, Request(host="a")) == "ALPN(`h2`) depends on the connection's protocols"
    excluded = "the rule excludes ClientIP(`::1`), which matches ::1"
    assert mismatch(tcp, Request(host="a", alpn=("h2",), client_ip="::1")) == excluded
    pattern = parse_rule("PathRegexp(`^/a`)", Protocol.HTTP, V3)
    assert mismatch(pattern, Request(path="/ax", open_path=True)) == "PathRegexp(`^/a`) depends on the exact path"


def test_why_not_is_short_and_clean_whatever_the_rule_holds() -> None:
    rule = parse_rule("Path(`/" + "\u202e\x1b" * 50_000 + "`)", Protocol.HTTP, V3)
    said = mismatch(rule, Request(path="/\x1b]0;x\x07" + "y" * 100_000))
    assert said.isprintable()
    assert len(said) < 600

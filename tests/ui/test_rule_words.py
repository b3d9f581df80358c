"""Rules in plain words."""

from __future__ import annotations

import pytest

from specter_tui.core.model import Protocol
from specter_tui.core.rules import dialect_for, parse_rule
from specter_tui.core.rules.matchers import HTTP_V2, HTTP_V3
from specter_tui.core.rules.matchers_tcp import TCP_V2, TCP_V3
from specter_tui.ui.present.rule_words import _HOSTS, _WORDS, rule_words


def words(text: str, protocol: Protocol = Protocol.HTTP, version: str = "3.7.9") -> str:
    return rule_words(parse_rule(text, protocol, dialect_for(version)))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("Host(`wiki.example.org`)", "Requests for wiki.example.org"),
        (
            "Host(`wiki.example.org`) && PathPrefix(`/api`)",
            "Requests for wiki.example.org whose path begins with /api",
        ),
        (
            "PathPrefix(`/api`) && Host(`wiki.example.org`)",
            "Requests for wiki.example.org whose path begins with /api",
        ),
        ("Host(`a.example.org`) || Host(`b.example.org`)", "Requests for a.example.org, or for b.example.org"),
        (
            "(Host(`a.org`) || Host(`b.org`)) && Path(`/x`)",
            "Requests (for a.org, or for b.org) and whose path is /x",
        ),
        (
            "Host(`a.org`) && (Path(`/x`) || Path(`/y`)) && Method(`GET`)",
            "Requests for a.org (whose path is /x, or whose path is /y) and whose method is GET",
        ),
        (
            "Host(`a.org`) && !PathPrefix(`/admin`)",
            "Requests for a.org whose path does not begin with /admin",
        ),
        ("!Host(`a.org`)", "Requests for any host but a.org"),
        ("!(Host(`a.org`) && Path(`/x`))", "Requests for any host but a.org, or whose path is not /x"),
        ("HostRegexp(`^.+\\.old$`)", "Requests whose host matches ^.+\\.old$"),
        ("Header(`X-Key`, `1`)", "Requests whose header X-Key is 1"),
        ("!Query(`debug`, `1`)", "Requests whose query parameter debug is not 1"),
        ("ClientIP(`10.0.0.0/8`)", "Requests whose client address is in 10.0.0.0/8"),
        ("Host(`*`)", "Requests for any host"),
    ],
)
def test_http(rule: str, expected: str) -> None:
    assert words(rule) == expected


def test_version_2_takes_several_arguments() -> None:
    rule = "Host(`a.org`, `b.org`, `c.org`) && Method(`GET`, `HEAD`)"
    assert words(rule, version="2.11.0") == "Requests for a.org, b.org or c.org whose method is GET or HEAD"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("HostSNI(`db.example.org`)", "Connections for db.example.org"),
        ("HostSNI(`*`)", "Connections for any host"),
        ("HostSNI(`*`) && ClientIP(`10.0.0.1`)", "Connections for any host whose client address is in 10.0.0.1"),
    ],
)
def test_tcp(rule: str, expected: str) -> None:
    assert words(rule, Protocol.TCP) == expected


def test_a_rule_of_thousands_of_alternatives_is_no_burden() -> None:
    hosts = [f"h{number}.example.org" for number in range(5000)]
    said = words(" || ".join(f"Host(`{host}`)" for host in hosts))
    assert said.count(", or ") == len(hosts) - 1


def test_every_matcher_has_words() -> None:
    assert {*HTTP_V2, *HTTP_V3, *TCP_V2, *TCP_V3} == _HOSTS | _WORDS.keys()

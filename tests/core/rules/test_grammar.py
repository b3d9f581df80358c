"""Which texts are rules, what they name, and where the others are refused.

The accepted and refused tables were held against the parser of Traefik 3.7.9 (vulcand/predicate over go/parser).
"""

from __future__ import annotations

import pytest

from specter_tui.core.model import Protocol
from specter_tui.core.rules import Dialect, Request, RuleError, default_priority, dialect_for, parse_rule

V3 = Dialect()
V2 = Dialect("v2", wildcard_hosts=False, any_host=False)
OLD_V3 = Dialect("v3", wildcard_hosts=False, any_host=False)

ACCEPTED = [
    ("Host(`a`)", V3),
    ("  Host  (  `a`  )  ", V3),
    ('Host("a")', V3),
    ('Host("\\x61\\u0062\\U00000063\\144")', V3),
    ("host(`a`) && HOST(`b`) && Pathprefix(`/`) && PATHPREFIX(`/`) && pathprefix(`/`)", V3),
    ("Hostregexp(`a`) || HOSTREGEXP(`a`) || hostregexp(`a`)", V3),
    ("Host(`a`,)", V3),
    ("Host(`a`...)", V3),
    ("Host(\n`a`,\n)", V3),
    ("Host(`a`) &&\n Path(`/`)", V3),
    ("Host(`a`) ||\n// a comment\n Path(`/`) // another", V3),
    ("Host(`a`) /* in between */ && Path(`/`)", V3),
    ("Host(`a`)\n\n", V3),
    ("Host(`a`)\n/* after */ // all\n", V3),
    ("\ufeffHost(`a`)", V3),
    ("!!Host(`a`)", V3),
    ("!\n(Host(`a`) || Host(`b`))", V3),
    ("((Host(`a`)))", V3),
    ("Path(`/a\nb`)", V3),
    ("Path(`/é`)", V3),
    ("Query(`a`) && Query(`a`, `b`) && QueryRegexp(`a`) && QueryRegexp(`a`, `b`)", V3),
    ("Header(`a`, `b`) && HeaderRegexp(`a`, `b.*`) && PathRegexp(`^/[a-z]+$`)", V3),
    ("ClientIP(`10.0.0.1/8`) && Method(`get`)", V3),
    ("ClientIP(`::ffff:10.0.0.0/104`)", V3),
    ("Host(`a`, `b`) && HostHeader(`c`)", V2),
    ("HostRegexp(`{sub:[a-z]{1,3}}.x.com`, `{any}`)", V2),
    ("Path(`/a/{id:[0-9]+}`, `/b`) && PathPrefix(`/`, `/{x}`)", V2),
    ("Headers(`a`, `b`) && HeadersRegexp(`a`, `b`) && Query(`a=b`, `c=`) && Query(`a`, `b`)", V2),
    ("Method(`GET`, `POST`) && ClientIP(`1.2.3.4`, `::1`)", V2),
]

REFUSED = [
    ("", V3, 0, "expected a matcher, found the end"),
    ("   ", V3, 3, "expected a matcher"),
    ("// nothing", V3, 10, "expected a matcher"),
    ("Host", V3, 4, "expected '(' after Host"),
    ("Host\n(`a`)", V3, 4, "found the end of the line"),
    ("Host(`a`", V3, 8, "expected ',' or ')', found the end"),
    ("Host(`a", V3, 5, "raw string is never closed"),
    ('Host("a', V3, 5, "string is never closed"),
    ('Host("a\n")', V3, 5, "string is never closed"),
    ("Host(`a`\n)", V3, 8, "expected ',' or ')'"),
    ("Host(,)", V3, 5, "expected a string"),
    ("Host(`a`,,)", V3, 9, "expected a string"),
    ("Host(`a`..., `b`)", V2, 13, "expected ')'"),
    ("Host(`a`))", V3, 9, "closing parenthesis without an opening one"),
    ("(Host(`a`)", V3, 0, "parenthesis is never closed"),
    ("Host(`a`) && (Path(`/`) || (Path(`/b`))", V3, 13, "parenthesis is never closed"),
    ("()", V3, 1, "expected a matcher"),
    ("Host(`a`)\n&& Path(`/`)", V3, 10, "expected the end of the rule"),
    ("Host(`a`) // so\n && Path(`/`)", V3, 17, "expected the end of the rule"),
    ("Host(`a`) /* \n */ && Path(`/`)", V3, 18, "expected the end of the rule"),
    ("Host(`a`) /* never closed", V3, 10, "expected '&&', '||' or the end"),
    ("Host(`a`);", V3, 9, "expected '&&', '||' or the end"),
    ("Host(`a`) & Host(`b`)", V3, 10, "expected '&&', '||' or the end"),
    ("Host(`a`) && ", V3, 13, "expected a matcher, found the end"),
    ("Host(`a`) Host(`b`)", V3, 10, "expected '&&', '||' or the end, found 'H'"),
    ("Host(`a`) != Host(`b`)", V3, 10, "expected"),
    ("&& Host(`a`)", V3, 0, "expected a matcher"),
    ("`a`", V3, 0, "expected a matcher"),
    ("Host('a')", V3, 5, "expected a string"),
    ("Host(1)", V3, 5, "expected a string"),
    ("Host((`a`))", V3, 5, "expected a string"),
    ("Host(Host(`a`))", V3, 5, "expected a string"),
    ("(Host)(`a`)", V3, 5, "expected '('"),
    ("Host(`a`)(`b`)", V3, 9, "expected"),
    ("hOST(`a`)", V3, 0, "unsupported function: hOST"),
    ("HostRegExp(`a`)", V3, 0, "unsupported function: HostRegExp"),
    ("Nope(`a`)", V3, 0, "unsupported function: Nope"),
    ("Host(`a\0`)", V3, 7, "illegal character NUL"),
    ("Host(`a\ufeff`)", V3, 7, "illegal byte order mark"),
    ("Host(`a`)\f", V3, 9, "expected"),
    (r'Host("\q")', V3, 6, "invalid escape"),
    (r'Host("\'")', V3, 6, "invalid escape"),
    (r'Host("\400")', V3, 6, "invalid escape"),
    (r'Host("\ud800")', V3, 6, "invalid escape"),
    (r'Host("a\U00110000")', V3, 7, "invalid escape"),
    ("Host()", V3, 0, "no args for matcher Host"),
    ("Host(``)", V3, 0, "empty args for matcher Host"),
    ("Host(`a`, ``)", V2, 0, "empty args for matcher Host"),
    ("Host(`a`, `b`)", V3, 0, "got 2, expected 1"),
    ("Header(`a`)", V3, 0, "got 1, expected 2"),
    ("Query(`a`, `b`, `c`)", V3, 0, "got 3, expected 1 or 2"),
    ("Path(`a`)", V3, 0, "does not start with a '/'"),
    ("Path(`a`)", V2, 0, "does not start with a '/'"),
    ("PathPrefix(`{a}`)", V2, 0, "does not start with a '/'"),
    ("Host(`é`)", V3, 0, "non-ASCII"),
    ("HostRegexp(`é`)", V2, 0, "non-ASCII"),
    ("HostRegexp(`(`)", V3, 0, "invalid regular expression"),
    ("HostRegexp(`(?=a)`)", V3, 0, "invalid regular expression"),
    (r"PathRegexp(`\C`)", V3, 0, "invalid regular expression"),
    (r'PathRegexp("\xff")', V3, 0, "invalid UTF-8"),
    ("HeaderRegexp(`a`, `[`)", V3, 0, "invalid regular expression"),
    ("Path(`/{a`)", V2, 0, "unbalanced braces"),
    ("Path(`/a}{`)", V2, 0, "unbalanced braces"),
    ("Path(`/{}`)", V2, 0, "missing name or pattern"),
    ("Path(`/{a:}`)", V2, 0, "missing name or pattern"),
    ("Path(`/{a:b)(}`)", V2, 0, "invalid regular expression"),
    ("Headers(`a`)", V2, 0, "multiple of 2"),
    ("Query(`a`)", V2, 0, "multiple of 2"),
    ("Query(`a={x}`, `b={x:[0-9]}`)", V2, 0, "a variable stands in two queries"),
    ("ClientIP(`10.0.0.0/255.0.0.0`)", V3, 0, "invalid address"),
    ("ClientIP(`10.0.0.01`)", V3, 0, "invalid address"),
    ("ClientIP(`fe80::1%eth0`)", V3, 0, "invalid address"),
    ("Headers(`a`, `b`)", V3, 0, "unsupported function: Headers"),
    ("HostHeader(`a`)", V3, 0, "unsupported function: HostHeader"),
    ("Header(`a`, `b`)", V2, 0, "unsupported function: Header"),
    ("PathRegexp(`a`)", V2, 0, "unsupported function: PathRegexp"),
    ("HostSNI(`a`)", V3, 0, "unsupported function: HostSNI"),
]

TCP_ACCEPTED = [
    ("HostSNI(`*`)", V3),
    ("HostSNI(`*.example.com`)", V3),
    ("HostSNIRegexp(`^.+\\.x$`) && ALPN(`h2`) && !ClientIP(`::1`)", V3),
    ("HostSNI(`a`, `*`) && ALPN(`h2`, `http/1.1`)", V2),
    ("HostSNIRegexp(`{sub:[a-z]+}.x`)", V2),
    ("Hostsni(`a`) || HOSTSNI(`a`) || hostsni(`a`) || Alpn(`h2`) || Clientip(`::1`)", V3),
]

TCP_REFUSED = [
    ("HostSNI(`*.example.com`)", OLD_V3, "not a valid hostname"),
    ("HostSNI(`*.example.com`)", V2, "not a valid hostname"),
    ("HostSNI(`a b`)", V3, "not a valid hostname"),
    ("HostSNI(`a\n`)", V3, "not a valid hostname"),
    ("HostSNI(`*`, `a b`)", V2, "not a valid hostname"),
    ("HostSNI(`a`, `b`)", V3, "got 2, expected 1"),
    ("ALPN(`acme-tls/1`)", V3, "acme-tls/1 is not allowed"),
    ("ALPN(`h2`, `acme-tls/1`)", V2, "acme-tls/1 is not allowed"),
    ("Host(`a`)", V3, "unsupported function: Host"),
]


@pytest.mark.parametrize(("text", "dialect"), ACCEPTED)
def test_accepted_http_rules(text: str, dialect: Dialect) -> None:
    assert parse_rule(text, Protocol.HTTP, dialect).text == text


@pytest.mark.parametrize(("text", "dialect", "position", "message"), REFUSED)
def test_refused_http_rules(text: str, dialect: Dialect, position: int, message: str) -> None:
    with pytest.raises(RuleError) as refused:
        parse_rule(text, Protocol.HTTP, dialect)
    assert message in refused.value.message
    assert refused.value.position == position


@pytest.mark.parametrize(("text", "dialect"), TCP_ACCEPTED)
def test_accepted_tcp_rules(text: str, dialect: Dialect) -> None:
    assert parse_rule(text, Protocol.TCP, dialect).text == text


@pytest.mark.parametrize(("text", "dialect", "message"), TCP_REFUSED)
def test_refused_tcp_rules(text: str, dialect: Dialect, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        parse_rule(text, Protocol.TCP, dialect)


def test_udp_has_no_rules() -> None:
    with pytest.raises(RuleError, match="udp routers have no rule"):
        parse_rule("HostSNI(`*`)", Protocol.UDP, V3)


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        (r'"/\a\b\f\n\r\t\v\\\""', '/\a\b\f\n\r\t\v\\"'),
        (r'"/\xc3\xa9"', "/é"),
        (r'"/\303\251"', "/é"),
        (r'"/\xff"', "/\udcff"),
        ("`/\\n`", "/\\n"),
        ("`/a\r\nb`", "/a\nb"),
    ],
)
def test_string_literals(literal: str, value: str) -> None:
    assert parse_rule(f"Path({literal})", Protocol.HTTP, V3).paths == (value,)


@pytest.mark.parametrize(
    ("text", "dialect", "hosts", "patterns", "ordered"),
    [
        ("Host(`A.example`)", V3, ("a.example",), (), ("a.example",)),
        ("Host(`a`) || Host(`A`) || Host(`b`)", V3, ("a", "b"), (), ("a", "b")),
        ("Host(`a`) && !Host(`B`)", V3, ("a",), (), ("a", "b")),
        ("!(Host(`a`) || !Host(`b`))", V3, ("b",), (), ("a", "b")),
        ("Host(`a`, `b`) && HostHeader(`c`)", V2, ("a", "b", "c"), (), ("a", "b")),
        ("Host(`*.Example.com`)", V3, (), ("*.example.com",), ("*.example.com",)),
        ("Host(`*.example.com`)", OLD_V3, ("*.example.com",), (), ("*.example.com",)),
        ("Host(`*`)", V3, (), ("*",), ()),
        ("Host(`a.`)", V3, ("a",), (), ("a.",)),
        ("HostRegexp(`^A$`) && !HostRegexp(`b`)", V3, (), ("^A$",), ()),
        ("HostRegexp(`{a}.x`)", V2, (), ("{a}.x",), ()),
    ],
)
def test_hosts_that_are_routed_and_domains_that_are_ordered(
    text: str, dialect: Dialect, hosts: tuple[str, ...], patterns: tuple[str, ...], ordered: tuple[str, ...]
) -> None:
    rule = parse_rule(text, Protocol.HTTP, dialect)
    assert (rule.hosts, rule.host_patterns, rule.tls_domains) == (hosts, patterns, ordered)


def test_names_of_tcp_rules() -> None:
    rule = parse_rule("HostSNI(`*`) || HostSNI(`A`) || HostSNIRegexp(`b`) || !HostSNI(`c`)", Protocol.TCP, V3)
    assert (rule.hosts, rule.host_patterns, rule.tls_domains) == (("a",), ("*", "b"), ("a", "c"))


def test_paths_are_the_literals_that_are_not_negated() -> None:
    text = "(Path(`/b`) || PathPrefix(`/a`)) && !PathPrefix(`/c`) && PathRegexp(`/d`)"
    assert parse_rule(text, Protocol.HTTP, V3).paths == ("/b", "/a")
    assert parse_rule("Path(`/{a}`, `/b`)", Protocol.HTTP, V2).paths == ("/b",)
    assert parse_rule("Path(`/{a}`)", Protocol.HTTP, V3).paths == ("/{a}",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Host(`a`)", True),
        ("Host(`a`) && Path(`/`)", True),
        ("Host(`a`) || Path(`/`)", False),
        ("Host(`a`) || HostRegexp(`b`)", True),
        ("!Host(`a`)", False),
        ("!(Host(`a`) || !Host(`b`))", True),
        ("Host(`*`)", False),
        ("Host(`*.a`)", True),
        ("PathPrefix(`/`)", False),
    ],
)
def test_whether_every_alternative_names_a_host(text: str, expected: bool) -> None:
    assert parse_rule(text, Protocol.HTTP, V3).has_host is expected


def test_client_addresses_are_noticed_wherever_they_stand() -> None:
    assert parse_rule("Host(`a`) || !(ClientIP(`::1`) && Path(`/`))", Protocol.HTTP, V3).uses_client_ip
    assert not parse_rule("Host(`a`)", Protocol.HTTP, V3).uses_client_ip


@pytest.mark.parametrize(
    ("version", "own", "default", "expected"),
    [
        ("2.11.53", "", "", V2),
        ("2.11.53", "v3", "v3", V2),
        ("v3.0.4", "", "", OLD_V3),
        ("3.6.24", "v2", "", V2),
        ("3.6.24", "", "v2", V2),
        ("3.6.24", "v3", "v2", OLD_V3),
        ("3.6.24", "default", "v2", V2),
        ("3.7.0", "", "", Dialect("v3", wildcard_hosts=True, any_host=False)),
        ("3.7.0-rc.1", "", "", Dialect("v3", wildcard_hosts=True, any_host=False)),
        ("3.7.7", "", "", V3),
        ("4.0", "", "", V3),
        ("dev", "", "", V3),
        ("", "nonsense", "", V3),
    ],
)
def test_dialects(version: str, own: str, default: str, expected: Dialect) -> None:
    assert dialect_for(version, own, default) == expected


@pytest.mark.parametrize(
    ("text", "protocol", "priority"),
    [
        ("Host(`a`)", Protocol.HTTP, 9),
        ("Path(`/é`)", Protocol.HTTP, 11),
        ("HostSNI(`*`)", Protocol.TCP, -1),
        (" ( hostsni( `*` , ) )", Protocol.TCP, -1),
        (r'HostSNI("\x2a")', Protocol.TCP, -1),
        ("!HostSNI(`*`)", Protocol.TCP, -1),  # Traefik looks at the value alone
        ("HostSNI(`*`) && ALPN(`h2`)", Protocol.TCP, 26),
        ("HostSNI(`*`, `a`)", Protocol.TCP, 17),
        ("HostSNI(`*`)", Protocol.HTTP, 12),
        ("\ud800", Protocol.HTTP, 3),
    ],
)
def test_default_priority(text: str, protocol: Protocol, priority: int) -> None:
    assert default_priority(text, protocol) == priority


BIG = [
    "(" * 10_000 + "Host(`a`)" + ")" * 10_000,
    "!(" * 10_000 + "Host(`a`) && Host(`a`)" + ")" * 10_000,
    "!" * 100_000 + "Host(`a`)",
    " || ".join(["Host(`a`)"] * 8_000),
    " && ".join(["(Host(`a`) || Host(`b`))"] * 4_000),
    "Host(`a`) && PathPrefix(`/" + "a" * 100_000 + "`)",
    "Host(`a`) && PathPrefix(`/[@click=app.quit]`) || PathRegexp(`[a-z]`) || Path(`/[/x]`)",
    "Host(`a`) && (Host(`a`) || (" * 3_000 + "Host(`a`)" + "))" * 3_000,
    "HostRegexp(`" + "(" * 900 + ")" * 900 + "`)",
]
BROKEN = [
    "(" * 100_000,
    ")" * 100_000,
    "(" * 10_000 + "Host(`a`)" + ")" * 9_999,
    "(" * 9_999 + "Host(`a`)" + ")" * 10_000,
    "!" * 100_000,
    "Host(`" * 16_000,
    "Host(" * 20_000,
    "/*" * 50_000,
    "Host(`a`)" + "/**/" * 25_000 + "x",
    '"' + "\\\\" * 50_000,
    'Host("' + "\\" * 99_999,
    "a" * 100_000,
    "HostRegexp(`" + "a?" * 50_000 + "`)",
    "HostRegexp(`((a{1,1000}){1,1000}){1,1000}`)",
    "\x1b[31m\u202eHost(`a`)",
]


@pytest.mark.parametrize("text", BIG, ids=[text[:20] for text in BIG])
def test_big_and_odd_rules_are_read_matched_compared_and_shown(text: str) -> None:
    rule = parse_rule(text, Protocol.HTTP, V3)
    again = parse_rule(f"{text} ", Protocol.HTTP, V3)
    assert rule != again  # by their texts
    assert (hash(rule.program), rule.program) == (hash(again.program), again.program)
    assert rule.matches(Request(host="b", path="/b")) is not None
    assert "Host" in repr(rule)


@pytest.mark.parametrize("text", BROKEN, ids=[text[:20] for text in BROKEN])
def test_big_and_broken_texts_are_refused_with_a_short_clean_message(text: str) -> None:
    with pytest.raises(RuleError) as refused:
        parse_rule(text, Protocol.HTTP, V3)
    assert 0 <= refused.value.position <= len(text)
    assert len(refused.value.message) < 300
    assert refused.value.message.isprintable()

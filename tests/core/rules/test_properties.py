"""Laws that hold for every rule: against a naive reader of the same expressions, and between requests."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from specter_tui.core.model import Protocol
from specter_tui.core.rules import Dialect, Matcher, Request, Rule, RuleError, parse_rule
from specter_tui.core.rules.parse import parse_any
from specter_tui.core.rules.quick import parse_common
from specter_tui.core.text import visible

V3 = Dialect()
V2 = Dialect("v2", wildcard_hosts=False, any_host=False)
DIALECTS = [V3, V2, Dialect("v3", wildcard_hosts=False, any_host=False)]


@dataclass(frozen=True)
class Leaf:
    text: str


@dataclass(frozen=True)
class Not:
    inner: Tree


@dataclass(frozen=True)
class Both:
    op: str
    left: Tree
    right: Tree


Tree = Leaf | Not | Both

LEAVES = [
    "Host(`a`)",
    "Host(`b`)",
    "Path(`/a`)",
    "PathPrefix(`/`)",
    "PathPrefix(`/a`)",
    "PathRegexp(`b$`)",
    "Method(`GET`)",
    "Header(`x`, `y`)",
    "Query(`k`, `v`)",
    "ClientIP(`10.0.0.0/8`)",
]
trees = st.recursive(
    st.sampled_from(LEAVES).map(Leaf),
    lambda inner: st.builds(Not, inner) | st.builds(Both, st.sampled_from(["&&", "||"]), inner, inner),
    max_leaves=12,
)
spaces = st.sampled_from(["", " ", "\n", " /* why */ ", "\t"])
requests = st.builds(
    Request,
    host=st.sampled_from(["a", "b", "c"]),
    path=st.sampled_from(["/", "/a", "/ab", "/b"]),
    method=st.sampled_from(["GET", "POST"]),
    headers=st.sampled_from([None, {}, {"X": "y"}, {"x": "z"}]),
    query=st.sampled_from([None, (), (("k", "v"),), (("k", "w"),)]),
    client_ip=st.sampled_from([None, "10.0.0.1", "11.0.0.1"]),
)


def printed(tree: Tree, space: str = " ") -> str:
    """The tree as text, with parentheses only where Go's precedence needs them."""
    if isinstance(tree, Leaf):
        return tree.text
    if isinstance(tree, Not):
        inner = printed(tree.inner, space)
        return f"!{space}({space}{inner})" if isinstance(tree.inner, Both) else f"!{space}{inner}"
    left, right = printed(tree.left, space), printed(tree.right, space)
    if tree.op == "&&" and isinstance(tree.left, Both) and tree.left.op == "||":
        left = f"({left})"
    if isinstance(tree.right, Both) and not (tree.op == "||" and tree.right.op == "&&"):
        right = f"({right})"
    return f"{left} {tree.op}{space}{right}"


def naive(tree: Tree, request: Request) -> bool | None:
    """Kleene's logic by recursion, negations where they were written."""
    if isinstance(tree, Leaf):
        return parse_rule(tree.text, Protocol.HTTP, V3).matches(request)
    if isinstance(tree, Not):
        inner = naive(tree.inner, request)
        return None if inner is None else not inner
    sides = [naive(tree.left, request), naive(tree.right, request)]
    decisive = tree.op == "||"
    if decisive in sides:
        return decisive
    return None if None in sides else not decisive


def rebuilt(rule: Rule) -> str:
    """The rule's program, printed with a pair of parentheses around every operator."""
    stack: list[str] = []
    for step in rule.program:
        if isinstance(step, Matcher):
            stack.append(("!" if step.negated else "") + step.written())
        else:
            right = stack.pop()
            stack[-1] = f"({stack[-1]} {step.value} {right})"
    return stack[0]


@given(trees, spaces, requests)
@example(Not(Both("||", Leaf("Host(`a`)"), Both("&&", Leaf("Host(`b`)"), Leaf("Query(`k`, `v`)")))), "", Request())
def test_matching_equals_a_naive_reading(tree: Tree, space: str, request: Request) -> None:
    assert parse_rule(printed(tree, space), Protocol.HTTP, V3).matches(request) is naive(tree, request)


@given(trees, spaces)
def test_a_rule_printed_and_read_again_is_the_same(tree: Tree, space: str) -> None:
    rule = parse_rule(printed(tree, space), Protocol.HTTP, V3)
    assert parse_rule(rebuilt(rule), Protocol.HTTP, V3).program == rule.program


@given(trees, requests)
def test_negation_turns_every_known_answer_around(tree: Tree, request: Request) -> None:
    said = parse_rule(printed(tree), Protocol.HTTP, V3).matches(request)
    negated = parse_rule(f"!({printed(tree)})", Protocol.HTTP, V3).matches(request)
    assert negated is (None if said is None else not said)


@given(trees, requests, st.sampled_from(["headers", "query", "client_ip"]))
def test_stating_more_never_turns_an_answer_around(tree: Tree, request: Request, unstated: str) -> None:
    rule = parse_rule(printed(tree), Protocol.HTTP, V3)
    less = rule.matches(dataclasses.replace(request, **{unstated: None}))  # type: ignore[arg-type]  # all may be None
    assert less is None or less is rule.matches(request)


@given(trees, requests)
def test_an_open_path_never_turns_an_answer_around(tree: Tree, request: Request) -> None:
    rule = parse_rule(printed(tree), Protocol.HTTP, V3)
    open_answer = rule.matches(dataclasses.replace(request, open_path=True))
    assert open_answer is None or open_answer is rule.matches(request)


hosts = st.text("ab-.A_*", max_size=6)
paths = st.text("/a-_.~{}%", max_size=6)
plain = st.builds(
    "{}{}(`{}`)".format,
    st.sampled_from(["", "", "", "!", "!!"]),
    st.sampled_from(["Host", "Host", "Path", "PathPrefix"]),
    st.sampled_from(["a", "a-b.c", "A.b", "b.", "/", "/a", "/x.y/~z", "/{a}"]),
)
operators = st.sampled_from([" && ", " || ", " || ", "&&", " ||", " &&  "])
flat = st.lists(st.tuples(plain, operators), max_size=6).flatmap(
    lambda terms: plain.map(lambda last: "".join(f"{term}{operator}" for term, operator in terms) + last)
)
common = (
    flat
    | st.builds(
        "Host(`{}`){}{}(`{}`){}".format,
        hosts,
        st.sampled_from([" && ", "&&", " || ", ""]),
        st.sampled_from(["Path", "PathPrefix", "PathRegexp", "Host"]),
        paths,
        st.sampled_from(["", " ", " && Method(`GET`)"]),
    )
    | st.builds("Host(`{}`){}".format, hosts, st.sampled_from(["", "\n", ")"]))
)


@given(common, st.sampled_from(DIALECTS), st.sampled_from(list(Protocol)))
@example("Host(`a`)", V3, Protocol.HTTP)
@example("Host(`a-b.c`) && PathPrefix(`/x.y/~z`)", V2, Protocol.HTTP)
@example("Host(`a`) || Host(`a-b.c`) && !Path(`/a`) || !Host(`a`) && PathPrefix(`/`) && Path(`/a`)", V2, Protocol.HTTP)
@example("!Host(`a`) || Path(`/a`) || Path(`/a`)", V3, Protocol.HTTP)
def test_the_quick_way_gives_what_the_full_way_gives(text: str, dialect: Dialect, protocol: Protocol) -> None:
    quick = parse_common(text, protocol, dialect)
    if quick is not None:
        full = parse_any(text, protocol, dialect)
        assert quick == full
        for path in ("/", "/a", "/x.y/~z/1"):
            for host in ("a", "a-b.c", "a.", "A:80", "b", ""):
                assert quick.matches(Request(host=host, path=path)) is full.matches(Request(host=host, path=path))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "text",
    [
        "Host(`a.b`)",
        "Host(`a.b`) && Path(`/`)",
        "Host(`a.b`) && PathPrefix(`/a/b`)",
        "Host(`a.b`) || Host(`www.a.b`)",
        "Host(`a.b`) && !PathPrefix(`/a/b`) || !Host(`a.b`) && Path(`/`) && Path(`/c`)",
    ],
)
def test_the_commonest_rules_take_the_quick_way(text: str, dialect: Dialect) -> None:
    assert parse_common(text, Protocol.HTTP, dialect) == parse_any(text, Protocol.HTTP, dialect)


pieces = st.sampled_from(
    [
        *LEAVES,
        "(",
        ")",
        "!",
        "&&",
        "||",
        "`",
        '"',
        "Host(",
        "\\",
        "\n",
        "//",
        "/*",
        "*/",
        ",",
        "...",
        "{a}",
        "[",
        "\x1b",
    ]
)
texts = st.text() | st.text('Host(`a`)&|!"\\ \n') | st.lists(pieces).map("".join)


@given(texts, st.sampled_from(DIALECTS), st.sampled_from(list(Protocol)))
def test_any_text_is_a_rule_or_a_rule_error(text: str, dialect: Dialect, protocol: Protocol) -> None:
    refused: list[RuleError] = []
    try:
        rule = parse_rule(text, protocol, dialect)
    except RuleError as error:
        refused.append(error)
    else:
        assert rule.matches(Request(host="a", path="/%ff", headers={}, query=(), client_ip="", alpn=())) is not None
    for refusal in refused:
        assert 0 <= refusal.position <= len(text)
        assert refusal.message == visible(refusal.message)


@given(st.sampled_from(["HostRegexp", "PathRegexp", "Path", "Host"]), st.text(), st.sampled_from(DIALECTS))
def test_any_argument_is_taken_or_refused(name: str, arg: str, dialect: Dialect) -> None:
    escaped = "".join(f"\\U{ord(letter):08x}" for letter in arg)
    text = f'{name}("{escaped}")'
    try:
        rule = parse_rule(text, Protocol.HTTP, dialect)
    except RuleError:
        return
    assert rule.program[0] == Matcher(name, (arg,), negated=False, test=lambda _: None)

"""The commonest rules without the grammar: Host, Path and PathPrefix with one literal each, joined by `&&`, `||`, `!`.

It saves three quarters of the time on tables of thousands of routers. It takes only letters that mean nothing special
to either syntax, and the tests hold every rule it builds to be the one that the full way builds.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from specter_tui.core.model import Protocol
from specter_tui.core.rules.ast import Matcher, Op, Program
from specter_tui.core.rules.dialect import Dialect
from specter_tui.core.rules.matchers import HTTP_V2, HTTP_V3, PlainHost
from specter_tui.core.rules.request import Test
from specter_tui.core.rules.rule import Rule

_TERM: Final = re.compile(
    r"(!?+)(?:Host\(`((?:[a-z0-9-]++\.)*+[a-z0-9-]++)`\)|(Path(?:Prefix)?+)\(`(/[A-Za-z0-9._~/-]{0,200}+)`\))"
    r"(?: (&&|\|\|) |\Z)"
)
_Term = tuple[str, "str | None", "str | None", "str | None", "str | None"]  # `!`, host, kind, path, operator behind it
# An enum's member costs a look-up each time.
_HTTP: Final = Protocol.HTTP
_AND: Final = Op.AND
_OR: Final = Op.OR


def parse_common(text: str, protocol: Protocol, dialect: Dialect) -> Rule | None:
    """The rule where it is nothing but such matchers without parentheses, else None."""
    terms = _terms(text) if protocol is _HTTP else ()
    if not terms:
        return None
    if len(terms) == 1 and terms[0][1] is not None and not terms[0][0]:
        return _host_alone(text, dialect, terms[0][1])
    program: list[Matcher | Op] = []
    hosts: dict[str, None] = {}
    paths: dict[str, None] = {}
    ordered_for: dict[str, None] = {}
    for negation, host, kind, path, _ in terms:
        negated = negation == "!"
        if host is not None:
            program.append(Matcher("Host", (host,), negated, PlainHost(host)))
            ordered_for[host] = None
            if not negated:
                hosts[host] = None
        elif kind is not None and path is not None:
            program.append(Matcher(kind, (path,), negated, _path_test(kind, path, dialect)))
            if not negated:
                paths[path] = None
    return Rule(
        text=text,
        protocol=protocol,
        dialect=dialect,
        program=tuple(program) if len(program) == 1 else _joined(program, terms),
        hosts=tuple(hosts),
        host_patterns=(),
        paths=tuple(paths),
        tls_domains=tuple(ordered_for),
        uses_client_ip=False,
        has_host=_every_alternative_names_a_host(terms),
    )


def _host_alone(text: str, dialect: Dialect, host: str) -> Rule:
    """The rule that most routers have."""
    names = (host,)
    return Rule(
        text=text,
        protocol=_HTTP,
        dialect=dialect,
        program=(Matcher("Host", names, False, PlainHost(host)),),  # noqa: FBT003  a struct's field
        hosts=names,
        host_patterns=(),
        paths=(),
        tls_domains=names,
        uses_client_ip=False,
        has_host=True,
    )


@lru_cache(maxsize=1_000)
def _path_test(kind: str, path: str, dialect: Dialect) -> Test:
    """The question of a Path or PathPrefix, which many rules have alike."""
    return (HTTP_V2 if dialect.syntax == "v2" else HTTP_V3)[kind].build((path,), dialect)


def _terms(text: str) -> list[_Term]:
    """The matchers in their order; none where something else stands in the text."""
    found: list[_Term] = []
    place, more = 0, True
    while more:
        term = _TERM.match(text, place)
        if term is None:
            return []
        groups: _Term = term.groups()  # type: ignore[assignment]  # as many as the expression has
        found.append(groups)
        place, more = term.end(), groups[4] is not None
    return found


def _joined(matchers: list[Matcher | Op], terms: list[_Term]) -> Program:
    """The matchers in postfix order with the operators between them; `&&` binds tighter."""
    program: list[Matcher | Op] = []
    before, alternatives = None, 0
    for matcher, term in zip(matchers, terms, strict=True):
        program.append(matcher)
        if before == "&&":
            program.append(_AND)
        before = term[4]
        if before != "&&":
            if alternatives:
                program.append(_OR)
            alternatives += 1
    return tuple(program)


def _every_alternative_names_a_host(terms: list[_Term]) -> bool:
    named = False
    for negation, host, _, _, operator in terms:
        named = named or (host is not None and not negation)
        if operator != "&&":
            if not named:
                return False
            named = False
    return True

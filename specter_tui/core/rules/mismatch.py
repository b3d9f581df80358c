"""Why a rule did not accept a request, as one sentence about the matcher that decided it."""

from __future__ import annotations

from typing import Final, NamedTuple

from specter_tui.core.rules.ast import Matcher, Op
from specter_tui.core.rules.request import Request
from specter_tui.core.rules.rule import Rule, answer, joined
from specter_tui.core.text import visible

_SHOWN: Final = 80
_ABOUT_HOST: Final = frozenset({"Host", "HostHeader", "HostRegexp", "HostSNI", "HostSNIRegexp"})
_ABOUT_PATH: Final = frozenset({"Path", "PathPrefix", "PathRegexp"})


class _Verdict(NamedTuple):
    value: bool | None
    cause: Matcher  # the one that made it so


def mismatch(rule: Rule, request: Request) -> str:
    """One sentence on why the rule does not, or not surely, accept the request; empty where it does."""
    stack: list[_Verdict] = []
    for step in rule.program:
        if isinstance(step, Matcher):
            stack.append(_Verdict(answer(step, request), step))
        else:
            right = stack.pop()
            stack[-1] = _combined(step, stack[-1], right)
    verdict = stack[0]
    if verdict.value:
        return ""
    written = visible(verdict.cause.written(), _SHOWN)
    if verdict.value is None:
        return f"{written} depends on {_unstated(verdict.cause)}"
    subject = visible(_subject(verdict.cause, request), _SHOWN)
    return (
        f"the rule excludes {written}, which matches {subject}"
        if verdict.cause.negated
        else (f"{written} does not match {subject}")
    )


def _combined(op: Op, left: _Verdict, right: _Verdict) -> _Verdict:
    """The joined value, and whose it is: of two failed alternatives the one that at least has the right host."""
    value = joined(op, left.value, right.value)
    if left.value != value:
        return _Verdict(value, right.cause)
    if op is Op.OR and right.value == value and left.cause.name in _ABOUT_HOST:
        return _Verdict(value, right.cause)
    return _Verdict(value, left.cause)


def _subject(matcher: Matcher, request: Request) -> str:
    if matcher.name in _ABOUT_HOST:
        return request.host or "a request without a host"
    if matcher.name in _ABOUT_PATH:
        return request.path
    if matcher.name == "Method":
        return request.method
    if matcher.name == "ClientIP":
        return request.client_ip or "the client's address"
    if matcher.name == "ALPN":
        return "the connection's protocols"
    return "the request's query" if matcher.name.startswith("Query") else "the request's headers"


def _unstated(matcher: Matcher) -> str:
    if matcher.name == "ClientIP":
        return "the client's address"
    if matcher.name in _ABOUT_PATH:
        return "the exact path"
    return _subject(matcher, Request())

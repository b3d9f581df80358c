"""A rule in plain words: `Requests for wiki.example.org whose path begins with /api`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from specter_tui.core.model import Protocol
from specter_tui.core.rules import Matcher, Op, Rule

_SUBJECT: Final[Mapping[Protocol, str]] = {Protocol.HTTP: "Requests", Protocol.TCP: "Connections"}
_HOSTS: Final = frozenset({"Host", "HostHeader", "HostSNI"})  # written as `for ...`, and first where all must hold
_ANY: Final = ("*",)


def rule_words(rule: Rule) -> str:
    """What a rule accepts, as one phrase; alternatives inside a condition stand in parentheses."""
    stack: list[tuple[Op | None, list[str]]] = []
    for step in rule.program:
        if isinstance(step, Matcher):
            stack.append((None, [_matcher(step)]))
            continue
        right, left = stack.pop(), stack.pop()
        stack.append((step, [*_operands(left, step), *_operands(right, step)]))
    op, parts = stack[0]
    return f"{_SUBJECT[rule.protocol]} {_joined(op, parts)}"


def _operands(part: tuple[Op | None, list[str]], op: Op) -> Sequence[str]:
    inner, parts = part
    if inner in {None, op}:
        return parts
    return [f"({_joined(inner, parts)})"]


def _joined(op: Op | None, parts: Sequence[str]) -> str:
    if op is Op.OR:
        return ", or ".join(dict.fromkeys(parts))
    hosts = [part for part in parts if part.startswith("for ")]
    others = [part for part in parts if not part.startswith("for ")]
    return " ".join(part for part in (" and ".join(hosts), " and ".join(others)) if part)


def _matcher(matcher: Matcher) -> str:
    name, args, no = matcher.name, matcher.args, matcher.negated
    if name in _HOSTS:
        if args == _ANY:
            return "for no host" if no else "for any host"
        return f"for any host but {_either(args)}" if no else f"for {_either(args)}"
    words = _WORDS.get(name)
    if words is None:
        return f"that {'do not ' if no else ''}match {matcher.written()}"
    return words(args, no)


def _either(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} or {values[-1]}"


def _whose(subject: str, yes: str, no: str) -> Callable[[Sequence[str], bool], str]:
    return lambda args, negated: f"whose {subject} {no if negated else yes} {_either(args)}"


def _named(subject: str, yes: str, no: str) -> Callable[[Sequence[str], bool], str]:
    """A matcher of a name and its value; with the name alone it must be there."""

    def words(args: Sequence[str], negated: bool) -> str:  # noqa: FBT001  the one thing a matcher adds
        if len(args) == 1:
            return f"{'without' if negated else 'with'} the {subject} {args[0]}"
        return f"whose {subject} {args[0]} {no if negated else yes} {_either(args[1:])}"

    return words


_WORDS: Final[Mapping[str, Callable[[Sequence[str], bool], str]]] = {
    "HostRegexp": _whose("host", "matches", "does not match"),
    "HostSNIRegexp": _whose("TLS name", "matches", "does not match"),
    "Path": _whose("path", "is", "is not"),
    "PathPrefix": _whose("path", "begins with", "does not begin with"),
    "PathRegexp": _whose("path", "matches", "does not match"),
    "Method": _whose("method", "is", "is not"),
    "ClientIP": _whose("client address", "is in", "is not in"),
    "ALPN": _whose("TLS protocol", "is", "is not"),
    "Header": _named("header", "is", "is not"),
    "Headers": _named("header", "is", "is not"),
    "HeaderRegexp": _named("header", "matches", "does not match"),
    "HeadersRegexp": _named("header", "matches", "does not match"),
    "Query": _named("query parameter", "is", "is not"),
    "QueryRegexp": _named("query parameter", "matches", "does not match"),
}

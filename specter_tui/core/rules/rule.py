"""A parsed rule: what it routes, and its answer to a request."""

from __future__ import annotations

from typing import Final

import msgspec

from specter_tui.core.model import Protocol
from specter_tui.core.rules.ast import Matcher, Op, Program
from specter_tui.core.rules.dialect import Dialect
from specter_tui.core.rules.request import Request

_OR: Final = Op.OR  # an enum's member costs a look-up each time


class Rule(msgspec.Struct, frozen=True, gc=False):
    """A rule as its dialect reads it; `program` is the expression in postfix order."""

    text: str
    protocol: Protocol
    dialect: Dialect
    program: Program
    hosts: tuple[str, ...]  # literal ones that are routed: not negated, lower case, each once, without trailing dot
    host_patterns: tuple[str, ...]  # expressions, templates and wildcards, not negated, as written
    paths: tuple[str, ...]  # literals of Path and PathPrefix, not negated, in order
    tls_domains: tuple[str, ...]  # what Traefik orders certificates for: negated hosts count, HostHeader does not
    uses_client_ip: bool
    has_host: bool  # every alternative names a host or a pattern of one (that a pattern is narrow is not checked)

    def matches(self, request: Request) -> bool | None:
        """Whether the rule accepts a request; None when that depends on something the request leaves unstated."""
        # Written out, since every rule of a host is asked at every point of it: thousands of times a refresh.
        stack: list[bool | None] = []
        for step in self.program:
            if type(step) is Matcher:
                said = step.test(request)
                stack.append(not said if step.negated and said is not None else said)
                continue
            right = stack.pop()
            left = stack[-1]
            decisive = step is _OR
            if right is decisive or (right is None and left is not decisive):
                stack[-1] = right
        return stack[0]


def answer(matcher: Matcher, request: Request) -> bool | None:
    """What one matcher says to a request, its negation included."""
    said = matcher.test(request)
    return said if said is None or not matcher.negated else not said


def joined(op: Op, left: bool | None, right: bool | None) -> bool | None:  # noqa: FBT001  operands of Kleene's logic
    """Kleene's three-valued `and` and `or`, None being the unknown."""
    decisive = op is Op.OR
    if left is decisive or right is decisive:
        return decisive
    return None if left is None or right is None else not decisive

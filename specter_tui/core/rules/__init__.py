"""Traefik's rule grammar: v2 and v3, HTTP and TCP. Text in, a `Rule` that answers requests out; pure."""

from specter_tui.core.errors import RuleError
from specter_tui.core.rules.ast import Matcher, Op
from specter_tui.core.rules.dialect import Dialect, dialect_for
from specter_tui.core.rules.mismatch import mismatch
from specter_tui.core.rules.parse import default_priority, parse_rule
from specter_tui.core.rules.points import Points, representative_requests, spellings
from specter_tui.core.rules.request import Request, header_pairs
from specter_tui.core.rules.rule import Rule
from specter_tui.core.rules.sample import sample_request

__all__ = [
    "Dialect",
    "Matcher",
    "Op",
    "Points",
    "Request",
    "Rule",
    "RuleError",
    "default_priority",
    "dialect_for",
    "header_pairs",
    "mismatch",
    "parse_rule",
    "representative_requests",
    "sample_request",
    "spellings",
]

"""A router's rule, parsed in the dialect that its Traefik reads it in."""

from __future__ import annotations

from functools import lru_cache

from specter_tui.core.errors import RuleError
from specter_tui.core.model import Protocol, Router
from specter_tui.core.rules import Rule, dialect_for, parse_rule

_dialect = lru_cache(maxsize=64)(dialect_for)


def rule_of(router: Router, version: str, default_syntax: str) -> tuple[Rule | None, str]:
    """The parsed rule, or None and why our grammar refuses it; UDP routers have none and need none."""
    if router.protocol is Protocol.UDP:
        return None, ""
    dialect = _dialect(version, router.rule_syntax, default_syntax)
    try:
        return parse_rule(router.rule, router.protocol, dialect), ""
    except RuleError as error:
        return None, error.message

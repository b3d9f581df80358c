"""A router's rule, parsed in the dialect that its Traefik reads it in."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import msgspec

from specter_tui.core.errors import RuleError
from specter_tui.core.model import Protocol, Router
from specter_tui.core.rules import Rule, dialect_for, parse_rule

_UDP: Final = Protocol.UDP  # an enum's member costs a look-up each time
_dialect = lru_cache(maxsize=64)(dialect_for)


def rule_of(router: Router, version: str, default_syntax: str) -> tuple[Rule | None, str]:
    """The parsed rule, or None and why our grammar refuses it; UDP routers have none and need none.

    For matching: where the rule holds a secret, so does what is parsed of it. `shown_rule_of` is for showing.
    """
    if router.protocol is _UDP:
        return None, ""
    dialect = _dialect(version, router.rule_syntax, default_syntax)
    try:
        return parse_rule(router.true_rule, router.protocol, dialect), ""
    except RuleError as error:
        if router.secret_rule is not None:
            return None, f"not understood at position {error.position}; it holds a secret, so no more is said"
        return None, error.message


def shown_rule_of(router: Router, version: str, default_syntax: str) -> Rule | None:
    """The rule parsed as it may be shown, secrets masked; None where that can't be parsed."""
    return rule_of(msgspec.structs.replace(router, secret_rule=None), version, default_syntax)[0]

"""A rule as it may be shown: what headers and queries of a secret-looking name must be is nobody's business."""

from __future__ import annotations

import re
from typing import Final

from specter_tui.core.errors import RuleError
from specter_tui.core.rules import Matcher
from specter_tui.core.rules.matchers import HTTP_V2, HTTP_V3
from specter_tui.core.rules.parser import Call, parse_calls
from specter_tui.core.secret_names import SECRET_NAME, is_secret_field
from specter_tui.core.secrets import MASK, mask_text

_ODD: Final = re.compile(r"/[/*]|\"")  # what may stand between a name and its value, and escapes
_WORD: Final = re.compile(r"[^`\s,()=]+")
_NAMES: Final = {
    spelling: name
    for name in (*HTTP_V2, *HTTP_V3)
    for spelling in (name, name.lower(), name.upper(), name.capitalize())
}


def shown_rule(text: str) -> str:
    """The rule with the secrets in it masked, the same text where there are none.

    What can't be masked for certain (a comment or an escape between name and value, a rule that is none) is not shown.
    """
    lower = text.lower()
    if "header" not in lower and "query" not in lower:
        return text
    masked = mask_text(text)
    try:
        calls = parse_calls(text, _NAMES)
    except RuleError:
        return MASK if _ODD.search(text) or (masked == text and _names_secret(text)) else masked
    if not any(map(_is_secret, calls)):
        return masked
    try:
        left = parse_calls(masked, _NAMES)
    except RuleError:
        return MASK
    return MASK if any(map(_is_secret, left)) else masked


def _names_secret(text: str) -> bool:
    return SECRET_NAME.search(text) is not None or any(map(is_secret_field, _WORD.findall(text)))


def _is_secret(step: object) -> bool:
    """Whether a matcher's arguments still hold a secret."""
    if not isinstance(step, Call):
        return False
    matcher = Matcher(step.name, step.args, step.negated, lambda _: None)
    return matcher.shown_args != step.args

"""Whether a verify service says who may pass everywhere, told from its setting `DEFAULT_POLICY`."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

_ANY: Final = "any"  # chosen by name: whoever the project knows


class DefaultPolicy(StrEnum):
    """What is known of the setting; its value is nobody's business and goes no further."""

    NONE = "none"  # no verify service, or one that does not run
    CHOSEN = "chosen"
    OPEN = "open"  # nobody chose, so whoever the Descope project knows may pass
    UNKNOWN = "unknown"  # the engine does not tell


def judge_policy(text: str) -> DefaultPolicy:
    """What a DEFAULT_POLICY says; a mode alone says how the others are told, and not who they are."""
    first, *others = text.strip().split("&")
    restricts = any(part.partition("=")[0] not in {"", "mode"} for part in (first, *others))
    return DefaultPolicy.CHOSEN if first == _ANY or restricts else DefaultPolicy.OPEN

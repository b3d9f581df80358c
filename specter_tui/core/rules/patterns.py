"""Go's regular expressions, and gorilla's templates that become some.

RE2 has Go's syntax and runs in linear time whatever the pattern is; Python's own engine never sees the text of a rule.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Protocol

import re2

from specter_tui.core.text import visible

_SHOWN: Final = 80
# RE2 takes quadratic time to compile a chain of optional parts: 10 ms at this length, seconds at twenty times of it.
_LONGEST: Final = 4_096
# RE2's `\C` (one byte) is the one escape that Go's engine does not have.
_BYTE_ESCAPE: Final = re.compile(r"(?:[^\\]|\\[^C])*+\\C", re.DOTALL)
_GO_META: Final = re.compile(r"[\\.+*?()|\[\]{}^$]")


class PatternError(ValueError):
    """A regular expression or a template that Go or gorilla refuses."""


class Pattern(Protocol):
    """What a compiled expression does here."""

    def search(self, text: bytes, /) -> object | None:
        """The first match, or None."""


def _options() -> object:
    options = re2.Options()
    options.log_errors = False
    return options


_OPTIONS: Final = _options()


@lru_cache(maxsize=2048)
def go_pattern(expression: str) -> Pattern:
    """The compiled expression; raises `PatternError`."""
    if len(expression) > _LONGEST:
        raise PatternError(f"regular expression of more than {_LONGEST} characters is not read")
    if "\\C" in expression and _BYTE_ESCAPE.match(expression):
        raise PatternError("invalid regular expression: invalid escape sequence: \\C")
    try:
        compiled: Pattern = re2.compile(expression.encode(), _OPTIONS)
    except UnicodeEncodeError as error:
        raise PatternError("invalid regular expression: invalid UTF-8") from error
    except re2.error as error:
        raise PatternError(f"invalid regular expression: {_reason(error)}") from error
    return compiled


def found(pattern: Pattern, text: str) -> bool:
    """Whether an expression matches somewhere in the text."""
    return pattern.search(text.encode("utf-8", "surrogatepass")) is not None


def template(text: str, default: str, *, prefix: bool = False, fold: bool = False, check_parts: bool = True) -> Pattern:
    """The expression of a gorilla template such as `{name:[a-z]+}.example.com`; raises `PatternError`.

    `default` is what a variable without pattern matches; `prefix` leaves the end open; `fold` ignores case.
    `check_parts` holds each variable's pattern to be an expression of its own, as gorilla does and Traefik's TCP copy
    of it does not.
    """
    parts = ["(?i)^" if fold else "^"]
    end = 0
    for number, (start, stop) in enumerate(_braces(text)):
        name, colon, expression = text[start + 1 : stop - 1].partition(":")
        expression = expression if colon else default
        if not name or not expression:
            raise PatternError(f"missing name or pattern in {visible(text[start:stop], _SHOWN)}")
        if check_parts:
            go_pattern(f"^{expression}$")
        parts.append(f"{_quoted(text[end:start])}(?P<v{number}>{expression})")
        end = stop
    parts.append(_quoted(text[end:]))
    if not prefix:
        parts.append("$")
    return go_pattern("".join(parts))


def variables(text: str) -> set[str]:
    """The names of a template's variables; raises `PatternError`."""
    return {text[start + 1 : stop - 1].partition(":")[0] for start, stop in _braces(text)}


def query_template(key: str, value: str) -> Pattern:
    """The expression that gorilla holds against `key=value`; an empty value matches any."""
    text = f"{key}={value}"
    if text.partition("=")[2]:
        return template(text, ".*")
    # gorilla appends its default pattern; a variable of its own means the same here.
    return template(f"{text}{{any}}", ".*")


def _braces(text: str) -> list[tuple[int, int]]:
    """The outermost pairs of braces, as (start, stop) with stop behind the closing one."""
    pairs: list[tuple[int, int]] = []
    level = start = 0
    for brace in re.finditer(r"[{}]", text):
        if brace[0] == "{":
            level += 1
            if level == 1:
                start = brace.start()
        else:
            level -= 1
            if level == 0:
                pairs.append((start, brace.end()))
            elif level < 0:
                break
    if level:
        raise PatternError(f"unbalanced braces in {visible(text, _SHOWN)}")
    return pairs


def _quoted(text: str) -> str:
    return _GO_META.sub(r"\\\g<0>", text)


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return visible(reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason), _SHOWN)

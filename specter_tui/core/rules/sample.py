"""One request that a rule surely accepts, for an anonymous look at what answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, product
from typing import Final
from urllib.parse import quote

from specter_tui.core.model import Protocol
from specter_tui.core.rules.ast import Matcher, leaves
from specter_tui.core.rules.patterns import found, go_pattern
from specter_tui.core.rules.request import Request
from specter_tui.core.rules.rule import Rule

_METHODS: Final = ("GET", "HEAD")  # nothing else is ever sent
_LONGEST_PATH: Final = 2_000
_MOST_ARGS: Final = 12  # of one kind, of which guesses are made
_WORK: Final = 200_000  # steps of rules, over all guesses
_PATH_SAFE: Final = "/:@!$&'()*+,;=~%[]"
_FIELD: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
_PRINTABLE: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,510}[\x21-\x7e])?")
# What an expression surely means: its anchors stripped, an escaped sign itself; the rest is guessed at.
_ESCAPED_SIGN: Final = re.compile(r"\\([^0-9A-Za-z])")
_META: Final = re.compile(r"[\\.+*?()|\[\]{}^$]")
_CHOICE: Final = re.compile(r"\(\??:?([^()|]*+)\|[^()]*+\)")
_VARIABLE: Final = re.compile(r"\{[^{}]*+\}")
_GUESSES: Final = ("1", "a", "x", "aaaaaaaa", "12345678")


def sample_request(rule: Rule, host: str) -> Request | None:
    """A GET, else a HEAD, with path, headers and query that the rule accepts for a host; None when none was found.

    What the guesses can't meet has no sample: rules on client addresses, other methods, most expressions.
    """
    if rule.protocol is not Protocol.HTTP:
        return None
    wanted = [matcher for matcher in leaves(rule.program) if not matcher.negated]
    headers = _headers(wanted)
    query = _query(wanted)
    guesses = product(
        dict.fromkeys(_paths(rule, wanted)),
        ({}, headers) if headers else ({},),
        ((), query) if query else ((),),
        _METHODS,
    )
    for path, some_headers, some_query, method in islice(guesses, max(8, _WORK // len(rule.program))):
        request = Request(host=host, path=path, method=method, headers=some_headers, query=some_query)
        if rule.matches(request):
            return request
    return None


def _paths(rule: Rule, wanted: list[Matcher]) -> Iterator[str]:
    """Paths worth a try, the likeliest first."""
    literals = rule.paths[:_MOST_ARGS]
    guessed = list(islice(_guessed_paths(wanted), _MOST_ARGS * len(_GUESSES)))
    bases = [*literals, *guessed, "/"]
    for path in (*bases, *(f"{base.rstrip('/')}/" for base in bases), *(f"{base}x" for base in bases)):
        encoded = _encoded(path)
        if path.startswith("/") and len(encoded) <= _LONGEST_PATH:
            yield encoded


def _encoded(path: str) -> str:
    return quote(path, safe=_PATH_SAFE, errors="surrogatepass")


def _guessed_paths(wanted: list[Matcher]) -> Iterator[str]:
    for matcher in wanted:
        if matcher.name == "PathRegexp":
            yield from _guessed(matcher.args[0])
        elif matcher.name in {"Path", "PathPrefix"}:
            for arg in matcher.args:
                yield from (_VARIABLE.sub(guess, arg) for guess in _GUESSES if "{" in arg)


def _guessed(expression: str) -> Iterator[str]:
    """Texts that an expression may accept: itself read plainly, with its first choices, and its beginning."""
    if len(expression) > _LONGEST_PATH:
        return
    bare = expression.removeprefix("^").removesuffix("$")
    chosen = _CHOICE.sub(r"\1", bare)
    for text in (bare, chosen):
        yield _ESCAPED_SIGN.sub(r"\1", text)
    before = _META.split(chosen, maxsplit=1)[0]
    yield before
    for guess in _GUESSES:
        yield before + guess


def _headers(wanted: list[Matcher]) -> dict[str, str]:
    """The headers that the rule names, where they can be sent as they are."""
    found_headers: dict[str, str] = {}
    for matcher in wanted:
        if matcher.name not in {"Header", "Headers", "HeaderRegexp", "HeadersRegexp"}:
            continue
        for key, text in zip(matcher.args[::2], matcher.args[1::2], strict=True):
            value = _accepted(text) if matcher.name.endswith("Regexp") else text
            if _FIELD.fullmatch(key) and _PRINTABLE.fullmatch(value):
                found_headers[key] = value
    return found_headers


def _query(wanted: list[Matcher]) -> tuple[tuple[str, str], ...]:
    """The query parameters that the rule names."""
    pairs: list[tuple[str, str]] = []
    for matcher in wanted:
        args = matcher.args
        if matcher.name == "Query" and "=" in args[0]:  # v2
            pairs.extend((key, value) for key, _, value in (arg.partition("=") for arg in args))
        elif matcher.name == "Query":
            pairs.append((args[0], args[1] if len(args) > 1 else ""))
        elif matcher.name == "QueryRegexp":
            pairs.append((args[0], _accepted(args[1]) if len(args) > 1 else ""))
    return tuple((key, value) for key, value in pairs if _PRINTABLE.fullmatch(key) and _may_be_value(value))


def _may_be_value(value: str) -> bool:
    return not value or _PRINTABLE.fullmatch(value) is not None


def _accepted(expression: str) -> str:
    """The first guess that an expression accepts, else nothing."""
    pattern = go_pattern(expression)
    return next((guess for guess in _guessed(expression) if found(pattern, guess)), "")

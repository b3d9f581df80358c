"""A few requests that stand for all: where every literal path and method of some rules can be told apart.

Path, PathPrefix and Method change their answer only at their literals, so one request for each literal and one for
what lies behind it show every combination of rules that any request can meet. On those behind a literal, which stand
for many paths, a pattern stays undecided (`Request.open_path`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from string import ascii_letters, digits
from typing import Final

from specter_tui.core.rules.ast import leaves
from specter_tui.core.rules.extract import path_literals
from specter_tui.core.rules.request import Request, routing_path
from specter_tui.core.rules.rule import Rule

_MOST: Final = 400
_LETTERS: Final = f"x{ascii_letters}{digits}αβγδεζηθικλμνξοπρστυφχψω"
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Points:
    """The requests, at most 400; `complete` is False when there would have been more."""

    requests: tuple[Request, ...]
    complete: bool


def representative_requests(rules: Sequence[Rule], host: str) -> Points:
    """Requests for a host that meet every combination of the rules' literal paths and methods.

    Headers, query and client address are left unstated.
    """
    literals = _literals(rules)
    fresh = _fresh(literals)
    methods = _methods(rules)
    paths: dict[str, bool] = {"/": False, f"/{fresh}": True}
    for literal in literals:
        # A literal that Traefik would decode first is met by no request as it is written.
        if routing_path(literal) == literal:
            paths.setdefault(literal, False)
            paths.setdefault(f"{literal}{fresh}", True)
            paths.setdefault(f"{literal}/{fresh}", True)
        if len(paths) * len(methods) > _MOST:
            break
    requests = [
        Request(host=host, path=path, method=method, open_path=is_open)
        for path, is_open in paths.items()
        for method in methods
    ]
    return Points(tuple(requests[:_MOST]), complete=bool(fresh) and len(requests) <= _MOST)


def spellings(host: str, rules: Iterable[Rule]) -> tuple[str, ...]:
    """The names by which a client may call a host such that these rules can tell them apart.

    Host() takes a trailing dot for nothing; an expression on hosts sees it, as `app.example.org.` in a browser shows.
    """
    return (host, f"{host}.") if any(_sees_dots(rule.text) for rule in rules) else (host,)


@lru_cache(maxsize=10_000)
def _sees_dots(text: str) -> bool:
    return "regexp" in text.lower()


def _literals(rules: Iterable[Rule]) -> list[str]:
    """Every literal of Path and PathPrefix, negated ones too, once."""
    found = {
        literal: None
        for rule in rules
        for matcher in leaves(rule.program)
        for literal in path_literals(matcher, rule.dialect)
    }
    return list(found)


def _fresh(literals: list[str]) -> str:
    """A letter that stands in no literal, so that behind one of them it leads to no other; empty where all do."""
    together = "".join(literals)
    return next((letter for letter in _LETTERS if letter not in together), "")


def _methods(rules: Iterable[Rule]) -> list[str]:
    """GET, those that a rule names, and one that none names."""
    named = {
        method.upper(): None
        for rule in rules
        for matcher in leaves(rule.program)
        if matcher.name == "Method"
        for method in matcher.args
    }
    unnamed = next((method for method in _METHODS if method not in named), "")
    unnamed = unnamed or next(text for number in count() if (text := f"OTHER{number}") not in named)
    return list(dict.fromkeys(("GET", *named, unnamed)))

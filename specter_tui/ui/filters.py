r"""The filter language of every table: plain words, `/regex/`, `!inverse`, `field:value`.

All words, split at blanks, must match (`\s` stands for a blank in a regular expression). Letter case does not count.
Regular expressions are RE2's: linear in time whatever a person types and a label holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from specter_tui.core.errors import SpecterError

T = TypeVar("T")
Fields = Mapping[str, Callable[[T], str]]
Test = Callable[[str], bool]


class FilterError(SpecterError):
    """A filter that cannot be understood."""


@dataclass(frozen=True)
class Filter(Generic[T]):
    """A parsed filter; the empty one lets everything through."""

    text: str
    terms: tuple[Callable[[T], bool], ...] = ()

    def __call__(self, item: T) -> bool:
        """Whether an item passes."""
        return all(term(item) for term in self.terms)

    def __bool__(self) -> bool:
        return bool(self.terms)


def parse_filter(text: str, fields: Fields[T]) -> Filter[T]:
    """The filter a person typed. Raises FilterError for a regular expression that RE2 refuses."""
    return Filter(text, tuple(_term(word, fields) for word in text.split()))


def _term(word: str, fields: Fields[T]) -> Callable[[T], bool]:
    inverse = word.startswith("!")
    body = word[1:] if inverse else word
    name, colon, value = body.partition(":")
    chosen = [fields[name]] if colon and name in fields else list(fields.values())
    test = _test(value if colon and name in fields else body)
    if inverse:
        return lambda item: not any(test(field(item)) for field in chosen)
    return lambda item: any(test(field(item)) for field in chosen)


def _test(value: str) -> Test:
    if len(value) > 2 and value.startswith("/") and value.endswith("/"):  # noqa: PLR2004  two slashes around something
        return _regex(value[1:-1])
    needle = value.casefold()
    return lambda text: needle in text.casefold()


def _regex(pattern: str) -> Test:
    import re2  # loaded with the first regular expression that is typed

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        raise FilterError(f"not a regular expression: {error}") from error
    return lambda text: compiled.search(text) is not None

r"""The filter language of every table: plain words, `/regex/`, `!inverse`, `field:value`.

All words, split at blanks, must match. Blanks between quotes or between the slashes of a regular expression belong to
it: `"a b"`, `/a b/`, `host:"a b"`, `!/a b/`; what stands between quotes is plain text. Letter case does not count.
Regular expressions are RE2's: linear in time whatever a person types and a label holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from specter_tui.core.errors import SpecterError

T = TypeVar("T")
Fields = Mapping[str, Callable[[T], str]]
Test = Callable[[str], bool]
# What closes a word is a quote or a slash before a blank or the end, so `/v1`, `a/b` and `"level":"info"` are words.
_WORD: Final = re.compile(r"""!?(?:\w+:)?(?:"[^"]+"|/(?:[^/]|/(?!\s|$))+/)(?!\S)|\S+""")


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


def parse_filter(text: str, fields: Fields[T], whole: Callable[[T], str] | None = None) -> Filter[T]:
    """The filter a person typed. Raises FilterError for a regular expression that RE2 refuses.

    `whole` gives all fields of an item as one text, case-folded, with a line end between two: quicker to look through.
    """
    return Filter(text, tuple(_term(word, fields, whole) for word in words(text)))


def words(text: str) -> list[str]:
    """The words of a filter as they were typed, with their quotes and slashes."""
    return _WORD.findall(text)


def _term(word: str, fields: Fields[T], whole: Callable[[T], str] | None) -> Callable[[T], bool]:
    inverse = word.startswith("!")
    body = word[1:] if inverse else word
    name, colon, value = body.partition(":")
    named = bool(colon) and name in fields
    if whole is not None and not named and not _is_regex(body):
        needle = _plain(body).casefold()
        return lambda item: (needle in whole(item)) is not inverse
    chosen = [fields[name]] if named else list(fields.values())
    test = _test(value if named else body)
    if inverse:
        return lambda item: not any(test(field(item)) for field in chosen)
    return lambda item: any(test(field(item)) for field in chosen)


def _test(value: str) -> Test:
    if _is_regex(value):
        return _regex(value[1:-1])
    needle = _plain(value).casefold()
    return lambda text: needle in text.casefold()


def _plain(value: str) -> str:
    quoted = len(value) > 2 and value.startswith('"') and value.endswith('"')  # noqa: PLR2004  two quotes around something
    return value[1:-1] if quoted else value


def _is_regex(value: str) -> bool:
    return len(value) > 2 and value.startswith("/") and value.endswith("/")  # noqa: PLR2004  two slashes around something


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

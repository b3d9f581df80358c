r"""What a person looks for in logs: a filter that leaves lines out, and a search that goes from match to match.

The filter is that of the tables. Words are looked for in the line alone; `from:wiki` means the container's name and
`stream:stderr` where it was written to. Both see the whole line, whatever of it fits on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from specter_tui.core.logs import LogLine, Stream
from specter_tui.ui.filters import Filter, FilterError, parse_filter, words

_NAMED: Final[Mapping[str, Callable[[LogLine], str]]] = {
    "from": lambda line: line.container,
    "stream": lambda line: str(line.stream),
}
_TEXT: Final[Mapping[str, Callable[[LogLine], str]]] = {"text": lambda line: line.text}


def parse_log_filter(text: str) -> Filter[LogLine]:
    """The filter a person typed. Raises FilterError for an expression that RE2 refuses."""
    terms: list[Callable[[LogLine], bool]] = []
    for word in words(text):
        name = word.removeprefix("!").partition(":")[0]
        terms += parse_filter(word, _NAMED if name in _NAMED else _TEXT).terms
    return Filter(text, tuple(terms))


class Finder:
    """Finds a text, or a `/regex/`, in lines; letter case does not count. Raises FilterError."""

    def __init__(self, text: str) -> None:
        import re2  # loaded with the first text that is looked for

        self.text = text
        options = re2.Options()
        options.case_sensitive = False
        options.log_errors = False
        expression = len(text) > 2 and text.startswith("/") and text.endswith("/")  # noqa: PLR2004  two slashes around something
        try:
            self._pattern: Any = re2.compile(text[1:-1] if expression else re2.escape(text), options)
        except re2.error as error:
            raise FilterError(f"not a regular expression: {error}") from error

    def __call__(self, line: LogLine) -> bool:
        """Whether it is in a line."""
        return line.stream is not Stream.MARK and self._pattern.search(line.text) is not None

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where it is in a text."""
        return (match.span() for match in self._pattern.finditer(text) if match.end() > match.start())

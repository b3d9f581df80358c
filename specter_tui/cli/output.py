"""Where commands write: text or one JSON document to stdout, errors as one line to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from io import TextIOWrapper
from typing import Final, TextIO

from specter_tui.core.errors import SpecterError
from specter_tui.core.text import visible

PROGRAM: Final = "specter-tui"
_ERROR_LIMIT: Final = 2_000  # characters
_PLAIN_LOCALES: Final = frozenset({"", "C", "POSIX"})


class OutputClosedError(Exception):
    """The reader of stdout went away (`specter-tui status | head`)."""


class OutputFailedError(SpecterError):
    """Stdout takes no more, as on a full disk."""


class Output:
    """A command's two streams, and what the terminal behind stdout can show.

    What is written here is shown as it is: commands pass every string from outside through `core.text.visible`.
    """

    __slots__ = ("_environ", "_err", "_out")

    def __init__(self, out: TextIO, err: TextIO, environ: Mapping[str, str]) -> None:
        self._out = out
        self._err = err
        self._environ = environ
        for stream in (out, err):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter still gets the rest

    @property
    def is_terminal(self) -> bool:
        """Whether a person reads stdout."""
        return self._out.isatty()

    @property
    def width(self) -> int:
        """The terminal's columns; 0, which is no limit, when stdout is none."""
        if not self.is_terminal:
            return 0
        from shutil import get_terminal_size

        return get_terminal_size().columns

    @property
    def color(self) -> bool:
        """Whether escapes may be written: a terminal that is not dumb, and no NO_COLOR."""
        return self.is_terminal and not self.is_dumb and not self._environ.get("NO_COLOR")

    @property
    def is_dumb(self) -> bool:
        """Whether the terminal cannot move its cursor or set colours."""
        return self._environ.get("TERM", "") in {"", "dumb"}

    @property
    def ascii_only(self) -> bool:
        """Whether glyphs must be ASCII: the stream or the locale has no other letters."""
        names = (self._environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
        locale = next((name for name in names if name), "")
        encoding = (getattr(self._out, "encoding", None) or "ascii").lower()
        return locale in _PLAIN_LOCALES or not encoding.startswith("utf")

    def line(self, text: str = "", end: str = "\n") -> None:
        """Writes one line to stdout; OutputClosedError and OutputFailedError as `flush` raises them."""
        self._try(lambda: self._out.write(f"{text}{end}"))

    def json(self, document: Mapping[str, object], *, one_line: bool = False) -> None:
        """Writes one JSON document; `one_line` for a stream of documents, flushed each."""
        import json

        layout: tuple[int | None, tuple[str, str]] = (None, (",", ":")) if one_line else (2, (",", ": "))
        self.line(json.dumps(document, indent=layout[0], separators=layout[1]))
        if one_line:
            self.flush()

    def flush(self) -> None:
        """Hands over what was written; OutputClosedError when nobody reads any more, else OutputFailedError."""
        self._try(self._out.flush)

    def _try(self, write: Callable[[], object]) -> None:
        try:
            write()
        except BrokenPipeError:
            raise OutputClosedError from None
        except OSError as error:
            message = f"stdout cannot be written: {error.strerror}"
            raise OutputFailedError(message) from None

    def error(self, problem: SpecterError | str) -> None:
        """Writes one line to stderr; a stderr that is gone is nobody's problem."""
        sentence = problem if isinstance(problem, str) else problem.sentence()
        try:
            self._err.write(f"{PROGRAM}: {visible(sentence, _ERROR_LIMIT)}\n")
            self._err.flush()
        except OSError:
            return

    def abandon(self) -> None:
        """Points stdout at nothing, so that the interpreter's last flush does not complain."""
        with open(os.devnull, "w", encoding="utf-8") as nothing:  # noqa: PTH123  pathlib is not loaded for this
            os.dup2(nothing.fileno(), self._out.fileno())


def standard_output() -> Output:
    """The process's own streams; one that was closed before the start (`>&-`) swallows what is written."""
    return Output(sys.stdout or _nowhere(), sys.stderr or _nowhere(), os.environ)


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123  as above; open until the process ends

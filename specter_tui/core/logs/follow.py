"""What is asked of the source of logs, and what it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from specter_tui.core.logs.line import LogLine
from specter_tui.core.logs.window import TAIL, LogWindow

LineTest = Callable[[LogLine], bool]


class LogTarget(NamedTuple):
    """A container whose log is read; one that was made anew under the same name is followed on."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class FollowRequest:
    """Which logs, from where on.

    `keep` sees every whole line before any is counted against a limit, in a thread of the source: it must be pure.
    With an `after` all lines younger than that timestamp are read, in the place of the window.
    """

    targets: tuple[LogTarget, ...]
    window: LogWindow = TAIL
    follow: bool = True
    keep: LineTest | None = None
    after: str = ""

    @property
    def follows(self) -> bool:
        """Whether lines that are yet to be written belong to it: the first lines of a log are all there."""
        return self.follow and not self.window.head


class Standing(StrEnum):
    """How it stands with one container's log."""

    LIVE = "live"  # lines come as they are written
    STOPPED = "stopped"  # the container does not run; it is waited for
    LOST = "lost"  # the engine is away; it is tried again
    DONE = "done"  # all that was asked for is there
    FAILED = "failed"  # it cannot be read, and is not tried again


class LogNotice(NamedTuple):
    """A change of how it stands; `text` is a sentence with the remedy, or empty."""

    container: str
    standing: Standing
    text: str = ""


class LogBatch(NamedTuple):
    """What came since the last one; `skipped` lines did not pass the filter."""

    lines: list[LogLine]
    skipped: int = 0
    notices: tuple[LogNotice, ...] = ()

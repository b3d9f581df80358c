"""How far back the logs are read, as k9s has it on the digits 0 to 6."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TAIL_LINES: Final = 500
HEAD_LINES: Final = 5_000
SEARCHED_LINES: Final = 100_000  # with a filter the tail begins this far back: matches count, not what lies between


@dataclass(frozen=True, slots=True)
class LogWindow:
    """From where on lines are read; `seconds` before now, the last `tail`, or the first `head` and then no more."""

    key: str
    label: str
    seconds: int = 0
    tail: int = 0
    head: int = 0

    def reach(self, *, filtered: bool) -> int:
        """How many of the last lines the engine is asked for; 0: all."""
        return max(self.tail, SEARCHED_LINES) if self.tail and filtered else self.tail


TAIL: Final = LogWindow("0", f"last {TAIL_LINES}", tail=TAIL_LINES)
WINDOWS: Final = (
    TAIL,
    LogWindow("1", f"first {HEAD_LINES}", head=HEAD_LINES),
    LogWindow("2", "since 1m", seconds=60),
    LogWindow("3", "since 5m", seconds=300),
    LogWindow("4", "since 15m", seconds=900),
    LogWindow("5", "since 30m", seconds=1800),
    LogWindow("6", "since 1h", seconds=3600),
)

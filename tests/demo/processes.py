"""Which processes a program has below it, and which of them outlive it."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Final

_SECONDS: Final = 30.0


def family_of(pid: int) -> set[tuple[int, str]]:
    """All processes below one: pid and start time, which together are nobody else's later."""
    found: set[tuple[int, str]] = set()
    with suppress(FileNotFoundError):  # it has ended just now
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in _children(thread):
                found |= {(child, born(child)), *family_of(child)}
    return found


def _children(thread: Path) -> list[int]:
    """The processes that one thread started; none once the thread has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return [int(pid) for pid in (thread / "children").read_text().split()]
    return []


def born(pid: int) -> str:
    """A process's start time; empty once it is gone or waits for its parent to notice."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    return ""


def survivors_of(family: set[tuple[int, str]]) -> set[int]:
    """Those that are still there after some patience."""
    deadline = time.monotonic() + _SECONDS
    while left := {pid for pid, then in family if then and born(pid) == then}:
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return left

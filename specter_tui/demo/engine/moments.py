"""Moments as the Engine API writes and reads them; here they are nanoseconds since 1970, and 0 is never."""

from __future__ import annotations

import re
import time
from typing import Final

from specter_tui.demo.engine.errors import bad_request

SECOND: Final = 1_000_000_000
_NEVER: Final = "0001-01-01T00:00:00Z"
_TIMESTAMP: Final = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,9}))?")


def now() -> int:
    """The wall clock."""
    return time.time_ns()


def rfc3339(moment: int) -> str:
    """With up to nine fractional digits, trailing zeros trimmed, as Go's RFC3339Nano writes it."""
    if not moment:
        return _NEVER
    whole, fraction = divmod(moment, SECOND)
    digits = f".{fraction:09d}".rstrip("0").rstrip(".")
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}{digits}Z"


def log_timestamp(moment: int) -> str:
    """With exactly nine fractional digits, as in front of log lines."""
    whole, fraction = divmod(moment, SECOND)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{fraction:09d}Z"


def parse(text: str, parameter: str) -> int | None:
    """A query's `seconds[.nanoseconds]`, None for an empty one; ApiError 400 for anything else."""
    if not text:
        return None
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        raise bad_request(f"{parameter} is no timestamp")
    return int(found[1]) * SECOND + int((found[2] or "").ljust(9, "0"))


def human(nanoseconds: int) -> str:
    """A duration in the words of `docker ps`."""
    seconds = max(0, nanoseconds) // SECOND
    minutes, hours = seconds // 60, seconds // 3600
    if seconds < 1:
        return "Less than a second"
    if minutes < 1:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    if hours < 1:
        return "About a minute" if minutes == 1 else f"{minutes} minutes"
    if hours < 48:  # noqa: PLR2004  two days, from which on days are counted
        return "About an hour" if hours == 1 else f"{hours} hours"
    return f"{hours // 24} days"

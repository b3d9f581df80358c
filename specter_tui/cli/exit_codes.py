"""The exit codes that scripts and cron rely on."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit says; from 64 on they are the system's own (sysexits, 128 + the signal)."""

    OK = 0  # done, and nothing at or above the threshold
    FINDINGS = 1  # doctor: findings at or above --fail-on
    USAGE = 2  # usage or configuration error
    UNREACHABLE = 3  # the command's own source cannot be reached
    ROLLED_BACK = 4  # an action failed and was rolled back
    ROLLBACK_FAILED = 5  # an action failed and so did its rollback
    REFUSED = 6  # refused, nothing changed
    OUTPUT_FAILED = 74  # stdout cannot be written: the disk is full
    INTERRUPTED = 130
    PIPE_CLOSED = 141

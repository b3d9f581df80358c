"""Whether others could change what root is about to trust.

Root follows a configuration file, and later writes into the compose and dynamic folders. Who can change these, or swap
one of the folders above them, decides what root does. So each step of the path, as written and with symbolic links
resolved, must belong to root and be closed to others. A folder that others can write to but that is sticky (/tmp) is
accepted *above* a path of root's own: the kernel lets nobody else rename or remove that.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from specter_tui.core.errors import ConfigError
from specter_tui.core.text import visible


def refuse_unsafe(path: str, what: str) -> None:
    """Raises ConfigError when somebody other than root can change `path`; one that is not there yet, by its folders."""
    try:
        reason = _reason(Path(path))
    except OSError as error:
        message = f"{what} {visible(path)} could not be checked: {error.strerror}"
        raise ConfigError(message, "correct the path") from None
    if reason:
        message = f"{what} {visible(path)} is refused as root: {reason}"
        raise ConfigError(
            message, "give it to root and close it to others (chown root:root, chmod go-w), or run as another user"
        )


def _reason(path: Path) -> str:
    absolute = Path(os.path.abspath(path))  # noqa: PTH100  `Path.resolve` follows the links that are to be judged
    for step in _steps(absolute):
        reason = _step_reason(step, last=step == absolute)
        if reason:
            return reason
    real = absolute.resolve()
    return next((why for step in _steps(real) if (why := _step_reason(step, last=step == real))), "")


def _steps(path: Path) -> list[Path]:
    return [*reversed(path.parents), path]


def _step_reason(step: Path, *, last: bool) -> str:
    try:
        status = step.lstat()
    except FileNotFoundError:
        return ""
    name = visible(str(step))
    if status.st_uid != 0:
        return f"{name} belongs to user {status.st_uid}"
    if stat.S_ISLNK(status.st_mode) or (not last and status.st_mode & stat.S_ISVTX):
        return ""  # a link has no mode of its own; what it leads to is judged after it
    if status.st_mode & stat.S_IWOTH:
        return f"everyone can write to {name}"
    if status.st_mode & stat.S_IWGRP and status.st_gid != 0:
        return f"group {status.st_gid} can write to {name}"
    return ""

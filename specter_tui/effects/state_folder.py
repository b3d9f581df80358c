"""The folder of the program's own state: private, and never reached through a link that others could turn."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from specter_tui.core.errors import RefusedError
from specter_tui.core.text import visible

_PRIVATE: Final = 0o700
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def state_path(environment: Mapping[str, str], *, root: bool) -> Path:
    """Where it is: `$XDG_STATE_HOME/specter`, else as root /var/lib/specter, else ~/.local/state/specter."""
    named = environment.get("XDG_STATE_HOME", "")
    if named.startswith("/"):  # the XDG specification ignores a relative one
        return Path(named) / "specter"
    return Path("/var/lib/specter") if root else Path.home() / ".local" / "state" / "specter"


@contextmanager
def opened(path: Path, *, make: bool = True) -> Iterator[int]:
    """A handle of the folder, made with mode 0700 when it is not there.

    Raises RefusedError, with the reason, when it is a link, belongs to somebody else or is open to others;
    FileNotFoundError when it is not there and is not to be made.
    """
    shown = visible(str(path))
    try:
        if make:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir(mode=_PRIVATE, exist_ok=True)
        handle = os.open(path, _FOLDER)
    except FileNotFoundError:
        if not make:
            raise
        raise RefusedError(f"{shown} can't be made") from None
    except OSError as error:
        raise RefusedError(f"{shown} can't be used: {error.strerror}", "check the folder and its owner") from None
    try:
        status = os.fstat(handle)
        if status.st_uid != os.geteuid():
            raise RefusedError(f"{shown} belongs to user {status.st_uid}, not to you", "set XDG_STATE_HOME")
        if stat.S_IMODE(status.st_mode) & ~_PRIVATE:
            raise RefusedError(f"{shown} is open to others", f"chmod 700 {shown}")
        yield handle
    finally:
        os.close(handle)


def below(folder: int, name: str) -> int:
    """A handle of a folder in it, made when it is not there. Raises OSError."""
    try:
        os.mkdir(name, _PRIVATE, dir_fd=folder)
        os.fsync(folder)
    except FileExistsError:
        pass
    return os.open(name, _FOLDER, dir_fd=folder)

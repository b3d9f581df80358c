"""Puts a layout on the disk: every file is written beside its place first, then all are renamed into it."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from specter_tui.core.errors import ConfigError
from specter_tui.core.layout import Deed, Entry, Found, Step
from specter_tui.core.text import visible

_FOLDER_ABOVE: Final = 0o755


def look(entries: Iterable[Entry]) -> dict[str, Found]:
    """What stands at each entry's path; ConfigError when that cannot be seen."""
    return {entry.path: _look(entry) for entry in entries}


def put(steps: Iterable[Step]) -> None:
    """Takes the steps; ConfigError when one fails.

    Folders and temporary files come first, so that what usually fails (rights, a full disk) fails while every file
    that was there is still as it was.
    """
    wanted = [step for step in steps if step.deed in {Deed.CREATED, Deed.REPLACED}]
    staged: list[tuple[Path, Path]] = []
    try:
        for step in wanted:
            path = Path(step.entry.path)
            if step.entry.text is None:
                _make_folder(path, step.entry.mode)
            else:
                _make_folder(path.parent, _FOLDER_ABOVE)
                staged.append((_stage(path, step.entry), path))
        while staged:
            temporary, path = staged[0]
            temporary.replace(path)
            staged.pop(0)
            _sync_folder(path.parent)
    except OSError as error:
        message = f"{visible(str(error.filename or 'a file'))} cannot be written: {error.strerror}"
        raise ConfigError(message, "check the folder's owner, mode and space") from error
    finally:
        for temporary, _ in staged:
            with suppress(OSError):
                temporary.unlink()


def _look(entry: Entry) -> Found:
    path = Path(entry.path)
    try:
        status = path.lstat()
        if entry.text is None:
            return Found.SAME if stat.S_ISDIR(status.st_mode) else Found.OTHER
        if not stat.S_ISREG(status.st_mode):
            return Found.OTHER
        if entry.keep:
            return Found.DIFFERENT  # not read: it may hold keys
        return Found.SAME if path.read_bytes() == entry.text.encode() else Found.DIFFERENT
    except FileNotFoundError:
        return Found.NOTHING
    except NotADirectoryError:
        return Found.OTHER
    except OSError as error:
        message = f"{visible(entry.path)} cannot be read: {error.strerror}"
        raise ConfigError(message, "check its owner and mode") from None


def _make_folder(path: Path, mode: int) -> None:
    if path.is_dir():
        return
    _make_folder(path.parent, _FOLDER_ABOVE)
    path.mkdir(mode=0o700)
    path.chmod(mode)  # mkdir's mode is cut by the umask


def _stage(path: Path, entry: Entry) -> Path:
    """A temporary file beside `path` with the entry's text and mode, on the disk for good."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # 0600, and never through a link
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write((entry.text or "").encode())
            os.fchmod(stream.fileno(), entry.mode)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        Path(name).unlink()
        raise
    return Path(name)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

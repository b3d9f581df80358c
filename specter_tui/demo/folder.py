"""The demo's own folder: nobody else's to read, locked while the demo lives, and removed after it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from specter_tui.core.errors import SpecterError

PREFIX: Final = "specter-demo-"
_LOCK: Final = ".lock"
_MODE: Final = 0o700
_NAME: Final = re.compile(rf"{PREFIX}[0-9a-f]{{8}}")
_LONGEST_SOCKET: Final = 107  # bytes of a Unix socket's path: sun_path has 108, and ends with a zero (unix(7))
_SOCKET: Final = "docker.sock"


class DemoError(SpecterError):
    """The demo cannot start; says what is missing."""


@contextlib.contextmanager
def own_folder(parent: Path) -> Iterator[Path]:
    """A fresh folder of mode 0700 in `parent`, which goes with the context; DemoError when it cannot be made.

    Folders of demos that were killed go first. The name is one that Compose takes for a project too.
    """
    remove_abandoned(parent)
    try:
        folder, lock = _locked_folder(parent.absolute())
    except OSError as error:
        message = f"the demo's folder cannot be made in {parent}: {error.strerror}"
        raise DemoError(message, "name another place: --dir DIR") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


@contextlib.contextmanager
def socket_path(folder: Path) -> Iterator[Path]:
    """Where a socket can be: in `folder`, or in a folder of its own below /tmp where that path is too long."""
    wanted = folder / _SOCKET
    if len(os.fsencode(wanted)) <= _LONGEST_SOCKET:
        yield wanted
        return
    with own_folder(Path("/tmp")) as short:  # noqa: S108  made as a fresh folder of mode 0700; TMPDIR may be long too
        yield short / _SOCKET


def write_files(folder: Path, files: Mapping[str, str], *, add: bool = False) -> None:
    """Writes new files of mode 0600 below `folder`, and the folders of mode 0700 that they stand in.

    `add`: the texts are added to files that are there.
    """
    how = os.O_APPEND if add else os.O_CREAT | os.O_EXCL
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | how, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)


def default_parent() -> Path:
    """Where the folder is made when nobody says where."""
    return Path(tempfile.gettempdir())


def is_abandoned(folder: Path) -> bool:
    """Whether a demo of this user was killed and left the folder: nobody holds its lock."""
    lock = _take_over(folder)
    if lock is None:
        return False
    os.close(lock)
    return True


def remove_abandoned(parent: Path) -> None:
    """Removes the folders of demos that were killed; those of others, and of demos that still run, stay.

    A demo that was killed before it made its lock has left an empty folder. One that is only just starting loses it
    too, and makes another one.
    """
    for folder in parent.glob(f"{PREFIX}*"):
        lock = _take_over(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)  # now, so that nobody takes the folder for theirs while it goes
        elif _NAME.fullmatch(folder.name) and _is_own(folder):
            with contextlib.suppress(OSError):  # it has something in it
                folder.rmdir()


def _is_own(folder: Path) -> bool:
    """Whether it is a folder that this user made as the demo makes its own."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) == _MODE


def _take_over(folder: Path) -> int | None:
    """The lock of this user's folder, held from now on; None where there is none, or a demo that lives holds it."""
    if not _is_own(folder):
        return None
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    return descriptor if _is_held(descriptor) else None


def _locked_folder(parent: Path) -> tuple[Path, int]:
    """A fresh folder with its lock, which is held as long as this process lives: the kernel frees it after SIGKILL."""
    while True:
        folder = parent / f"{PREFIX}{secrets.token_hex(4)}"
        folder.mkdir(mode=_MODE)
        try:
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            continue  # another demo, which starts just now, took the empty folder for one that was left
        if _is_held(lock):
            return folder, lock


def _is_held(descriptor: int) -> bool:
    """Whether the file is locked now and still in its folder; else its descriptor is closed."""
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_nlink:
            return True
    os.close(descriptor)
    return False

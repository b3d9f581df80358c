"""The demo's own folder: nobody else's to read, locked while the demo lives, and removed after it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from specter_tui.core.errors import SpecterError

PREFIX: Final = "specter-demo-"
_LOCK: Final = ".lock"
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
    folder = parent.absolute() / f"{PREFIX}{secrets.token_hex(4)}"
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        message = f"the demo's folder cannot be made in {parent}: {error.strerror}"
        raise DemoError(message, "name another place: --dir DIR") from error
    lock = _lock(folder)
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


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Writes new files of mode 0600 below `folder`, and the folders of mode 0700 that they stand in."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)


def default_parent() -> Path:
    """Where the folder is made when nobody says where."""
    return Path(tempfile.gettempdir())


def is_abandoned(folder: Path) -> bool:
    """Whether a demo of this user was killed and left the folder: nobody holds its lock."""
    if folder.is_symlink() or not folder.is_dir() or folder.stat().st_uid != os.getuid():
        return False
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def remove_abandoned(parent: Path) -> None:
    """Removes the folders of demos that were killed; those of others, and of demos that still run, stay."""
    for folder in parent.glob(f"{PREFIX}*"):
        if is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _lock(folder: Path) -> int:
    """Holds the folder as long as this process lives: the kernel frees it even after SIGKILL."""
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor

"""Locks that the kernel frees when their holder ends, however it ends: flock on files that every user can see.

The folder is /run/lock/specter, with the sticky bit: nobody can take another's file away. What is in a file only tells
a person who holds it; whether it is held, the kernel says.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from specter_tui.core.errors import RefusedError
from specter_tui.core.text import visible

FOLDER: Final = Path("/run/lock/specter")
_SHARED: Final = 0o1777
_READABLE: Final = 0o644
_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FLAGS: Final = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_LONGEST: Final = 200  # bytes of what a holder tells
_FIELDS: Final = 3


class FileLocks:
    """`core.actions.ports.Locks`; `who` is the name that others are told."""

    def __init__(self, who: str, folder: Path = FOLDER) -> None:
        self._who = who
        self._folder = folder

    @contextmanager
    def hold(self, names: Iterable[str], journal_id: str) -> Iterator[None]:
        """Holds all of them. Raises RefusedError, naming who does, when one is held, or can't be locked at all."""
        with ExitStack() as held:
            try:
                folder = _opened(self._folder)
                held.callback(os.close, folder)
                for name in sorted(set(names)):  # the same order for everybody
                    handle = self._locked(folder, name)
                    held.callback(_release, handle)
                    self._sign(handle, journal_id)
            except OSError as error:
                message = f"nothing can be locked in {visible(str(self._folder))}: {error.strerror}"
                raise RefusedError(message, "check the folder's owner and mode (1777)") from error
            yield

    def _locked(self, folder: int, name: str) -> int:
        handle = _file(folder, f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.lock")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(handle)
            os.close(handle)
            raise RefusedError(f"{holder} is changing it right now", "wait for its end") from None
        except OSError:
            os.close(handle)
            raise
        return handle

    def _sign(self, handle: int, journal_id: str) -> None:
        """Another user's file, left there before, can be locked and not written: then nobody is named."""
        with suppress(OSError):
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{self._who}\t{journal_id}\t{os.getpid()}\n".encode()[:_LONGEST], 0)


def _opened(path: Path) -> int:
    """The folder; made with mode 1777 when it is not there, and root's wherever root comes by. Raises OSError."""
    with suppress(FileExistsError):
        path.mkdir()
        path.chmod(_SHARED)  # the umask takes bits from mkdir's mode
    handle = os.open(path, _FOLDER_FLAGS)
    status = os.fstat(handle)
    if os.geteuid() == 0 and (status.st_uid != 0 or stat.S_IMODE(status.st_mode) != _SHARED):
        os.fchown(handle, 0, 0)
        os.fchmod(handle, _SHARED)
        return handle
    if status.st_uid not in {0, os.geteuid()} or stat.S_IMODE(status.st_mode) != _SHARED:
        os.close(handle)
        raise RefusedError(f"{visible(str(path))} is not root's with mode 1777", f"sudo chown root {path}")
    return handle


def _file(folder: int, name: str) -> int:
    """A lock's file.

    Not opened to be made when it is there: in a sticky folder that fails for another's file, even for root
    (fs.protected_regular, Linux, Documentation/admin-guide/sysctl/fs.rst).
    """
    for _ in range(2):
        for mode in (os.O_RDWR, os.O_RDONLY):
            with suppress(PermissionError, FileNotFoundError):
                handle = os.open(name, mode | _FLAGS, dir_fd=folder)
                status = os.fstat(handle)
                if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
                    os.close(handle)
                    raise RefusedError(f"the lock {name} is no plain file", "look at it and remove it")
                return handle
        with suppress(FileExistsError):  # made by somebody else in between
            handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | _FLAGS, _READABLE, dir_fd=folder)
            os.fchmod(handle, _READABLE)
            return handle
    raise RefusedError(f"the lock {name} can't be opened", "look at it and remove it")


def _holder(handle: int) -> str:
    """Who says that they hold it; a text that a killed process left behind names nobody."""
    told = os.pread(handle, _LONGEST, 0).decode(errors="replace").strip().split("\t")
    if len(told) != _FIELDS or not told[2].isdecimal() or not Path("/proc", told[2]).exists():
        return "somebody"
    return f"{visible(told[0], 80)} ({visible(told[1], 40)})"


def _release(handle: int) -> None:
    with suppress(OSError):
        os.ftruncate(handle, 0)
    os.close(handle)

"""Reads files that can be trusted, and puts another text in the place of one: compose files, acme.json, the overlay.

Root is about to act on what stands in them, so each has to be a regular file that is reached without a symbolic link,
belongs to root, to who calls or to who called sudo, and that nobody else can change or swap.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import PurePosixPath
from typing import Final

from specter_tui.core.errors import RefusedError
from specter_tui.core.text import visible

LARGEST: Final = 8 * 1024 * 1024  # bytes; ten thousand lines are half a megabyte
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a FIFO must not block
_SHOWN: Final = 200


def trusted_owners(environment: Mapping[str, str]) -> frozenset[int]:
    """Whose files may be run: root's, the caller's, and as root those of SUDO_UID."""
    owners = {0, os.geteuid()}
    sudo = environment.get("SUDO_UID", "")
    if os.geteuid() == 0 and sudo.isascii() and sudo.isdigit():
        owners.add(int(sudo))
    return frozenset(owners)


def read(path: str, owners: frozenset[int]) -> bytes:
    """The bytes of a trusted file. Raises RefusedError, with the reason, for every other one."""
    with opened_file(path, owners) as (_, handle, _):
        return content(handle, path)


def replace(path: str, expected: bytes, wanted: bytes, owners: frozenset[int]) -> None:
    """Puts `wanted` in the place of `expected` at once, owner and mode kept, on the disk for good.

    Raises RefusedError, with nothing changed, when the file holds something else by now, is no longer trusted, or
    can't be written.
    """
    with opened_file(path, owners) as (folder, handle, name):
        if content(handle, path) != expected:
            raise RefusedError(f"{_shown(path)} was changed meanwhile", "look at it and try again")
        status = os.fstat(handle)
        if status.st_nlink > 1:
            raise RefusedError(f"{_shown(path)} has a second name (hard link)", "make it a file of its own")
        with writing(path):
            swap(folder, name, wanted, (status.st_uid, status.st_gid), stat.S_IMODE(status.st_mode))


@contextmanager
def writing(path: str) -> Iterator[None]:
    """What the disk says while a file is written, as RefusedError."""
    try:
        yield
    except OSError as error:
        message = f"{_shown(path)} can't be written: {error.strerror}"
        raise RefusedError(message, "check the folder's owner, mode and space") from error


def swap(folder: int, name: str, wanted: bytes, owner: tuple[int, int], mode: int) -> None:
    """Writes a file beside its place and renames it into it, on the disk for good. Raises OSError, nothing changed."""
    beside = f".{name}.{secrets.token_hex(8)}.tmp"
    new = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        with os.fdopen(new, "wb") as stream:
            stream.write(wanted)
            stream.flush()
            if owner != (os.geteuid(), os.getegid()):
                os.fchown(stream.fileno(), *owner)
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        os.rename(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with suppress(OSError):
            os.unlink(beside, dir_fd=folder)
        raise
    os.fsync(folder)


@contextmanager
def opened_file(path: str, owners: frozenset[int]) -> Iterator[tuple[int, int, str]]:
    """The folder, the trusted file and its name in there. Raises RefusedError where it is not to be trusted."""
    with opened_folder(path, owners) as (folder, name):
        handle = open_file(folder, name, path, owners)
        try:
            yield folder, handle, name
        finally:
            os.close(handle)


@contextmanager
def opened_folder(path: str, owners: frozenset[int]) -> Iterator[tuple[int, str]]:
    """The folder that a file lies in and its name, each step looked at by its own handle: none can be swapped.

    Raises RefusedError where it is not to be trusted.
    """
    steps = PurePosixPath(path).parts
    if not path.startswith("/") or ".." in steps or len(steps) < 2:  # noqa: PLR2004  the root and a name
        raise RefusedError(f"{_shown(path)} is no plain absolute path")
    with ExitStack() as held:
        folder = os.open("/", _FOLDER)
        held.callback(os.close, folder)
        for place in range(1, len(steps) - 1):
            folder = _open(steps[place], _FOLDER, folder, path)
            held.callback(os.close, folder)
            _judge("/".join(["", *steps[1 : place + 1]]), os.fstat(folder), owners, last=False)
        yield folder, steps[-1]


def open_file(folder: int, name: str, path: str, owners: frozenset[int]) -> int:
    """A handle of a trusted file in a folder. Raises RefusedError for every other one."""
    handle = _open(name, _FILE, folder, path)
    try:
        _judge(path, os.fstat(handle), owners, last=True)
    except RefusedError:
        os.close(handle)
        raise
    return handle


def _open(name: str, flags: int, folder: int, path: str) -> int:
    try:
        return os.open(name, flags, dir_fd=folder)
    except FileNotFoundError:
        raise RefusedError(f"{_shown(path)} is not there", "it may lie on another machine") from None
    except OSError as error:  # ELOOP for a link as the file, ENOTDIR for one on the way
        raise RefusedError(f"{_shown(path)} can't be opened without following a link: {error.strerror}") from None


def _judge(path: str, status: os.stat_result, owners: frozenset[int], *, last: bool) -> None:
    if last and not stat.S_ISREG(status.st_mode):
        raise RefusedError(f"{_shown(path)} is no regular file")
    if status.st_uid not in owners:
        raise RefusedError(f"{_shown(path)} belongs to user {status.st_uid}, not to root or to you")
    sticky = not last and status.st_mode & stat.S_ISVTX  # as /tmp: nobody else can swap what lies in there
    if status.st_mode & _OTHERS_WRITE and not sticky:
        raise RefusedError(f"others can write to {_shown(path)}", f"chmod go-w {_shown(path)}")


def content(handle: int, path: str) -> bytes:
    """All of an open file, from its begin. Raises RefusedError for one that is too large."""
    if os.fstat(handle).st_size > LARGEST:
        raise RefusedError(f"{_shown(path)} is larger than {LARGEST >> 20} MiB")
    with os.fdopen(os.dup(handle), "rb") as stream:
        stream.seek(0)
        return stream.read(LARGEST + 1)


def _shown(path: str) -> str:
    return visible(path, _SHOWN)


class TrustedFiles:
    """`core.protecting.ports.ComposeFiles` for the files of these owners."""

    def __init__(self, owners: frozenset[int]) -> None:
        self._owners = owners

    def read(self, path: str) -> bytes:
        """The bytes of a trusted file. Raises RefusedError."""
        return read(path, self._owners)

    def exists(self, path: str) -> bool:
        """Whether anything is there at all, a link that leads nowhere too."""
        return os.path.lexists(path)

    def replace(self, path: str, expected: bytes, wanted: bytes) -> None:
        """Puts `wanted` in the place of `expected`. Raises RefusedError."""
        replace(path, expected, wanted, self._owners)

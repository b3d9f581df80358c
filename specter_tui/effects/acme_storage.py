"""Traefik's acme.json, changed by one entry while Traefik is stopped, and the copies that a change is undone from.

    backups/acme-TOKEN.json   the whole file as it was, keys included: mode 0600, kept for 30 days like the journal's
    backups/acme-TOKEN.new    the digest of the entry that came in the place of the one taken out

The file is replaced by renaming, owner and mode kept: Docker mounts a single file anew when its container starts, so
Traefik reads the new one.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from specter_tui.core.errors import RefusedError
from specter_tui.core.renewing.storage import StoredEntry, entries, entry_bytes, put_back, with_entry, without
from specter_tui.core.renewing.work import RenewWork
from specter_tui.core.text import visible
from specter_tui.effects.state_folder import below, opened
from specter_tui.effects.trusted_file import opened_file, swap, writing

_LARGEST: Final = 64 * 1024 * 1024  # bytes, as the reader of acme.json
_BACKUPS: Final = "backups"
_TOKEN: Final = re.compile(r"[0-9a-f]{16}")
_PRIVATE: Final = 0o600
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_SHOWN: Final = 200
_AS_OWNER: Final = "type: sudo specter-tui certs renew (it has to run as root, or as the owner of file and folder)"


class AcmeStorage:
    """`core.renewing.ports.Storage` for the files of these owners; `state` is the state folder."""

    def __init__(self, owners: frozenset[int], state: Path) -> None:
        self._owners = owners
        self._state = state

    def look(self, path: str, owner: int) -> tuple[StoredEntry, ...]:
        """What is in it. Raises RefusedError for a file that can't be trusted, read or replaced."""
        with self._opened(path, owner) as (folder, handle, _):
            if not os.access(".", os.W_OK | os.X_OK, dir_fd=folder, effective_ids=True) or not _may_write(handle):
                raise RefusedError(f"{visible(path, _SHOWN)} can't be written by this user", _AS_OWNER)
            if os.fstat(handle).st_nlink > 1:
                raise RefusedError(
                    f"{visible(path, _SHOWN)} has a second name (hard link)", "make it a file of its own"
                )
            return entries(_content(handle, path))

    def keep(self, work: RenewWork) -> str:
        """Copies the whole file, once for each token; the copy's path. Raises RefusedError."""
        name = _name(work.token, "json")
        storage, backups = self._opened(work.path, work.owner), self._backups()
        with storage as (_, handle, _), backups as folder, suppress(FileExistsError):
            _make(folder, name, _content(handle, work.path))
        return str(self._state / _BACKUPS / name)

    def exchange(self, work: RenewWork) -> None:
        """Takes the entry out, and with `back` puts the other one in; nothing where that is done."""
        with self._opened(work.path, work.owner) as (folder, handle, name):
            now = _content(handle, work.path)
            if not any((one.resolver, one.digest) == (work.resolver, work.digest) for one in entries(now)):
                return
            _replace(folder, handle, name, work.path, self._exchanged(work, now))

    def put_back(self, work: RenewWork) -> None:
        """Puts the entry back out of the copy; nothing where it is there. Raises RefusedError."""
        with self._opened(work.path, work.owner) as (folder, handle, name):
            now = _content(handle, work.path)
            if any((one.resolver, one.digest) == (work.resolver, work.digest) for one in entries(now)):
                return
            before = self._copy(work.token)
            after = self._exchanged(work, before)
            wanted = put_back(now, before, after, work.resolver, work.digest)
            _replace(folder, handle, name, work.path, wanted)

    def note_new(self, work: RenewWork, digest: str) -> None:
        """Remembers which entry came in its place."""
        with self._backups() as backups, suppress(FileExistsError):
            _make(backups, _name(work.token, "new"), digest.encode())

    def noted(self, token: str) -> str:
        """The digest that was remembered; empty where none was."""
        with self._backups() as backups:
            try:
                return _read(backups, _name(token, "new")).decode("ascii", "replace").strip()
            except FileNotFoundError:
                return ""

    def _exchanged(self, work: RenewWork, text: bytes) -> bytes:
        changed = without(text, work.resolver, work.digest)
        if not work.back:
            return changed
        entry = entry_bytes(self._copy(work.back), work.resolver, work.back_digest)
        return with_entry(changed, work.resolver, entry)

    def _copy(self, token: str) -> bytes:
        with self._backups() as backups:
            try:
                return _read(backups, _name(token, "json"))
            except FileNotFoundError:
                raise RefusedError("the copy of acme.json is gone: it is kept for 30 days") from None

    @contextmanager
    def _opened(self, path: str, owner: int) -> Iterator[tuple[int, int, str]]:
        """The folder, the trusted file and its name in there."""
        owners = self._owners | {owner}
        if not _may_read(path):
            raise RefusedError(f"{visible(path, _SHOWN)} may not be read by this user", _AS_OWNER)
        with opened_file(path, owners) as found:
            yield found

    @contextmanager
    def _backups(self) -> Iterator[int]:
        try:
            with opened(self._state) as folder:
                inner = below(folder, _BACKUPS)
                try:
                    yield inner
                finally:
                    os.close(inner)
        except OSError as error:
            message = f"the copies in {visible(str(self._state), _SHOWN)} can't be written or read: {error.strerror}"
            raise RefusedError(message, "check the folder's owner, mode and space") from error


def _may_read(path: str) -> bool:
    """Whether this user could open it; what is not there or no file is told by the one who opens it."""
    if os.access(path, os.R_OK, effective_ids=True):
        return True
    return os.access(Path(path).parent, os.X_OK, effective_ids=True) and not os.path.lexists(path)


def _may_write(handle: int) -> bool:
    """Whether owner and mode can be kept: only root gives a file to somebody else."""
    return os.geteuid() in {0, os.fstat(handle).st_uid}


def _content(handle: int, path: str) -> bytes:
    size = os.fstat(handle).st_size
    if size > _LARGEST:
        raise RefusedError(f"{visible(path, _SHOWN)} is larger than {_LARGEST >> 20} MiB")
    with os.fdopen(os.dup(handle), "rb") as stream:
        stream.seek(0)
        return stream.read(_LARGEST + 1)


def _replace(folder: int, handle: int, name: str, path: str, wanted: bytes) -> None:
    status = os.fstat(handle)
    with writing(path):
        swap(folder, name, wanted, (status.st_uid, status.st_gid), stat.S_IMODE(status.st_mode))


def _name(token: str, kind: str) -> str:
    if _TOKEN.fullmatch(token) is None:
        raise RefusedError("the plan is not understood", "it was made by another version")
    return f"acme-{token}.{kind}"


def _make(folder: int, name: str, content: bytes) -> None:
    """A new file, whole before it has its name. Raises OSError; FileExistsError where it is there."""
    beside = f".{name}.{os.getpid()}.tmp"
    with suppress(FileNotFoundError):
        os.unlink(beside, dir_fd=folder)  # of a process that was killed and had this number
    handle = os.open(beside, _NEW, _PRIVATE, dir_fd=folder)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
    finally:
        os.unlink(beside, dir_fd=folder)


def _read(folder: int, name: str) -> bytes:
    with os.fdopen(os.open(name, _READ, dir_fd=folder), "rb") as stream:
        return stream.read(_LARGEST + 1)

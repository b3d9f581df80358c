"""The journal: receipts of what is under way, one line for what has ended, backups to undo it from.

    journal.jsonl, journal.1.jsonl   what has ended; changed lines only, secrets masked
    receipts/ID.json                 the whole plan of what has not ended; its lock says whether a process works on it
    receipts/ID.steps                what that has done so far
    backups/ID.json                  the whole plan of what has ended, for 30 days

A receipt is written and synced before anything happens, and becomes the backup after its line is in the journal. So
whenever the process is killed, either nothing has happened, or there is a receipt that nobody holds.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from specter_tui.core.actions import Entry, Outcome, Receipt, Result, Standing, Step
from specter_tui.core.actions.diff import for_journal
from specter_tui.core.errors import RefusedError
from specter_tui.core.text import visible
from specter_tui.effects import journal_file
from specter_tui.effects.state_folder import below, opened

_RECEIPTS: Final = "receipts"
_BACKUPS: Final = "backups"
_KEPT: Final = 30 * 86_400.0  # seconds
_ID: Final = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{6}")
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_TRIES: Final = 20  # a reader holds a receipt's lock for the moment in which it looks
_PAUSE: Final = 0.02


class FileJournal:
    """`core.actions.ports.Journal` in the state folder; `now` is the time of day in seconds."""

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._now = now

    @contextmanager
    def begin(self, receipt: Receipt) -> Iterator[None]:
        """Writes a receipt for good and holds it. Raises RefusedError when it can't be written."""
        with self._inside(_RECEIPTS) as (_, receipts):
            handle = _put(receipts, f"{receipt.id}.json", msgspec.json.encode(receipt))
        try:
            yield
        finally:
            os.close(handle)

    @contextmanager
    def resume(self, journal_id: str) -> Iterator[Receipt]:
        """Holds an interrupted receipt. Raises RefusedError."""
        name = f"{_checked(journal_id)}.json"
        with self._inside(_RECEIPTS) as (_, receipts):
            try:
                handle = os.open(name, _READ, dir_fd=receipts)
            except FileNotFoundError:
                raise RefusedError(f"{journal_id} is not interrupted", "see specter-tui history") from None
            with ExitStack() as opening:
                opening.callback(os.close, handle)
                if not _hold(handle) or not _is_there(receipts, name, handle):
                    raise RefusedError(f"a process works on {journal_id}", "wait for its end: specter-tui history")
                with os.fdopen(os.dup(handle), "rb") as stream:
                    receipt = _decoded(stream.read(), journal_id)
                held = opening.pop_all()
        with held:
            yield receipt

    def note(self, journal_id: str, step: Step) -> None:
        """Adds a step to an open receipt. Raises RefusedError."""
        with self._inside(_RECEIPTS) as (_, receipts):
            journal_file.add_line(receipts, f"{_checked(journal_id)}.steps", msgspec.json.encode(step))

    def end(self, receipt: Receipt, outcome: Outcome, ended_at: str) -> None:
        """Writes how it ended and keeps its plan as the backup. Raises RefusedError."""
        entry = replace(_opened_entry(receipt), standing=Standing.ENDED, result=outcome.result, reason=outcome.reason)
        entry = replace(entry, proof=outcome.proof, ended_at=ended_at)
        with self._inside(_RECEIPTS) as (folder, receipts):
            journal_file.add(folder, entry)
            self._keep(folder, receipts, receipt.id)
            self._drop_old(folder)

    def entries(self) -> tuple[Entry, ...]:
        """All, the latest first. Raises RefusedError when the folder is not to be trusted."""
        try:
            with opened(self._folder, make=False) as folder:
                ended = {one.id: one for one in journal_file.entries(folder)}
                found = [*ended.values(), *(one for one in _open_entries(folder) if one.id not in ended)]
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._refused(error) from error
        undone = {one.plan.undoes: one.id for one in found if one.plan.undoes and one.result is Result.DONE}
        told = (replace(one, undone_by=undone.get(one.id, "")) for one in found)
        return tuple(sorted(told, key=lambda one: one.id, reverse=True))

    def interrupted(self) -> tuple[Entry, ...]:
        """Those that nobody works on and that have not ended; quick where nothing is open. Raises RefusedError."""
        try:
            with opened(self._folder, make=False) as folder:
                if not _has_receipts(folder):
                    return ()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._refused(error) from error
        return tuple(one for one in self.entries() if one.standing is Standing.INTERRUPTED)

    def backup(self, journal_id: str) -> Receipt:
        """The whole plan of an ended action. Raises RefusedError when it is gone."""
        name = f"{_checked(journal_id)}.json"
        for place in (_BACKUPS, _RECEIPTS):  # a kill behind its line in the journal leaves it among the receipts
            with self._inside(place) as (_, inner), suppress(FileNotFoundError), _reading(inner, name) as stream:
                return _decoded(stream.read(), journal_id)
        raise RefusedError(f"what undoes {journal_id} is gone: it is kept for 30 days")

    @contextmanager
    def _inside(self, name: str) -> Iterator[tuple[int, int]]:
        """Handles of the folder and of one in it; whatever the disk says becomes a RefusedError."""
        try:
            with opened(self._folder) as folder:
                inner = below(folder, name)
                try:
                    yield folder, inner
                finally:
                    os.close(inner)
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> RefusedError:
        message = f"the journal in {visible(str(self._folder))} can't be written or read: {error.strerror}"
        return RefusedError(message, "check the folder's owner, mode and space")

    def _keep(self, folder: int, receipts: int, journal_id: str) -> None:
        backups = below(folder, _BACKUPS)
        try:
            name = f"{journal_id}.json"
            os.utime(name, (self._now(), self._now()), dir_fd=receipts)
            os.rename(name, name, src_dir_fd=receipts, dst_dir_fd=backups)
            with suppress(FileNotFoundError):
                os.unlink(f"{journal_id}.steps", dir_fd=receipts)
            os.fsync(backups)
            os.fsync(receipts)
        finally:
            os.close(backups)

    def _drop_old(self, folder: int) -> None:
        backups = below(folder, _BACKUPS)
        try:
            for name in os.listdir(backups):  # noqa: PTH208  a handle, not a path
                age = self._now() - os.stat(name, dir_fd=backups, follow_symlinks=False).st_mtime
                if age > _KEPT:
                    os.unlink(name, dir_fd=backups)
        finally:
            os.close(backups)


def _put(folder: int, name: str, document: bytes) -> int:
    """Writes a new file, held before it has its name; the handle holds it. Raises OSError, with nothing left."""
    beside = f".{name}.tmp"
    handle = os.open(beside, _NEW, 0o600, dir_fd=folder)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with os.fdopen(os.dup(handle), "wb") as stream:
            stream.write(document)
            stream.flush()
            os.fsync(stream.fileno())
        os.rename(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
    except BaseException:
        os.close(handle)
        with suppress(OSError):
            os.unlink(beside, dir_fd=folder)
        raise
    return handle


def _reading(folder: int, name: str) -> BinaryIO:
    return os.fdopen(os.open(name, _READ, dir_fd=folder), "rb")


def _hold(handle: int) -> bool:
    for _ in range(_TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE)
        else:
            return True
    return False


def _is_there(folder: int, name: str, handle: int) -> bool:
    """Whether the file still has its name: another process may have ended it just before."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_ino == os.fstat(handle).st_ino
    except FileNotFoundError:
        return False


def _is_held(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(handle, fcntl.LOCK_UN)
    return False


def _has_receipts(folder: int) -> bool:
    receipts = below(folder, _RECEIPTS)
    try:
        return any(name.endswith(".json") for name in os.listdir(receipts))  # noqa: PTH208  as above
    finally:
        os.close(receipts)


def _open_entries(folder: int) -> Iterable[Entry]:
    """The receipts that are there, each with its steps."""
    receipts = below(folder, _RECEIPTS)
    try:
        for name in os.listdir(receipts):  # noqa: PTH208  as above
            journal_id = name.removesuffix(".json")
            if _ID.fullmatch(journal_id) and name.endswith(".json"):
                with suppress(FileNotFoundError):  # ended between the listing and now
                    yield _open_entry(receipts, journal_id)
    finally:
        os.close(receipts)


def _open_entry(receipts: int, journal_id: str) -> Entry:
    with os.fdopen(os.open(f"{journal_id}.json", _READ, dir_fd=receipts), "rb") as stream:
        standing = Standing.RUNNING if _is_held(stream.fileno()) else Standing.INTERRUPTED
        receipt = _decoded(stream.read(), journal_id)
    return replace(_opened_entry(receipt), standing=standing, steps=tuple(_steps(receipts, journal_id)))


def _steps(receipts: int, journal_id: str) -> Iterator[Step]:
    for line in journal_file.lines(receipts, f"{journal_id}.steps"):
        with suppress(msgspec.MsgspecError):
            yield msgspec.json.decode(line, type=Step)


def _opened_entry(receipt: Receipt) -> Entry:
    return Entry(receipt.id, for_journal(receipt.plan), receipt.who, receipt.context, receipt.started_at)


def _decoded(document: bytes, journal_id: str) -> Receipt:
    try:
        return msgspec.json.decode(document, type=Receipt)
    except msgspec.MsgspecError as error:
        raise RefusedError(f"the receipt of {journal_id} is not understood", "look at it by hand") from error


def _checked(journal_id: str) -> str:
    if _ID.fullmatch(journal_id) is None:
        raise RefusedError(f"{visible(journal_id, 80)} is no journal id", "see specter-tui history")
    return journal_id

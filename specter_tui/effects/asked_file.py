"""The file of asked protections: small, never rotated, replaced at once."""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from specter_tui.core.asked import Asked, AskedRead, asked_with, asked_without
from specter_tui.core.errors import RefusedError
from specter_tui.core.text import visible
from specter_tui.effects import trusted_file
from specter_tui.effects.state_folder import opened

NAME: Final = "protected.json"
_VERSION: Final = 1
_LARGEST: Final = 4 * 1024 * 1024
_FIELDS: Final = ("host", "via", "asked_at", "by", "context")


class AskedFile:
    """The asked protections of one context; `who` asks when they are written.

    A state folder that is not there has asked for nothing.
    """

    def __init__(self, folder: Path, context: str = "default", who: str = "") -> None:
        self._folder = folder
        self._path = folder / NAME
        self._context = context
        self._who = who
        self._seen: tuple[tuple[int, ...], AskedRead] | None = None

    def read(self) -> AskedRead:
        """What was asked for; the same object again while the file is as before. Raises nothing."""
        try:
            status = self._path.lstat()
            known = (status.st_ino, status.st_mtime_ns, status.st_size, status.st_uid, status.st_mode)
            if self._seen is None or self._seen[0] != known:
                every = _decoded(_content(self._path))
                self._seen = (known, AskedRead(tuple(one for one in every if one.context == self._context)))
        except FileNotFoundError:
            return _NOTHING
        except OSError as error:
            return AskedRead(problem=f"{visible(str(self._path))} can't be read: {error.strerror}")
        except (ValueError, RecursionError) as error:
            return AskedRead(problem=f"{visible(str(self._path))} is not understood: {error}")
        return self._seen[1]

    def hosts(self) -> tuple[str, ...]:
        """The hosts that are to be protected. Raises RefusedError when that can't be known."""
        read = self.read()
        if read.problem:
            raise RefusedError(read.problem, "correct the file or take it away")
        return tuple(one.host for one in read.hosts)

    def add(self, hosts: Sequence[str], via: str) -> None:
        """Remembers that these are to be protected. Raises RefusedError."""
        if hosts:
            now = datetime.now(UTC).replace(tzinfo=None)  # noqa: TID251  adapters read the clock
            asked_at = f"{now.isoformat(timespec='seconds')}Z"
            self._write(lambda known: asked_with(known, [self._asked(one, via, asked_at) for one in hosts]))

    def remove(self, hosts: Sequence[str]) -> None:
        """Forgets them. Raises RefusedError."""
        if set(hosts) & set(self.hosts()):
            self._write(lambda known: asked_without(known, hosts, self._context))

    def _asked(self, host: str, via: str, asked_at: str) -> Asked:
        return Asked(host, via, asked_at, self._who, self._context)

    def _write(self, change: Callable[[tuple[Asked, ...]], tuple[Asked, ...]]) -> None:
        """Replaces the file, on the disk for good; one at a time, or two would lose what the other one asked."""
        try:
            with opened(self._folder) as folder:
                fcntl.flock(folder, fcntl.LOCK_EX)
                _replace(folder, change(self._every()))
        except OSError as error:
            message = f"{visible(str(self._path))} can't be written: {error.strerror}"
            raise RefusedError(message, "check the folder's owner, mode and space") from error

    def _every(self) -> tuple[Asked, ...]:
        """Those of all contexts."""
        try:
            return _decoded(_content(self._path))
        except FileNotFoundError:
            return ()
        except (ValueError, RecursionError) as error:
            message = f"{visible(str(self._path))} is not understood: {error}"
            raise RefusedError(message, "correct the file or take it away") from error


def _replace(folder: int, hosts: tuple[Asked, ...]) -> None:
    document = {"version": _VERSION, "hosts": [{name: getattr(one, name) for name in _FIELDS} for one in hosts]}
    trusted_file.swap(folder, NAME, json.dumps(document, indent=2).encode(), (os.geteuid(), os.getegid()), 0o600)


_NOTHING: Final = AskedRead()


def _content(path: Path) -> str:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(handle, encoding="utf-8") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            raise ValueError("it is no regular file, or a huge one")
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise ValueError("others can write to it")
        return stream.read()


def _decoded(text: str) -> tuple[Asked, ...]:
    document = json.loads(text)
    hosts = document.get("hosts") if isinstance(document, dict) and document.get("version") == _VERSION else None
    if not isinstance(hosts, list):
        raise ValueError("it has another shape")  # noqa: TRY004  one error for every odd shape
    return tuple(_one(item) for item in hosts)


def _one(item: object) -> Asked:
    if not isinstance(item, dict) or not all(isinstance(item.get(name), str) for name in _FIELDS):
        raise ValueError("an entry has another shape")
    return Asked(**{name: item[name] for name in _FIELDS})

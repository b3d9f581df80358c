"""The file of asked protections: small, never rotated, replaced at once."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Final

from specter_tui.core.asked import Asked, AskedRead
from specter_tui.core.errors import RefusedError
from specter_tui.core.text import visible

NAME: Final = "protected.json"
_VERSION: Final = 1
_LARGEST: Final = 4 * 1024 * 1024
_FIELDS: Final = ("host", "via", "asked_at", "by")


class AskedFile:
    """The file in the state folder; a folder that is not there has asked for nothing."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._seen: tuple[tuple[int, ...], AskedRead] | None = None

    def read(self) -> AskedRead:
        """What was asked for; the same object again while the file is as before. Raises nothing."""
        try:
            status = self._path.lstat()
            known = (status.st_ino, status.st_mtime_ns, status.st_size, status.st_uid, status.st_mode)
            if self._seen is None or self._seen[0] != known:
                self._seen = (known, _decoded(_content(self._path)))
        except FileNotFoundError:
            return _NOTHING
        except OSError as error:
            return AskedRead(problem=f"{visible(str(self._path))} can't be read: {error.strerror}")
        except (ValueError, RecursionError) as error:
            return AskedRead(problem=f"{visible(str(self._path))} is not understood: {error}")
        return self._seen[1]

    def write(self, hosts: tuple[Asked, ...]) -> None:
        """Replaces what was asked for, on the disk for good. Raises RefusedError when it can't be written."""
        document = {"version": _VERSION, "hosts": [{name: getattr(one, name) for name in _FIELDS} for one in hosts]}
        beside = self._path.with_name(f".{NAME}.{os.getpid()}.tmp")
        try:
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump(document, stream, indent=2)
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(self._path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            message = f"{visible(str(self._path))} can't be written: {error.strerror}"
            raise RefusedError(message, "check the folder's owner, mode and space") from error


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


def _decoded(text: str) -> AskedRead:
    document = json.loads(text)
    hosts = document.get("hosts") if isinstance(document, dict) and document.get("version") == _VERSION else None
    if not isinstance(hosts, list):
        raise ValueError("it has another shape")  # noqa: TRY004  one error for every odd shape
    return AskedRead(tuple(_one(item) for item in hosts))


def _one(item: object) -> Asked:
    if not isinstance(item, dict) or not all(isinstance(item.get(name), str) for name in _FIELDS):
        raise ValueError("an entry has another shape")
    return Asked(**{name: item[name] for name in _FIELDS})

"""The overlay in Traefik's dynamic folder: read, put in place at once, or removed; and the folder's other files.

Written beside its place under a name that Traefik does not load and renamed into it: a file written in place is read
half written, which Traefik takes for an empty one (observed on 3.7.15).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from specter_tui.core.errors import RefusedError
from specter_tui.core.text import visible
from specter_tui.effects.trusted_file import content, open_file, opened_folder, swap, writing

_READABLE: Final = 0o644  # Traefik may run as any user
_LOADED: Final = (".yml", ".yaml", ".toml")
_SHOWN: Final = 200
_MOST: Final = 2000  # files


class OverlayFile:
    """`core.protecting.ports.OverlayFiles` for the files of these owners; no text means that there is no file."""

    def __init__(self, owners: frozenset[int]) -> None:
        self._owners = owners

    def read(self, path: str) -> bytes:
        """The bytes of the file. Raises RefusedError when it, or its folder, can be changed by others."""
        with opened_folder(path, self._owners) as (folder, name):
            return self._now(folder, name, path)

    def put(self, path: str, expected: bytes, wanted: bytes) -> None:
        """Puts `wanted` in the place of `expected`, on the disk for good.

        Raises RefusedError, with nothing changed, when something else stands there by now or the disk says no.
        """
        with opened_folder(path, self._owners) as (folder, name):
            if self._now(folder, name, path) != expected:
                raise RefusedError(f"{visible(path, _SHOWN)} was changed meanwhile", "look at it and try again")
            with writing(path):
                if wanted:
                    swap(folder, name, wanted, (os.geteuid(), os.getegid()), _READABLE)
                elif expected:
                    os.unlink(name, dir_fd=folder)
                    os.fsync(folder)

    def others(self, path: str) -> Iterator[tuple[str, bytes]]:
        """Name and content of every other file that Traefik loads with it, sub-folders included."""
        top = PurePosixPath(path).parent
        seen = 0
        for folder, folders, files in os.walk(top):
            folders.sort()
            for name in sorted(files):
                one = f"{folder}/{name}"
                if one == path or not name.lower().endswith(_LOADED):
                    continue
                seen += 1
                if seen > _MOST:
                    raise RefusedError(f"{visible(str(top), _SHOWN)} holds more than {_MOST} files")
                yield one.removeprefix(f"{top}/"), _plain(one)

    def _now(self, folder: int, name: str, path: str) -> bytes:
        try:
            os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return b""
        handle = open_file(folder, name, path, self._owners)
        try:
            return content(handle, path)
        finally:
            os.close(handle)


def _plain(path: str) -> bytes:
    """A file as Traefik reads it, links followed; one that is none would hold Traefik up."""
    shown = visible(path, _SHOWN)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise RefusedError(f"{shown} can't be read: {error.strerror}") from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise RefusedError(f"{shown} is no regular file, and Traefik would try to load it", "remove it")
        return content(handle, path)
    finally:
        os.close(handle)

"""The journal's own file: one JSON document a line, added for good, kept in two files of 10 MB."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import msgspec

from specter_tui.core.actions import Entry

NAME: Final = "journal.jsonl"
BEFORE: Final = "journal.1.jsonl"
LARGEST: Final = 10_000_000  # bytes
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_ADD: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def add_line(folder: int, name: str, document: bytes) -> None:
    """Adds one line to a file, on the disk for good or not at all. Raises OSError."""
    handle = os.open(name, _ADD, 0o600, dir_fd=folder)
    try:
        size = os.fstat(handle).st_size
        torn = size and os.pread(handle, 1, size - 1) != b"\n"  # a power cut in the middle of a line
        text = b"\n" * bool(torn) + document + b"\n"
        try:
            _write_all(handle, text)
            os.fsync(handle)
        except OSError:
            with suppress(OSError):
                os.ftruncate(handle, size)
            raise
    finally:
        os.close(handle)


def _write_all(handle: int, text: bytes) -> None:
    while text:
        text = text[os.write(handle, text) :]


def add(folder: int, entry: Entry, largest: int = LARGEST) -> None:
    """Adds an entry; a file that is full becomes the one before. Raises OSError."""
    fcntl.flock(folder, fcntl.LOCK_EX)  # two that end at the same time
    try:
        with suppress(FileNotFoundError):
            if os.stat(NAME, dir_fd=folder, follow_symlinks=False).st_size >= largest:
                os.rename(NAME, BEFORE, src_dir_fd=folder, dst_dir_fd=folder)
        add_line(folder, NAME, msgspec.json.encode(entry))
        os.fsync(folder)
    finally:
        fcntl.flock(folder, fcntl.LOCK_UN)


def entries(folder: int) -> Iterator[Entry]:
    """All entries, the oldest first; a line that is torn is left out. Raises OSError."""
    for name in (BEFORE, NAME):
        for line in lines(folder, name):
            with suppress(msgspec.MsgspecError):
                yield msgspec.json.decode(line, type=Entry)


def lines(folder: int, name: str) -> list[bytes]:
    """A file's lines; none when it is not there. Raises OSError."""
    try:
        handle = os.open(name, _READ, dir_fd=folder)
    except FileNotFoundError:
        return []
    with os.fdopen(handle, "rb") as stream:
        return stream.read().splitlines()

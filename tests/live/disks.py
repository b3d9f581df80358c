"""Real file systems that are full, or nearly."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small_disk(folder: Path, size: str = "128k") -> Iterator[Path]:
    """A file system of that size in the folder's place."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def filled(folder: Path, left: int = 0) -> Iterator[Path]:
    """Leaves so many bytes free, rounded up to pages, while the block runs."""
    path = folder / "filler"
    _fill(path)
    os.truncate(path, path.stat().st_size - left)
    try:
        yield path
    finally:
        path.unlink()


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as stream:
        try:
            while stream.write(b"x" * 512):
                pass
        except OSError:
            return
    raise AssertionError("the disk has no end")


def used(folder: Path) -> int:
    """The bytes that everything below a folder takes on its disk."""
    return sum(one.lstat().st_blocks * 512 for one in folder.rglob("*"))

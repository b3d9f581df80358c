"""The acme.json source: the certificates in Traefik's storage files, never their keys.

Traefik truncates and rewrites a file in place, so a reader may meet none or half of it. Such a read is tried again
for less than a second; what stays broken is an error, never "no certificates". With several files, one that can't be
read does not hide the others: it is listed with `AcmeFile.error`, keeps its last good certificates, and is noted in
`problems`. Only when no file can be read does `read` raise.

Keys never leave the JSON decoder: a hook drops them from every object, and a failed decoding is turned into a plain
value inside the thread, because a JSON error carries the whole text and a traceback carries the frames.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from specter_tui.core.errors import SourceError
from specter_tui.core.model import AcmeFile, AcmeRead
from specter_tui.core.text import visible
from specter_tui.sources.acme_decode import NOT_JSON, Content, Known, decode_content

_SIZE_LIMIT: Final = 64 * 1024 * 1024
# Seconds between two tries, less than one in all. Many short ones: on a busy machine a file that is written over and
# over is half written for a large part of the time, and a few tries may all meet it so.
_PAUSES: Final = (0.02, 0.03, *(0.05,) * 5, *(0.1,) * 4)
_POLL: Final = 2.0  # seconds between two looks where the watch sees nothing
_SHOWN: Final = 300
_ELSEWHERE: Final = "set traefik.acme_files to the storage path of Traefik's certificate resolvers"
_OWNER: Final = (
    "type: sudo specter-tui certs (it has to run as the file's owner or as root), "
    "or set traefik.acme_files to another file"
)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One try to read a file: its content, or why there is none; `again` when a later try may do better."""

    mode: int = 0
    content: Content | None = None
    error: str = ""
    remedy: str = ""
    again: bool = False
    changed_at: datetime | None = None


@dataclass(slots=True)
class _Memory:
    """What is kept of one file between two reads: certificates only, by the digest of their text."""

    known: Known = field(default_factory=dict)
    good: Content | None = None


class AcmeFiles:
    """Reads acme.json files (`core.ports.AcmeSource`)."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = tuple(dict.fromkeys(paths))
        self._memories = {path: _Memory() for path in self._paths}
        self._closed = asyncio.Event()

    async def read(self) -> AcmeRead:
        """The certificates of all files; raises `SourceError` when not one of them could be read."""
        attempts = await asyncio.gather(*(self._read(path) for path in self._paths))
        failed = [one for one in attempts if one.error]
        if failed and len(failed) == len(attempts):
            raise SourceError(failed[0].error, failed[0].remedy)
        contents = [
            attempt.content or self._memories[path].good for path, attempt in zip(self._paths, attempts, strict=True)
        ]
        found = [one for one in contents if one]
        return AcmeRead(
            files=tuple(_file(path, attempt) for path, attempt in zip(self._paths, attempts, strict=True)),
            resolvers=tuple(sorted({name for one in found for name in one.resolvers})),
            certificates=tuple(certificate for one in found for certificate in one.certificates),
            problems=tuple(
                [f"{one.error}; {one.remedy}" for one in failed] + [each for one in found for each in one.problems]
            ),
        )

    async def changes(self) -> AsyncIterator[str]:
        """The path of each file that changed; ends when the source is closed.

        What counts is the file's time, size and number; the watch on the folders only says when to look. So a
        missing folder, or a machine that can't watch, means a look every two seconds.
        """
        last = await asyncio.to_thread(self._signatures)
        async with aclosing(self._wakes()) as wakes:
            async for _ in wakes:
                now = await asyncio.to_thread(self._signatures)
                for path in self._paths:
                    if now[path] != last[path]:
                        yield path
                last = now

    async def close(self) -> None:
        """Ends the watch."""
        self._closed.set()

    async def _read(self, path: str) -> _Attempt:
        memory = self._memories[path]
        attempt = await asyncio.to_thread(_attempt, path, memory)
        for pause in _PAUSES:
            if not attempt.again:
                break
            await asyncio.sleep(pause)
            attempt = await asyncio.to_thread(_attempt, path, memory)
        if attempt.content:
            memory.good = attempt.content
        return attempt

    async def _wakes(self) -> AsyncGenerator[None, None]:
        """One item whenever it is time to look: after an event in a folder, and every two seconds."""
        watchfiles = await asyncio.to_thread(__import__, "watchfiles")
        while not self._closed.is_set():
            folders = await asyncio.to_thread(self._folders)
            if folders:
                try:
                    watch = watchfiles.awatch(
                        *folders,
                        watch_filter=None,
                        debounce=200,
                        stop_event=self._closed,
                        rust_timeout=int(_POLL * 1000),
                        yield_on_timeout=True,
                        recursive=False,
                    )
                    async with aclosing(watch) as events:
                        async for _ in events:
                            yield
                            if await asyncio.to_thread(self._folders) != folders:
                                break
                except (OSError, RuntimeError):
                    folders = []  # out of watches, or the folder went away in between
            if not folders:
                yield
                await self._pause()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(_POLL):
                await self._closed.wait()
        except TimeoutError:
            return

    def _folders(self) -> list[str]:
        """The existing folders of the files, and of what they point to."""
        parents = {folder for path in self._paths for folder in _parents(path)}
        return sorted(str(one) for one in parents if one.is_dir())

    def _signatures(self) -> dict[str, tuple[int, ...]]:
        return {path: _signature(path) for path in self._paths}


def _file(path: str, attempt: _Attempt) -> AcmeFile:
    empty = attempt.content is not None and not attempt.content.resolvers
    return AcmeFile(path, attempt.mode, empty, attempt.error, attempt.changed_at)


def _parents(path: str) -> tuple[Path, ...]:
    try:
        return Path(path).parent, Path(path).resolve().parent
    except (OSError, RuntimeError, ValueError):  # a loop of links, or not a path at all
        return (Path(path).parent,)


def _signature(path: str) -> tuple[int, ...]:
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode


def _attempt(path: str, memory: _Memory) -> _Attempt:
    """One try, in a worker thread. Raises nothing: a traceback would hold the file's text in its frames."""
    shown = visible(path, _SHOWN)
    try:
        mode, changed_at, data = _load(path)
    except FileNotFoundError:
        return _Attempt(error=f"{shown} does not exist", remedy=_ELSEWHERE)
    except PermissionError:
        return _Attempt(error=f"{shown} may not be read by this user", remedy=_OWNER)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        return _Attempt(error=f"{shown} cannot be read: {reason}", remedy=_ELSEWHERE)
    if isinstance(data, str):
        return _Attempt(mode, error=f"{shown} {data}", remedy=_ELSEWHERE)
    if not data.strip():
        return replace(_nothing(shown, mode, memory), changed_at=changed_at)
    content, wrong = decode_content(data, path, memory.known)
    if content is None:
        return _Attempt(mode, error=f"{shown} {wrong}", remedy=_broken_remedy(memory), again=wrong == NOT_JSON)
    memory.known = dict(content.parsed)
    return _Attempt(mode, content, changed_at=changed_at)


def _nothing(shown: str, mode: int, memory: _Memory) -> _Attempt:
    """An empty file: what Traefik makes on a new server, and what a reader meets in the middle of a rewrite."""
    if memory.good and memory.good.certificates:
        held = len(memory.good.certificates)
        text = f"{shown} is empty although it held {held} certificate{'s' if held > 1 else ''}"
        return _Attempt(mode, error=text, remedy=_broken_remedy(memory), again=True)
    return _Attempt(mode, Content(), again=True)


def _broken_remedy(memory: _Memory) -> str:
    again = "Traefik writes it again at its next renewal" if memory.good else "restore it from a backup"
    return f"see whether the disk is full and {again}, or {_ELSEWHERE}"


def _load(path: str) -> tuple[int, datetime, bytes | str]:
    """The permission bits, the time of change and the bytes, or what is wrong with it as the end of a sentence."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)  # a pipe must not hold us up
    try:
        before = os.fstat(handle)
        mode, changed_at = stat.S_IMODE(before.st_mode), datetime.fromtimestamp(before.st_mtime, UTC)
        if not stat.S_ISREG(before.st_mode):
            return mode, changed_at, "is no file; Docker makes a folder when a mounted file is missing"
        if before.st_size > _SIZE_LIMIT:
            return mode, changed_at, f"is larger than {_SIZE_LIMIT >> 20} MiB"
        data = os.read(handle, before.st_size + 1)
        after = os.fstat(handle)
    finally:
        os.close(handle)
    # Rewritten while it was read: the halves of two versions could fit together.
    unchanged = (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
    return mode, changed_at, data if unchanged and len(data) == before.st_size else b"{"

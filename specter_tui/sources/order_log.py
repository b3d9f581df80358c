"""What Traefik's log tells of its orders of certificates in the last days: read only when a renewal is planned.

Unlike `traefik_log`, which looks at the end of this run's log every few seconds, this reads days of it, once. A
container's log is told with the engine's own times, so that it is known how far it reaches, access log or not.
"""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from specter_tui.core.errors import SourceError
from specter_tui.core.logs.decode import LogDecoder, StreamError
from specter_tui.core.renewing.orders import OrderLog, orders_said
from specter_tui.core.settings import DockerSettings
from specter_tui.core.text import visible
from specter_tui.core.traefik_log import LONGEST_LINE, LogEntry, parse_entry, parse_time
from specter_tui.sources.docker_client import EngineClient

if TYPE_CHECKING:
    from docker import APIClient

_PIECE: Final = 256 * 1024
_MOST_BYTES: Final = 256 * 1024 * 1024  # of a file, from its end
_MOST_ENTRIES: Final = 5_000
_SHOWN: Final = 200
_TELLING: Final = (b"SAN certificate", b"Renewing ", b"Traefik version ", b"ACME")
_LEVELS: Final = (b"INF", b"DBG", b"info", b"debug")


class OrderLogs:
    """`core.renewing.ports.OrderLogSource`: `log_file` where Traefik writes one, else its container's log.

    `deadline` is seconds: a log of which that is not enough counts as unread.
    """

    def __init__(self, log_file: str, docker: DockerSettings, deadline: float = 30.0) -> None:
        self._file = log_file
        self._docker = docker
        self._deadline = deadline

    async def read(self, container_id: str, since: datetime) -> OrderLog:
        """What it tells since a moment; raises nothing."""
        where = visible(self._file, _SHOWN) if self._file else "its container's"
        ends = time.monotonic() + self._deadline
        try:
            if self._file:
                return await asyncio.to_thread(_of_file, self._file, where, since, ends)
            engine = EngineClient(self._docker, self._deadline)
            try:
                return await engine.within_deadline(
                    lambda: engine.asked(lambda client: _of_container(client, container_id, where, since, ends))
                )
            finally:
                engine.close()
        except SourceError as error:
            return OrderLog(where, unread=error.sentence())


class _Kept:
    """The lines that matter, and the first time that is seen; one line of a quiet level stands for the level."""

    def __init__(self, since: datetime) -> None:
        self._since = since
        self.begins: datetime | None = None
        self.entries: list[LogEntry] = []
        self._levels: dict[str, LogEntry] = {}

    def take(self, line: bytes) -> None:
        """One line of the log."""
        if len(line) > LONGEST_LINE:
            return
        telling = any(word in line for word in _TELLING)
        level = self.begins is None or (len(self._levels) < len(_LEVELS) and any(word in line for word in _LEVELS))
        if not telling and not level:
            return
        entry = parse_entry(line.decode("utf-8", "replace"))
        if entry is None:
            return
        self.begins = self.begins or entry.at
        if entry.at <= self._since:
            return
        self._levels.setdefault(entry.level, entry)
        if telling and orders_said(entry) and len(self.entries) < _MOST_ENTRIES:
            self.entries.append(entry)

    def told(self, where: str, begins: datetime | None) -> OrderLog:
        """What was kept."""
        known = set(self.entries)
        levels = (one for one in self._levels.values() if one not in known)
        return OrderLog(where, begins or self.begins, tuple(sorted([*self.entries, *levels], key=lambda one: one.at)))


def _of_file(path: str, where: str, since: datetime, ends: float) -> OrderLog:
    kept = _Kept(since)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise SourceError(f"Traefik's log {where} is no file")
            for line in _lines(_pieces(handle, ends, where)):
                kept.take(line)
        finally:
            os.close(handle)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise SourceError(f"Traefik's log {where} can't be read ({reason})") from error
    return kept.told(where, None)


def _pieces(handle: int, ends: float, where: str) -> Iterator[bytes]:
    offset = max(0, os.fstat(handle).st_size - _MOST_BYTES)
    while data := os.pread(handle, _PIECE, offset):
        offset += len(data)
        _demand_time(ends, where)
        yield data


def _of_container(client: APIClient, container_id: str, where: str, since: datetime, ends: float) -> OrderLog:
    """All since the moment, and the very first line's time by a second request that is left at once."""
    kept = _Kept(since)
    inspected = client.inspect_container(container_id)
    tty = bool(inspected.get("Config", {}).get("Tty"))
    with closing(_stream(client, container_id, {}, tty=tty)) as lines:
        begins, _ = next(lines, ("", ""))
    for _, text in _stream(client, container_id, {"since": f"{since.timestamp():.3f}"}, tty=tty):
        kept.take(text.encode("utf-8", "replace"))
        _demand_time(ends, where)
    return kept.told(where, parse_time(begins))


def _stream(
    client: APIClient, container_id: str, asked: dict[str, str], *, tty: bool
) -> Generator[tuple[str, str], None, None]:
    """Time and text of each line; the connection is freed when it is left."""
    path = f"{client.base_url}/v{client.api_version}/containers/{quote(container_id, safe='')}/logs"
    options = {"stdout": "1", "stderr": "1", "timestamps": "1", "follow": "0", "tail": "all", **asked}
    response = client.get(path, params=options, stream=True, timeout=client.timeout)
    try:
        response.raise_for_status()
        decoder = LogDecoder("", tty=tty)
        for data in response.raw.stream(_PIECE, decode_content=False):
            yield from ((line.timestamp, line.text) for line in decoder.feed(data))
        yield from ((line.timestamp, line.text) for line in decoder.end())
    except StreamError as error:
        raise SourceError(f"the log of Traefik's container can't be read: {visible(str(error), _SHOWN)}") from error
    finally:
        response.close()


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
        if len(rest) > LONGEST_LINE:  # no line of Traefik's own
            rest = b""
    if rest:
        yield rest


def _demand_time(ends: float, where: str) -> None:
    if time.monotonic() > ends:
        raise SourceError(f"Traefik's log ({where}) is too long to be read in time")

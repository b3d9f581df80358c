"""The engine's log stream into lines.

Without a terminal each message is a frame: its stream (1 stdout, 2 stderr, 3 an error of the engine), three zero
bytes, its length as four bytes, big-endian (Engine API, "Attach to a container", stream format). With a terminal
there are no frames. Either way every message begins with its timestamp and a blank, because they are asked for. A
line longer than 16 KiB comes as several messages, all but the last without a line end (daemon/logger/copier.go); a
shorter one without it is the last that a process wrote, and the next belongs to another life of the container.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from specter_tui.core.logs.line import LINE_LIMIT, LogLine, Stream

_HEAD: Final = 8
_STREAMS: Final = {0: Stream.STDOUT, 1: Stream.STDOUT, 2: Stream.STDERR}
_ENGINE_SPEAKS: Final = 3
_STAMP: Final = 30  # bytes of 2006-01-02T15:04:05.000000000Z
_PIECE: Final = 16_384  # bytes of a message's text that stands for a part of a line
_ODD_STAMP: Final = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d) ")


class StreamError(ValueError):
    """The bytes are no log stream, or the engine ended it with a message; its text says which."""


@dataclass(slots=True)
class _Open:
    """A line whose end has not come yet."""

    timestamp: str = ""
    parts: list[bytes] = field(default_factory=list)
    size: int = 0


class LogDecoder:
    """Decodes one container's stream piece by piece, wherever the pieces were cut."""

    def __init__(self, container: str, *, tty: bool) -> None:
        self._container = container
        self._tty = tty
        self._rest = b""
        self._open: dict[Stream, _Open] = {}

    def feed(self, data: bytes) -> list[LogLine]:
        """The lines that these bytes complete. Raises StreamError."""
        data = self._rest + data if self._rest else data
        return self._raw(data) if self._tty else self._frames(data)

    def end(self) -> list[LogLine]:
        """What is left when the stream has ended: lines without an end."""
        lines: list[LogLine] = []
        if self._tty and self._rest:
            rest, self._rest = self._rest, b""
            self._terminal_line(rest, lines)
        lines += [self._line(stream, one) for stream, one in self._open.items() if one.size]
        self._open.clear()
        return lines

    def _frames(self, data: bytes) -> list[LogLine]:
        lines: list[LogLine] = []
        place, have = 0, len(data)
        while have - place >= _HEAD:
            end = place + _HEAD + int.from_bytes(data[place + 4 : place + _HEAD], "big")
            kind = data[place]
            if kind > _ENGINE_SPEAKS or data[place + 1 : place + 4] != b"\0\0\0":
                raise StreamError("what came is no log stream")
            if end > have:
                break
            if kind == _ENGINE_SPEAKS:
                raise StreamError(data[place + _HEAD : end].decode(errors="backslashreplace").strip())
            self._message(_STREAMS[kind], data[place + _HEAD : end], lines)
            place = end
        self._rest = data[place:]
        return lines

    def _raw(self, data: bytes) -> list[LogLine]:
        lines: list[LogLine] = []
        *whole, self._rest = data.split(b"\n")
        for one in whole:
            self._terminal_line(one + b"\n", lines)
        if len(self._rest) > 2 * LINE_LIMIT:  # endless without a line end: what is kept of it is bounded
            self._terminal_line(self._rest, lines)
            self._rest = b""
        return lines

    def _terminal_line(self, data: bytes, lines: list[LogLine]) -> None:
        """A line of a container with a terminal, where each further 16 KiB begin with the timestamp again."""
        stamp, _ = _stamp(data)
        step = _STAMP + 1 + _PIECE
        while stamp and len(data) > step and _stamp(data[step : step + _STAMP + 1])[0]:
            self._message(Stream.TTY, data[:step], lines)
            data = data[step:]
        self._message(Stream.TTY, data, lines)

    def _message(self, stream: Stream, data: bytes, lines: list[LogLine]) -> None:
        stamp, begin = _stamp(data)
        one = self._open.get(stream)
        ends = data.endswith(b"\n") or (not self._tty and len(data) - begin < _PIECE)
        if one is None and ends and len(data) - begin <= LINE_LIMIT:
            text = data[begin:].removesuffix(b"\n").removesuffix(b"\r").decode(errors="backslashreplace")
            lines.append(LogLine(self._container, stream, stamp, text))
            return
        if one is None:
            one = self._open[stream] = _Open(stamp)
        kept = data[begin : begin + max(0, LINE_LIMIT - one.size)]
        if kept:
            one.parts.append(kept)
        one.size += len(data) - begin
        if ends:
            del self._open[stream]
            lines.append(self._line(stream, one))

    def _line(self, stream: Stream, one: _Open) -> LogLine:
        text = b"".join(one.parts)
        cut = one.size - len(text)
        if not cut:
            text = text.removesuffix(b"\n").removesuffix(b"\r")
        return LogLine(self._container, stream, one.timestamp, text.decode(errors="backslashreplace"), cut)


def _stamp(data: bytes) -> tuple[str, int]:
    """A message's timestamp with nine digits, in UTC, and where its text begins; empty and 0 when it has none."""
    if data[_STAMP - 1 : _STAMP + 1] == b"Z " and data[10:11] == b"T" and data[19:20] == b".":
        return data[:_STAMP].decode("ascii", "replace"), _STAMP + 1
    match = _ODD_STAMP.match(data)
    if match is None:
        return "", 0
    seconds, fraction, zone = (one.decode("ascii") for one in match.groups(b""))
    try:
        moment = datetime.fromisoformat(seconds + ("+00:00" if zone == "Z" else zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return "", 0
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction[1:]:0<9}Z", match.end()

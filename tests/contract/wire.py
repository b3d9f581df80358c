"""HTTP on a unix socket, one connection a request, so that a test sees the bytes that an engine sends."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer; `headers` has lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body's JSON."""
        return json.loads(self.body)

    @property
    def message(self) -> str:
        """What a refusal says; the real engine tells clients older than 1.24 in plain text."""
        plain = self.headers["content-type"].startswith("text/plain")
        return self.body.decode() if plain else str(self.json()["message"])


class Wire:
    """Asks the engine at a socket."""

    def __init__(self, sock: Path) -> None:
        self._sock = sock

    def get(self, path: str, /, **query: object) -> Answer:
        """A GET's answer, to its end."""
        return self.ask("GET", path, **query)

    def post(self, path: str, /, **query: object) -> Answer:
        """A POST's answer."""
        return self.ask("POST", path, **query)

    def ask(self, method: str, path: str, /, **query: object) -> Answer:
        """The answer to one request."""
        with self.stream(path, method=method, **query) as response:
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers, response.read())

    @contextmanager
    def stream(self, path: str, /, *, method: str = "GET", **query: object) -> Iterator[http.client.HTTPResponse]:
        """An answer that is read as it comes."""
        connection = http.client.HTTPConnection("engine", timeout=_SECONDS)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(_SECONDS)
        connection.sock.connect(str(self._sock))
        try:
            connection.request(method, f"{path}?{urlencode(query)}" if query else path)
            yield connection.getresponse()
        finally:
            connection.close()


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a log."""

    stream: int
    text: str


def frames(body: bytes) -> list[Frame]:
    """A log's body taken apart; fails when a header is none."""
    found = []
    while body:
        stream, zeros, length = body[0], body[1:4], int.from_bytes(body[4:8], "big")
        assert stream in {1, 2}
        assert zeros == b"\0\0\0"
        assert len(body) >= 8 + length
        found.append(Frame(stream, body[8 : 8 + length].decode()))
        body = body[8 + length :]
    return found

"""An engine on a unix socket that misbehaves on purpose: only for faults that no real engine shows on demand."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

Answer = Callable[["Handler"], None]
VERSION = {"ApiVersion": "1.41", "Version": "20.10.24"}


class Handler(BaseHTTPRequestHandler):
    """Answers by the path's last part, out of the server's table."""

    protocol_version = "HTTP/1.1"
    server: FakeEngine

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.asked.append(path)
        key = next((one for one in self.server.answers if path.endswith(one)), "")
        if key:
            self.server.answers[key](self)
        else:
            self.give({"message": "page not found"}, 404)

    def give(self, document: object, status: int = 200) -> None:
        self.give_bytes(document if isinstance(document, bytes) else json.dumps(document).encode(), status)

    def give_bytes(self, body: bytes, status: int = 200, missing: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) + missing))
        self.end_headers()
        self.wfile.write(body)

    def give_truncated(self, body: bytes) -> None:
        self.give_bytes(body, missing=100)
        self.close_connection = True

    def stream(self, *chunks: bytes, finish: bool = False) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            self.wfile.flush()
        if finish:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def reset(self) -> None:
        self.close_connection = True

    def hang(self) -> None:
        self.server.released.wait(20)
        self.close_connection = True

    def drip(self) -> None:
        """One byte at a time: never silent for long, never done."""
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        while not self.server.released.is_set():
            try:
                self.wfile.write(b" ")
            except OSError:
                break
            time.sleep(0.02)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


class FakeEngine(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Serves `answers`: the end of a path to what is done for it."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked: list[str] = []
        self.released = threading.Event()
        self.answers: dict[str, Answer] = {
            "/version": lambda h: h.give(VERSION),
            "/info": lambda h: h.give({"Name": "vps"}),
            "/containers/json": lambda h: h.give([]),
        }
        super().__init__(str(path), Handler)

    @property
    def host(self) -> str:
        return f"unix://{self.path}"

    def handle_error(self, *_: object) -> None:
        """A client that gave up is what the tests are about."""


@contextmanager
def fake_engine(folder: Path) -> Iterator[FakeEngine]:
    """A running fake with its socket in `folder`."""
    server = FakeEngine(folder / "docker.sock")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()

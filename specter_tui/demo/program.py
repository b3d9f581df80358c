"""The program in every sample container: `program.py CONDUCT NAME [PORT]`, with the standard library alone.

It runs by its path in an interpreter of its own, so that a dozen of them start within a second. CONTAINER_ADDRESS is
where it listens; SICK=1 makes its health check fail.
"""

from __future__ import annotations

import itertools
import os
import socketserver
import sys
import time
from collections.abc import Callable, Mapping
from html import escape
from http.server import BaseHTTPRequestHandler

ADDRESS = os.environ.get("CONTAINER_ADDRESS", "127.0.0.1")
SICK = os.environ.get("SICK") == "1"
_WORK_SECONDS = 0.4
_CRASH_SECONDS = 0.3


class Page(BaseHTTPRequestHandler):
    """A page on every path, which names its visitor, and /health."""

    protocol_version = "HTTP/1.1"
    server_version = "demo"
    sys_version = ""
    timeout = 60
    name = ""

    def do_GET(self) -> None:
        """Answers."""
        path = self.path.partition("?")[0]
        if path == "/health":
            self._answer(503 if SICK else 200, {"Content-Type": "text/plain"}, "sick\n" if SICK else "ok\n")
        else:
            who = self.headers.get("X-Auth-Email") or self.headers.get("X-Auth-User") or "nobody that we know"
            body = f"<h1>{self.name}</h1><p>{escape(self.path)}</p><p>You are {escape(who)}.</p>"
            text = f"<!doctype html><title>{self.name}</title>{body}\n"
            self._answer(200, {"Content-Type": "text/html; charset=utf-8"}, text)

    do_HEAD = do_GET  # noqa: N815  the name that http.server asks for

    def _answer(self, status: int, headers: Mapping[str, str], text: str) -> None:
        body = text.encode()
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the signature of http.server
        """A line a request, but none for the health check, which would drown the others."""
        if not self.path.startswith("/health"):
            say("INFO", self.name, format % args)


class Echo(socketserver.BaseRequestHandler):
    """Gives back what it gets."""

    def handle(self) -> None:
        """Until the other side closes."""
        while data := self.request.recv(4096):
            self.request.sendall(data)


class Server(socketserver.ThreadingTCPServer):
    """One thread a connection; unlike HTTPServer it asks no name server for its own name."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing of a visitor who left early, as probes do."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # passed on as it came


def say(level: str, name: str, text: str) -> None:
    """A line of log; errors are coloured, as many programs colour theirs in containers too."""
    stream = sys.stderr if level == "ERROR" else sys.stdout
    shown = f"\x1b[31m{level}\x1b[0m" if level == "ERROR" else f"{level:<5}"
    stream.write(f"{shown} {name}: {text}\n")
    stream.flush()


def listen(handler: type[socketserver.BaseRequestHandler], name: str, port: int) -> None:
    """Serves until the process is ended."""
    with Server((ADDRESS, port), handler) as server:
        say("INFO", name, f"listening on {ADDRESS}:{port}")
        server.serve_forever()


def serve(name: str, port: int) -> None:
    """The pages."""
    listen(type("NamedPage", (Page,), {"name": name}), name, port)


def echo(name: str, port: int) -> None:
    """The TCP service."""
    listen(Echo, name, port)


def work(name: str, _: int) -> None:
    """Jobs for ever, with a log that has something to find."""
    for number in itertools.count(1):
        if number % 25 == 0:
            say("ERROR", name, f"job {number} failed: the disk of photos is 91 % full")
        elif number % 7 == 0:
            say("WARN", name, f"job {number} took {900 + number % 50} ms, more than 500 ms")
        else:
            say("INFO", name, f"job {number} done in {20 + number * 7 % 80} ms")
        time.sleep(_WORK_SECONDS)


def crash(name: str, _: int) -> None:
    """Ends with 3, as a program with a wrong setting does."""
    say("INFO", name, "reading /config/importer.yml")
    time.sleep(_CRASH_SECONDS)
    say("ERROR", name, "IMPORT_TOKEN is not set")
    sys.exit(3)


CONDUCTS: Mapping[str, Callable[[str, int], None]] = {
    "serve": serve,
    "echo": echo,
    "work": work,
    "crash": crash,
}

if __name__ == "__main__":
    CONDUCTS[sys.argv[1]](sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0)  # noqa: PLR2004  the port

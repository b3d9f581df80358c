"""Traefik and the Docker Engine as one process of their own, so that what they cost is not measured.

`python -m tests.bench.stand_in FOLDER ROUTES CONTAINERS` serves the API on a free port of loopback and the engine on
FOLDER/docker.sock, writes FOLDER/config.toml for them and then the API's address. `change` on its standard input
makes the next answers differ in one router and one container, `break` makes the engine fail; each is answered by `ok`.
It ends with its input.
"""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import world
from tests.certs import Made, acme_json, make_certificate
from tests.fake_engine import FakeEngine, Handler, fake_engine


class _Traefik(ThreadingHTTPServer):
    """The API, and on a second port an entry point at which every visitor is turned away."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, bodies: dict[str, bytes]) -> None:
        self.bodies = bodies
        super().__init__(("127.0.0.1", 0), _Answer)

    def handle_error(self, request: object, client_address: object) -> None:
        """A dashboard may hang up at any time."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # typeshed's are unions of its own


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one packet
    server: _Traefik

    def do_GET(self) -> None:
        body = self.server.bodies.get(self.path)
        self.send_response(307 if body is None else 200)
        if body is None:
            self.send_header("Location", f"https://auth.{world.DOMAIN}/?redirect=x")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        if body and self.command == "GET":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    """Serves until the standard input ends."""
    folder, routes, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    bodies = {
        "/api/version": json.dumps(world.VERSION).encode(),
        "/api/entrypoints": json.dumps(world.ENTRY_POINTS).encode(),
        "/api/support-dump": world.DUMP,
        "/api/overview": b'{"providers": ["Docker", "File"]}',
    }
    made = make_certificate(
        world.DOMAIN,
        f"*.{world.DOMAIN}",
        not_before=datetime.now(UTC) - timedelta(days=10),  # noqa: TID251  a certificate that is valid when it is read
    )
    with _served(_Traefik(bodies)) as api, _served(_entry_point(folder, made)) as edge, fake_engine(folder) as engine:
        engine.answers["/version"] = lambda handler: handler.give(world.ENGINE)
        engine.answers["/events"] = _silent
        _configure(folder, api, edge, engine, made)
        _turn(bodies, engine, routes, count, 0)
        sys.stdout.write(f"http://127.0.0.1:{api}\n")
        sys.stdout.flush()
        for turn, line in enumerate(sys.stdin, 1):
            if line.strip() == "break":
                engine.answers["/containers/json"] = lambda handler: handler.give({"message": "out of order"}, 500)
            else:
                _turn(bodies, engine, routes, count, turn)
            sys.stdout.write("ok\n")
            sys.stdout.flush()


@contextmanager
def _served(server: ThreadingHTTPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _entry_point(folder: Path, made: Made) -> ThreadingHTTPServer:
    """What stands at websecure: it turns everybody away, over TLS."""
    (folder / "edge.pem").write_text(made.key + made.chain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "edge.pem")
    server = _Traefik({})
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    return server


def _configure(folder: Path, api: int, edge: int, engine: FakeEngine, made: Made) -> None:
    acme = folder / "acme.json"
    acme.write_text(acme_json({"le": [made]}))
    acme.chmod(0o600)
    config = folder / "config.toml"
    config.write_text(
        f'[traefik]\napi_url = "http://127.0.0.1:{api}"\nacme_files = ["{acme}"]\n'
        f'[docker]\nhost = "{engine.host}"\n'
        f'[protection]\nauth_host = "auth.{world.DOMAIN}"\n'
        f'[probe]\naddresses = {{ websecure = "127.0.0.1:{edge}" }}\n'
    )
    config.chmod(0o600)


def _turn(bodies: dict[str, bytes], engine: FakeEngine, routes: int, count: int, turn: int) -> None:
    bodies["/api/rawdata"] = json.dumps(world.raw_data(routes, turn)).encode()
    listing = json.dumps(world.containers(count, turn)).encode()
    engine.answers["/containers/json"] = lambda handler: handler.give(listing)


def _silent(handler: Handler) -> None:
    """An engine in which nothing happens: the stream begins, and nothing comes."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.server.released.wait()
    handler.close_connection = True


@dataclass(frozen=True)
class StandIn:
    """The running stand-ins as the benchmarks use them."""

    api_url: str
    folder: Path
    process: subprocess.Popen[str]

    @property
    def config(self) -> Path:
        """A configuration that reads all four sources."""
        return self.folder / "config.toml"

    @property
    def environment(self) -> dict[str, str]:
        """What makes `specter-tui` use it."""
        return {"SPECTER_CONFIG": str(self.config)}

    def tell(self, word: str) -> None:
        """`change` or `break`; returns when it holds."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ok\n"


@contextmanager
def stand_in(routes: int, containers: int) -> Iterator[StandIn]:
    """The stand-ins while the block runs."""
    with TemporaryDirectory(prefix="specter-bench-") as name:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.stand_in", name, str(routes), str(containers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            api_url = process.stdout.readline().strip()
            if not api_url:
                raise RuntimeError("the stand-ins did not start")
            yield StandIn(api_url, Path(name), process)
        finally:
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


if __name__ == "__main__":
    main()

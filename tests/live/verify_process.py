"""The protected site as processes on loopback: Traefik with the file provider, and `python -m verify_service`.

The middleware is the one that compose/traefik.yml defines, read from its labels, and the entry point has the headers
middleware of traefik/dynamic: what is tested is what runs on a server.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from tests.live.certificates import Authority
from tests.live.harness import DOMAIN, ROOT, eventually
from tests.live.verify_parts import running_parts
from tests.live.verify_site import ADMINS, GUARDS, OPEN, VerifySite, forward_auth, settings, status_of
from tests.traefik_process import traefik

_PATIENCE: Final = 20.0


class VerifyProcess:
    """`python -m verify_service` on a port of loopback."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "verify.log"
        self._log.touch()
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped since."""
        return self._process is not None

    @property
    def base_url(self) -> str:
        """Where it answers itself."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def log(self) -> str:
        """All that it wrote so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def start(self, settings: Mapping[str, str]) -> None:
        """Starts it and waits until it answers."""
        own = {"PATH": os.defpath, "PORT": str(self._port), "BIND": "127.0.0.1"}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "verify_service"], cwd=ROOT, env={**own, **settings}, stdout=log, stderr=log
            )
        eventually(self._answers, "the verify service")

    def stop(self) -> None:
        """Ends it in order."""
        if self._process is not None:
            self._process.terminate()
            assert self._process.wait(_PATIENCE) == 0, self.log
            self._process = None

    def _answers(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise RuntimeError(f"the verify service ended with {self._process.returncode}:\n{self.log}")
        return status_of(f"{self.base_url}/healthz") == 200


@contextmanager
def running_processes(folder: Path, *, binary: str = "", library: Path | None = None) -> Iterator[VerifySite]:
    """The site, up and ready; `binary` is another Traefik than the installed one, `library` the component's."""
    authority = Authority.make()
    chain, key = authority.issue([f"*.{DOMAIN}"], days=1)
    for name, text in (("site.crt", chain), ("site.key", key)):
        (folder / name).write_text(text)
    service = VerifyProcess(folder)
    with running_parts(library) as (background, descope, application):
        dynamic = _dynamic(folder, service.base_url, f"http://127.0.0.1:{application.port}")
        entry = {"websecure": {"http": {"tls": {}, "middlewares": ["identity-headers@file"]}}}
        with traefik(folder / "traefik", dynamic, {"entryPoints": entry}, path=binary) as proxy:
            proxy.eventually("/api/http/routers/app@file", lambda router: router["status"] == "enabled")
            https = proxy.ports["websecure"]
            chosen = settings(https, descope.base_url)
            site = VerifySite(authority, https, background, descope, application, service, chosen)
            try:
                site.start()
                site.until_ready()
                yield site
            finally:
                site.stop()


def _dynamic(folder: Path, verify: str, application: str) -> dict[str, Any]:
    headers = YAML(typ="safe").load((ROOT / "traefik/dynamic/identity-headers.yml").read_text())
    login = f"Host(`auth.{DOMAIN}`) && !PathPrefix(`/verify`) && !Path(`/healthz`) && !Path(`/readyz`)"
    routers = {name: _router(name, ADMINS if policy else "verify") for name, policy in GUARDS.items()}
    routers |= {OPEN: _router(OPEN), "auth": {**_router("auth"), "rule": login, "service": "verify"}}
    return {
        "http": {
            "routers": routers,
            "middlewares": headers["http"]["middlewares"]
            | {"verify": _middleware(f"{verify}/verify"), ADMINS: _middleware(f"{verify}/verify?{GUARDS['admin']}")},
            "services": {
                "verify": {"loadBalancer": {"servers": [{"url": verify}]}},
                "application": {"loadBalancer": {"servers": [{"url": application}]}},
            },
        },
        "tls": {"certificates": [{"certFile": str(folder / "site.crt"), "keyFile": str(folder / "site.key")}]},
    }


def _router(name: str, *middlewares: str) -> dict[str, Any]:
    rule = f"Host(`{name}.{DOMAIN}`)"
    return {"rule": rule, "entryPoints": ["websecure"], "service": "application", "middlewares": list(middlewares)}


def _middleware(address: str) -> dict[str, Any]:
    """The forwardAuth of compose/traefik.yml with another address."""
    options = forward_auth()
    lists = {name: value.split(",") for name, value in options.items() if name == "authResponseHeaders"}
    return {"forwardAuth": {**options, **lists, "address": address, "trustForwardHeader": False}}


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])

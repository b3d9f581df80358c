"""A whole protected site: real Traefik -> real verify service -> emulated Descope, and an application.

Two forms of it hold for the same tests: `verify_process` (processes on loopback) and `verify_container` (the image on
a real engine, behind the stack of compose/).
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

from ruamel.yaml import YAML

from specter_tui.demo.descope import PROJECT, DescopeEmulator
from tests.live.certificates import Authority
from tests.live.harness import DOMAIN, ROOT, eventually
from tests.live.verify_parts import Application, Background

GUARDS: Final[Mapping[str, str]] = {
    "app": "",
    "wiki": "",
    "admin": "roles=admin",
}  # protected hosts, and their policies
OPEN: Final = "open"  # the host that nobody protects
ADMINS: Final = "verify-admin"  # the middleware with a policy
HTTPS: Final = 443
_LABEL: Final = "traefik.http.middlewares.descope-verify.forwardauth."


class Form(StrEnum):
    """What the parts of a site are."""

    PROCESSES = "processes"
    CONTAINERS = "containers"


class Service(Protocol):
    """The verify service, however it runs."""

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped since."""

    @property
    def base_url(self) -> str:
        """Where it answers itself, past Traefik."""

    @property
    def log(self) -> str:
        """All that it wrote so far."""

    def start(self, settings: Mapping[str, str]) -> None:
        """Starts it and waits until it answers, and Traefik knows it."""

    def stop(self) -> None:
        """Stops it as a container's end does; it has to end with 0."""


@dataclass
class VerifySite:
    """The running site; `settings` are the verify service's, and hold from its next start on."""

    authority: Authority
    https: int  # Traefik's port for visitors
    background: Background
    descope: DescopeEmulator
    application: Application
    service: Service
    settings: dict[str, str]
    _usual: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Takes the settings of now for the usual ones."""
        self._usual = dict(self.settings)

    def url(self, name: str, path: str = "/") -> str:
        """An address of the host NAME.DOMAIN."""
        return f"https://{with_port(f'{name}.{DOMAIN}', self.https)}{path}"

    @property
    def log(self) -> str:
        """All that the verify service wrote so far."""
        return self.service.log

    def start(self, **settings: str) -> None:
        """Starts the verify service; `settings` change those of before."""
        self.settings |= settings
        self.service.start(self.settings)

    def stop(self) -> None:
        """Stops the verify service."""
        if self.service.running:
            self.service.stop()

    def restart(self, **settings: str) -> None:
        """Stops and starts it."""
        self.stop()
        self.start(**settings)

    def recover(self) -> None:
        """Brings everything back to where it was once a test has changed it."""
        self.descope.faults.clear()
        self.application.seen.clear()
        if not self.descope.listening:
            self.descope_up()
        if not self.service.running or self.settings != self._usual:
            self.stop()
            self.settings = dict(self._usual)
            self.start()
            self.until_ready()

    def status(self, path: str) -> int:
        """The status that the verify service itself answers with, past Traefik; 0 when it can't be reached."""
        return status_of(f"{self.service.base_url}{path}")

    def until_ready(self) -> None:
        """Waits until it has Descope's keys."""
        eventually(lambda: self.status("/readyz") == 200, "the keys")

    def descope_down(self) -> None:
        """Descope's port is closed."""
        self.background.run(self.descope.pause())

    def descope_up(self) -> None:
        """Descope is back, with everything remembered."""
        self.background.run(self.descope.resume())


def with_port(host: str, port: int) -> str:
    """The host as browsers write it."""
    return host if port == HTTPS else f"{host}:{port}"


def status_of(url: str) -> int:
    """The status of a GET; 0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  of this machine
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def settings(https: int, descope: str) -> dict[str, str]:
    """The verify service's settings on a site whose visitors come to this port."""
    return {
        "DESCOPE_PROJECT_ID": PROJECT,
        "DESCOPE_BASE_URI": descope,
        "SESSION_SECRET": "a-secret-of-the-tests-that-is-long-enough",
        "COOKIE_DOMAIN": DOMAIN,
        "AUTH_HOST": with_port(f"auth.{DOMAIN}", https),
        "PUBLIC_PORTS": str(https),
        "DEFAULT_POLICY": "any",
        "DESCOPE_TIMEOUT": "30",  # how busy the machine is must not decide a test
        "LOGIN_RATE": "100000/min",
        "LOG_LEVEL": "DEBUG",
    }


def forward_auth() -> Mapping[str, str]:
    """The options of the middleware that compose/traefik.yml defines by labels."""
    labels: Mapping[str, str] = compose_file("traefik.yml")["services"]["traefik"]["labels"]
    return {name.removeprefix(_LABEL): value for name, value in labels.items() if name.startswith(_LABEL)}


def compose_file(name: str) -> dict[str, Any]:
    """A file of compose/."""
    document: dict[str, Any] = YAML(typ="safe").load((ROOT / "compose" / name).read_text())
    return document

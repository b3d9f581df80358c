"""The sample applications and Traefik as containers of the local engine."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from specter_tui.demo import program
from specter_tui.demo.descope import PROJECT
from specter_tui.demo.engine import ContainerSpec, HealthCheck, Published, Restart
from specter_tui.demo.layout import Ports
from specter_tui.demo.pebble import PEBBLE, PORT, Pebble
from specter_tui.demo.sample import AUTH_HOST, DOMAIN, NETWORK, VERIFY_PORT, App, Conduct, traefik_labels

TRAEFIK: Final = "traefik"
SECRET_FILE: Final = "session-secret"  # noqa: S105  a file's name
_PROJECT: Final = "home"
_CHECK_SECONDS: Final = 0.5  # the first check comes that long after the start


@dataclass(frozen=True, slots=True)
class World:
    """What all specs of one demo share.

    `traefik` is the program, `packages` the folder that the verify service's package stands in, `verify` the loopback
    address that it gets, and `descope` the base URL of the emulated Descope. `pebble` is None where there is none.
    """

    folder: Path
    ports: Ports
    traefik: str
    packages: Path
    verify: str
    descope: str
    pebble: Pebble | None = None

    @property
    def verify_url(self) -> str:
        """Where Traefik asks."""
        return f"http://{self.verify}:{VERIFY_PORT}/verify"

    @property
    def auth_host(self) -> str:
        """The sign-in host with its port."""
        return f"{AUTH_HOST}:{self.ports.websecure}"


def loopback_address() -> str:
    """One of 16 million, of which hardly any is in use."""
    return f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}.{2 + secrets.randbelow(252)}"


def container_specs(apps: Sequence[App], world: World) -> tuple[ContainerSpec, ...]:
    """All containers; Traefik, which comes first, is not started with the others."""
    own = (_traefik(world), *([_pebble(world.pebble, world.folder)] if world.pebble else []))
    return (*own, *(spec for app in apps for spec in _copies(app, world)))


def _traefik(world: World) -> ContainerSpec:
    """Not started at once: an event between its first list and its subscription would be lost (observed)."""
    ports = (world.ports.web, world.ports.websecure, world.ports.api, world.ports.database)
    return ContainerSpec(
        name=TRAEFIK,
        image="specter-demo/traefik:1",
        command=(world.traefik, f"--configFile={world.folder / 'traefik.yml'}"),
        told=("traefik", "--configFile=traefik.yml"),
        environment={"HOME": str(world.folder), **(world.pebble.of_traefik(world.folder) if world.pebble else {})},
        labels=_compose_labels(TRAEFIK) | traefik_labels(world.verify_url),
        networks=(NETWORK,),
        ports=ports,
        published=tuple(Published(port, port) for port in ports),
        restart=Restart.UNLESS_STOPPED,
        folder=str(world.folder),
        mounts=(str(world.folder / "acme.json"), str(world.folder / "dynamic")),
        started=False,
    )


def _pebble(pebble: Pebble, folder: Path) -> ContainerSpec:
    return ContainerSpec(
        name=PEBBLE,
        image="specter-demo/pebble:1",
        command=pebble.command(folder),
        told=(PEBBLE, *pebble.command(folder)[1:]),
        environment=pebble.environment,
        labels=_compose_labels(PEBBLE),
        networks=(NETWORK,),
        address=pebble.address,
        ports=(PORT,),
        folder=str(folder),
        stop_timeout=2,
    )


def _copies(app: App, world: World) -> Iterator[ContainerSpec]:
    for number in range(1, app.copies + 1):
        sick = number > app.copies - app.sick
        words = (app.conduct, app.name, *((str(app.port),) if app.port else ()))
        common = ContainerSpec(
            name=app.name if app.copies == 1 else f"{app.name}-{number}",
            image=f"specter-demo/{app.name}:1",
            command=(sys.executable, "-I", "-S", program.__file__, *words),
            told=("python", "program.py", *words),
            environment={"SICK": "1"} if sick else {},
            labels=_compose_labels(app.name, number) | dict(app.labels),
            networks=(NETWORK,) if app.port else ("bridge",),
            ports=(app.port,) if app.port else (),
            health=_health(app),
            restart=Restart.ALWAYS if app.conduct is Conduct.CRASH else Restart.UNLESS_STOPPED,
            stop_timeout=2,
        )
        yield _verify(common, world) if app.conduct is Conduct.VERIFY else common


def _verify(common: ContainerSpec, world: World) -> ContainerSpec:
    """The real verify service, as its image runs it."""
    settings = {
        "DESCOPE_PROJECT_ID": PROJECT,
        "DESCOPE_BASE_URI": world.descope,
        "SESSION_SECRET_FILE": str(world.folder / SECRET_FILE),
        "COOKIE_DOMAIN": DOMAIN,
        "AUTH_HOST": world.auth_host,
        "PUBLIC_PORTS": str(world.ports.websecure),
        "PORT": str(VERIFY_PORT),
        "BIND": world.verify,
        "DEFAULT_POLICY": "any",
        "LOG_FORMAT": "console",
        "SHUTDOWN_GRACE": "1",
    }
    health = HealthCheck(port=VERIFY_PORT, path="/healthz", interval=_CHECK_SECONDS, timeout=5, start_period=15)
    module = ("-m", "verify_service")
    return replace(
        common,
        command=(sys.executable, *module),
        told=("python", *module),
        environment=settings,
        beside={"PYTHONPATH": str(world.packages)},
        address=world.verify,
        health=health,
    )


def _health(app: App) -> HealthCheck | None:
    if not app.is_checked:
        return None
    return HealthCheck(port=app.port, path="/health", interval=_CHECK_SECONDS, timeout=5, retries=2)


def _compose_labels(service: str, number: int = 1) -> dict[str, str]:
    base = "com.docker.compose"
    return {f"{base}.project": _PROJECT, f"{base}.service": service, f"{base}.container-number": str(number)}

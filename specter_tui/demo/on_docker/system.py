"""Brings the stack up on a real engine, in a folder and under a project of its own, and removes all of it again."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from specter_tui.core.stack import ACME_FILE, DYNAMIC_DIR, StackFile
from specter_tui.core.text import visible
from specter_tui.demo.certificates import CA_FILE, Authority, Storage
from specter_tui.demo.folder import DemoError, default_parent, own_folder, write_files
from specter_tui.demo.layout import Configuration, Demo, addresses, config_toml
from specter_tui.demo.on_docker.descope import HOST, descope_files
from specter_tui.demo.on_docker.document import COMPOSE_FILE, Plan, adapted
from specter_tui.demo.on_docker.engine import (
    CommandError,
    DockerCommand,
    find_docker,
    provide_images,
    remove_abandoned_projects,
    remove_project,
)
from specter_tui.demo.on_docker.services import PAGES, SECRET_FILE
from specter_tui.demo.on_docker.verify_image import VARIABLE, VerifySources, provide_verify_image
from specter_tui.demo.ports import on_free_ports
from specter_tui.demo.ready import until_served
from specter_tui.demo.sample import AUTH_HOST, DOMAIN, VERIFY_PORT, VERIFY_SERVICE, sample_apps

LayOut = Callable[[Path, Sequence[StackFile]], None]
IMAGES: Final = {
    "TRAEFIK_IMAGE": "traefik:v2.11.53",
    "HAPROXY_IMAGE": "haproxy:3.2-alpine",
    "WHOAMI_IMAGE": "busybox:1.37",
}
_PREFERRED: Final = (8000, 8443, 8080, 0)
_AWAITED: Final = ("dashboard", "wiki", "photos", VERIFY_SERVICE)
_UNSEEN: Final = "bind source path does not exist"  # an engine in a container or a snap has a /tmp of its own
_SHOWN: Final = 300
_START_SECONDS: Final = 90.0


@contextlib.asynccontextmanager
async def running_on_docker(
    files: Sequence[StackFile],
    lay_out: LayOut,
    verify: VerifySources,
    say: Callable[[str], None],
    parent: Path | None = None,
) -> AsyncIterator[Demo]:
    """The demo on this machine's engine, started; everything ends when the context is left.

    `files` are the stack's, which `lay_out` puts below a folder; `verify` is what its image is made of; `say` gets a
    line about what takes its time. DemoError says what is missing.
    """
    parent = parent or default_parent()
    docker = await find_docker(os.environ)
    await remove_abandoned_projects(docker)
    images = {name: os.environ.get(name) or image for name, image in IMAGES.items()}
    await provide_images(docker, images, say)
    images[VARIABLE] = await provide_verify_image(docker, verify, os.environ, parent, say)
    docker = docker.knowing({**images, "DOMAIN": DOMAIN, "DOCKER_SOCKET": docker.socket})
    say("starting the stack and the sample applications ...")

    def start(ports: tuple[int, ...]) -> AbstractAsyncContextManager[Demo]:
        return _started(docker, files, lay_out, parent, ports)

    async with on_free_ports(start, *_PREFERRED) as demo:
        yield demo


@contextlib.asynccontextmanager
async def _started(
    docker: DockerCommand, files: Sequence[StackFile], lay_out: LayOut, parent: Path, ports: tuple[int, ...]
) -> AsyncIterator[Demo]:
    with own_folder(parent) as folder:
        plan = _plan(docker, folder, ports)
        _write(folder, plan, docker, files, lay_out)
        try:
            await _up(docker, folder, plan)
            await _served(docker, plan)
            opened = addresses(plan.websecure, plan.api, folder / CA_FILE)
            yield Demo(folder, (f"http://{HOST}:{plan.descope}/", *opened))
        finally:
            await remove_project(docker, plan.project, plan.folder)


def _plan(docker: DockerCommand, folder: Path, ports: tuple[int, ...]) -> Plan:
    # Where the engine runs as this user (rootless), root in a container is this user too.
    mine = Path(docker.socket).stat().st_uid == os.getuid()
    user = "0:0" if mine else f"{os.getuid()}:{os.getgid()}"
    return Plan(folder.name, str(folder), user, *ports)


def _write(folder: Path, plan: Plan, docker: DockerCommand, files: Sequence[StackFile], lay_out: LayOut) -> None:
    now = datetime.now(UTC)  # noqa: TID251  the demo's certificates are made for this moment
    authority = Authority(now)
    apps = sample_apps(secrets.token_urlsafe(), regexp=False)
    stack = adapted(files, apps, plan, Storage(authority, now).one_resolver())
    own = {**PAGES, **descope_files()}
    lay_out(folder, (*stack, *(StackFile(path, text) for path, text in own.items())))
    configuration = Configuration(
        api_url=f"http://127.0.0.1:{plan.api}",
        acme_file=str(folder / ACME_FILE),
        dynamic_dir=str(folder / DYNAMIC_DIR),
        docker_host=f"unix://{docker.socket}",
        network=plan.network("traefik-proxy"),
        verify_url=f"http://{VERIFY_SERVICE}:{VERIFY_PORT}/verify",
        middleware=f"{plan.prefix}descope-verify@docker",
        auth_host=f"{AUTH_HOST}:{plan.websecure}",
        compose_dir=str(folder),
    )
    secret = secrets.token_hex(32)
    write_files(folder, {CA_FILE: authority.pem, SECRET_FILE: secret, "config.toml": config_toml(configuration)})


async def _up(docker: DockerCommand, folder: Path, plan: Plan) -> None:
    compose = folder / COMPOSE_FILE
    command = ("compose", "--project-name", plan.project, "--project-directory", str(compose.parent))
    try:
        await docker.run(*command, "--file", str(compose), "up", "--detach")
    except CommandError as error:
        remedy = "name a folder that the engine sees too: --dir DIR" if _UNSEEN in error.message else ""
        raise DemoError(f"docker compose could not bring the demo up ({error.message})", remedy) from None


async def _served(docker: DockerCommand, plan: Plan) -> None:
    """Waits for Traefik; when it does not serve, the end of its log tells why."""
    routers = tuple(f"{plan.prefix}{name}@docker" for name in _AWAITED)
    try:
        await until_served(plan.api, routers, _START_SECONDS)
    except DemoError as error:
        log = await docker.lines("logs", "--tail", "1", f"{plan.project}-traefik-1")
        raise DemoError(error.message, f"its log ends: {visible(log[-1], _SHOWN)}" if log else "") from None

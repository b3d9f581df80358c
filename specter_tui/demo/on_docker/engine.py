"""`docker` as the demo uses it: on this machine's engine only, and never on a container that is not the demo's."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from specter_tui.core.text import visible
from specter_tui.demo.folder import PREFIX, DemoError, is_abandoned
from specter_tui.demo.on_docker.document import FOLDER_LABEL

PROJECT_LABEL: Final = "com.docker.compose.project"
_UNIX: Final = "unix://"
_SHOWN: Final = 300
_ROUNDS: Final = 5  # a request that was under way when its client ended still makes a container
# What makes up a project, with the words that list and remove it; a network goes once no container is on it.
_KINDS: Final = (
    (("ps", "--all", "--quiet"), ("rm", "--force", "--volumes")),
    (("network", "ls", "--quiet"), ("network", "rm")),
    (("volume", "ls", "--quiet"), ("volume", "rm", "--force")),
)


class CommandError(DemoError):
    """A docker command failed; the message holds its last line."""


@dataclass(frozen=True, slots=True)
class DockerCommand:
    """The docker program with the environment that it runs in; `socket` is the engine's."""

    program: str
    environment: Mapping[str, str]
    socket: str = ""

    def knowing(self, values: Mapping[str, str]) -> DockerCommand:
        """The same with more in its environment."""
        return replace(self, environment={**self.environment, **values})

    async def run(self, *arguments: str) -> str:
        """The command's stdout; CommandError when it fails. In a session of its own: a ctrl-c is not meant for it."""
        process = await asyncio.create_subprocess_exec(
            *(self.program, *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self.environment,
            start_new_session=True,
        )
        try:
            out, err = await process.communicate()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # `docker compose` is a process below it, and goes on alone
            await process.wait()
            raise
        if process.returncode:
            raise CommandError(_last_line(err) or f"docker {arguments[0]} ended with {process.returncode}")
        return out.decode(errors="replace")

    async def lines(self, *arguments: str) -> list[str]:
        """The lines of the command's stdout that are not empty."""
        return [line for line in (await self.run(*arguments)).splitlines() if line]


async def find_docker(environ: Mapping[str, str]) -> DockerCommand:
    """Docker with an engine of this machine and Compose; DemoError says what of that is missing."""
    program = shutil.which("docker", path=environ.get("PATH", os.defpath))
    if program is None:
        raise DemoError("demo --docker needs the docker program", "install Docker, or leave --docker out")
    kept = {key: value for key, value in environ.items() if not key.startswith("COMPOSE_")}
    docker = DockerCommand(program, kept)
    try:
        await docker.run("version", "--format", "{{.Server.Version}}")
    except CommandError as error:
        message = f"demo --docker needs a Docker Engine that answers ({error.message})"
        raise DemoError(message, "start it, or leave --docker out") from None
    try:
        await docker.run("compose", "version", "--short")
    except CommandError:
        raise DemoError("demo --docker needs Docker Compose", "install the docker-compose-plugin") from None
    host = (await docker.run("context", "inspect", "--format", "{{.Endpoints.docker.Host}}")).strip()
    host = kept.get("DOCKER_HOST") or host
    if not host.startswith(_UNIX):
        message = f"demo --docker needs an engine of this machine, and {visible(host, _SHOWN)} is elsewhere"
        raise DemoError(message, "unset DOCKER_HOST and DOCKER_CONTEXT, or leave --docker out")
    return DockerCommand(program, kept, host.removeprefix(_UNIX))


async def provide_images(docker: DockerCommand, images: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Pulls the images that the engine lacks; DemoError names one that cannot be had, and its variable."""
    for variable, image in images.items():
        if await has_image(docker, image):
            continue
        say(f"pulling {image} ...")
        try:
            await docker.run("pull", "--quiet", image)
        except CommandError as error:
            message = f"the image {visible(image, _SHOWN)} is not on this engine and cannot be pulled ({error.message})"
            remedy = f"connect to the Internet, or name an image that is there: {variable}=IMAGE"
            raise DemoError(message, remedy) from None


async def has_image(docker: DockerCommand, image: str) -> bool:
    """Whether the engine has it already."""
    try:
        await docker.run("image", "inspect", "--format", "{{.Id}}", image)
    except CommandError:
        return False
    return True


async def remove_project(docker: DockerCommand, project: str, folder: str) -> None:
    """Removes everything that carries both the project and the demo's own label, and nothing else."""
    filters = (f"--filter=label={PROJECT_LABEL}={project}", f"--filter=label={FOLDER_LABEL}={folder}")
    for _ in range(_ROUNDS):
        left = False
        for listing, removal in _KINDS:
            found = await docker.lines(*listing, *filters)
            if found:
                left = True
                await _remove(docker, removal, found)
        if not left:
            return


async def _remove(docker: DockerCommand, removal: Sequence[str], ids: Sequence[str]) -> None:
    try:
        await docker.run(*removal, *ids)
    except CommandError:
        return  # gone meanwhile, or still in use: the next round sees


async def remove_abandoned_projects(docker: DockerCommand) -> None:
    """Removes what demos of this user left behind whose process was killed; one that still runs keeps its own."""
    form = f'{{{{.Label "{PROJECT_LABEL}"}}}}\t{{{{.Label "{FOLDER_LABEL}"}}}}'
    found: dict[tuple[str, str], None] = {}
    for listing, _ in _KINDS:
        words = [word for word in listing if word != "--quiet"]
        lines = await docker.lines(*words, f"--filter=label={FOLDER_LABEL}", "--format", form)
        found.update(dict.fromkeys((project, folder) for project, _, folder in (one.partition("\t") for one in lines)))
    for project, folder in found:
        if project.startswith(PREFIX) and Path(folder).name == project and _may_go(Path(folder)):
            await remove_project(docker, project, folder)


def _may_go(folder: Path) -> bool:
    """A folder that is gone belongs to nobody any more, as after a restart of the machine; in doubt it stays."""
    try:
        return not os.path.lexists(folder) or is_abandoned(folder)
    except OSError:
        return False


def _last_line(text: bytes) -> str:
    lines = [line.strip() for line in text.decode(errors="replace").splitlines() if line.strip()]
    return visible(lines[-1], _SHOWN) if lines else ""

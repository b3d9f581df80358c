"""Runs `docker compose` on the project that a container comes from: arguments as a list, never a shell."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from specter_tui.core.compose import Origin
from specter_tui.core.errors import SourceError
from specter_tui.core.secrets import mask_line
from specter_tui.core.text import visible
from specter_tui.effects.docker_command import compose_failed

_QUICK: Final = 60.0  # seconds: reading and validating, with a remote include fetched
_UP: Final = 300.0  # seconds: a container may take stop_grace_period to end
_SHOWN: Final = 400
_LINES: Final = 4


@dataclass(frozen=True, slots=True)
class Effective:
    """A service as Compose itself reads its files: its labels, and a document of the whole project to compare."""

    labels: Mapping[str, str]
    project: Mapping[str, object] = field(repr=False)  # holds the environment's secrets: never shown, never kept


class ComposeCli:
    """`docker compose` for one engine; `environment` is what variables in compose files are replaced from."""

    def __init__(self, docker_host: str = "", *, environment: Mapping[str, str] | None = None) -> None:
        self._environment = dict(os.environ if environment is None else environment)
        if docker_host:
            self._environment["DOCKER_HOST"] = docker_host

    async def version(self) -> str:
        """Compose's own version, "2.24.6". Raises SourceError when there is none."""
        return (await self._run(["docker", "compose", "version", "--short"], _QUICK)).strip()

    async def effective(self, origin: Origin) -> Effective:
        """The service as the files say now. Raises SourceError, also when they are not valid."""
        text = await self._compose(origin, "config", "--format=json", "--", origin.service)
        try:
            project = json.loads(text)
            labels = project["services"][origin.service].get("labels") or {}
            found = {_unescaped(key): _unescaped(str(value)) for key, value in labels.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SourceError("docker compose config gives a document of another shape") from error
        return Effective(found, project)

    async def config_hash(self, origin: Origin) -> str:
        """The hash of the service's configuration as the files say now."""
        told = await self._compose(origin, "config", f"--hash={origin.service}")
        return next((words[1] for line in told.splitlines() if (words := line.split()) and len(words) == 2), "")  # noqa: PLR2004  name and hash

    async def check(self, origin: Origin) -> None:
        """Raises SourceError unless Compose takes the files."""
        await self._compose(origin, "config", "--quiet")

    async def up(self, origin: Origin, replicas: int) -> None:
        """Makes the service's containers anew as far as they changed, and nothing else of the project.

        No image is built or pulled, and as many containers run as before.
        """
        scale = f"--scale={origin.service}={replicas}"
        await self._compose(
            origin, "up", "-d", "--no-deps", "--no-build", "--pull=never", scale, "--", origin.service, seconds=_UP
        )

    async def _compose(self, origin: Origin, *arguments: str, seconds: float = _QUICK) -> str:
        return await self._run([*command_of(origin), *arguments], seconds)

    async def _run(self, command: Sequence[str], seconds: float) -> str:
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd="/",
            )
        except OSError as error:
            raise SourceError(
                f"docker compose can't be started: {error.strerror}", "install Docker Compose 2"
            ) from None
        try:
            async with asyncio.timeout(seconds):
                out, err = await process.communicate()
        except BaseException as error:
            process.kill()
            await process.wait()
            if isinstance(error, TimeoutError):
                raise SourceError(f"docker compose {_verb(command)} did not end within {seconds:g} s") from None
            raise
        if process.returncode != 0:
            raise compose_failed(_verb(command), _told(err))
        return out.decode(errors="replace")


def command_of(origin: Origin) -> list[str]:
    """The command that means the same project: its name, files, environment files and folder.

    Labels do not tell which profiles were on, so all are: the commands name their one service, and touch no other.
    """
    return [
        *("docker", "compose", "--ansi=never"),
        f"--project-name={origin.project}",
        f"--project-directory={origin.working_dir}",
        *(f"--file={one}" for one in origin.config_files),
        *(f"--env-file={one}" for one in origin.env_files),
        "--profile=*",
    ]


def _verb(command: Sequence[str]) -> str:
    return next((word for word in command if word in {"config", "up", "version"}), "")


def _told(err: bytes) -> str:
    """The last lines of what went wrong, without what looks like a secret."""
    lines = [line.strip() for line in err.decode(errors="replace").splitlines() if line.strip()]
    told = " / ".join(visible(mask_line(one), _SHOWN) for one in lines[-_LINES:])
    return told or "it gives no reason"


def _unescaped(text: str) -> str:
    """`config` writes `$$` for a dollar, so that its output can be read again."""
    return text.replace("$$", "$")

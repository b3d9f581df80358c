"""Runs the `docker` program: arguments as a list, never a shell; each line is told as it comes."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from specter_tui.core.errors import SourceError
from specter_tui.core.secrets import mask_line
from specter_tui.core.text import visible

_CHUNK: Final = 65536
_LONGEST: Final = 8 * 1024 * 1024  # bytes of one line: a whole project as JSON is one
_SHOWN: Final = 400
_LINES: Final = 3
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")  # the classic builder colours errors whatever it is told
# How far Compose and a build have come is no reason for anything, nor is a warning.
_PROGRESS: Final = re.compile(
    r"(?:Container|Image|Network|Volume) \S+ [A-Z]\w+$|Successfully (?:built|tagged) \S+$"
    r"|Step \d+/\d+ :|--->|Sending build context|time=\"[^\"]*\" level=(?:info|warning) "
)
Take = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended: what it wrote to stdout, and the last lines of both outputs, fit to be shown."""

    code: int
    out: bytes = field(repr=False)
    told: str


def environment_for(docker_host: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what turns Compose to other files or projects, with the engine that is meant."""
    kept = {name: value for name, value in environment.items() if not name.startswith("COMPOSE_")}
    kept["COMPOSE_IGNORE_ORPHANS"] = "1"  # the stack's other services stand in other files of the same project
    return {**kept, "DOCKER_HOST": docker_host} if docker_host else kept


async def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    seconds: float,
    take: Take | None = None,
    held: Sequence[int] = (),
) -> Done:
    """The command's end; `take` gets every line of both outputs, as it may be shown; `held` are handles it inherits.

    Raises SourceError when it can't be started or does not end in time; then it and all that it started are killed.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd="/",
            pass_fds=tuple(held),
            start_new_session=True,  # Compose is a process below it, and goes on alone when only docker is killed
        )
    except OSError as error:
        message = f"{visible(command[0], _SHOWN)} can't be started: {error.strerror}"
        raise SourceError(message, "install Docker with Compose 2") from None
    out, last = bytearray(), _Last(take)
    try:
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            group.create_task(_read(process.stdout, last, out))
            group.create_task(_read(process.stderr, last))
            group.create_task(process.wait())
    except BaseException as error:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        if isinstance(error, TimeoutError):
            words = " ".join(command[:2])
            raise SourceError(f"{visible(words, _SHOWN)} did not end within {seconds:g} s") from None
        raise
    return Done(process.returncode or 0, bytes(out), last.told)


class _Last:
    """The last lines that say something."""

    def __init__(self, take: Take | None) -> None:
        self._take = take
        self._lines: list[str] = []

    def add(self, line: bytes) -> None:
        text = shown(line)
        if text and self._take is not None:
            self._take(text)
        if text and not _PROGRESS.match(text):
            self._lines = [*self._lines[1 - _LINES :], text]

    @property
    def told(self) -> str:
        return " / ".join(self._lines) or "it gives no reason"


def shown(line: bytes) -> str:
    """A line of a command's output without colours and without what looks like a secret."""
    return visible(mask_line(_COLOUR.sub("", line.decode(errors="replace")).strip()), _SHOWN)


async def _read(stream: asyncio.StreamReader | None, last: _Last, whole: bytearray | None = None) -> None:
    left = b""
    while stream is not None and (chunk := await stream.read(_CHUNK)):
        if whole is not None:
            whole += chunk
        *lines, left = (left + chunk).split(b"\n")
        left = left[-_LONGEST:]
        for line in lines:
            last.add(line)
    last.add(left)


def compose_failed(verb: str, told: str) -> SourceError:
    """Why `docker compose` did not do it; without the plugin docker itself answers, with its usage (20.10)."""
    if "docker [OPTIONS] COMMAND" in told or "is not a docker command" in told:
        return SourceError("Docker Compose is not installed", "install its plugin (docker-compose-plugin)")
    return SourceError(f"docker compose {verb} failed: {told}")

"""`docker compose` over the stack's file of the verify service: reads it, builds and replaces, goes back."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from specter_tui.core.actions.ports import Tell
from specter_tui.core.errors import RefusedError, SourceError
from specter_tui.core.text import visible
from specter_tui.effects.docker_command import Done, Take, compose_failed, environment_for, run, shown

VERIFY_FILE: Final = "compose/verify.yml"
_QUICK: Final = 60.0  # seconds: reading and validating
_BUILD: Final = 1200.0  # seconds: pulling the base image over a slow line, compiling, and waiting below
_BACK: Final = 300.0  # seconds: a container may take stop_grace_period to end
_HEALTHY: Final = 120  # seconds that --wait gives the new containers
_MOST: Final = 150  # lines that are told of one deployment
_PAUSE: Final = 0.5
_SHOWN: Final = 200
_MISSING: Final = re.compile(rb"required variable (\w{1,80}) is missing a value(?:: ([^\n]{1,200}))?")
# What only says how far something has come, or repeats the line before.
_DULL: Final = re.compile(r"Sending build context|--->|Removing intermediate container|time=\S+ level=warning")


class ComposeStack:
    """`core.deploying.ports.StackCompose` for the stack below `root`."""

    def __init__(self, root: str, docker_host: str = "", environment: Mapping[str, str] | None = None) -> None:
        self._folder = f"{root.rstrip('/')}/compose"
        self._file = f"{root.rstrip('/')}/{VERIFY_FILE}"
        self._environment = environment_for(docker_host, os.environ if environment is None else environment)

    async def version(self) -> str:
        """Compose's own version. Raises SourceError when there is none."""
        done = await run(["docker", "compose", "version", "--short"], self._environment, _QUICK)
        return _good(done, "version").out.decode(errors="replace").strip()

    async def document(self) -> str:
        """The file with all variables filled in, as JSON. Raises RefusedError when it can't be read so."""
        if not os.path.isfile(self._file):  # noqa: ASYNC240, PTH113  a look at a local file
            raise RefusedError(
                f"{visible(self._file, _SHOWN)} is not there",
                "lay the stack out: specter-tui config init --stack DIR; or correct compose.dir",
            )
        done = await self._compose("config", "--format=json")
        if done.code:
            raise _refused(done)
        try:
            json.loads(done.out)
        except ValueError:
            raise SourceError("docker compose config gives a document of another shape") from None
        return done.out.decode()

    async def config_hash(self, service: str) -> str:
        """The hash of the service's configuration as the file says now."""
        done = _good(await self._compose("config", f"--hash={service}"), "config")
        lines = done.out.decode(errors="replace").splitlines()
        return next((words[1] for line in lines if len(words := line.split()) == 2), "")  # noqa: PLR2004  name and hash

    async def deploy(self, service: str, tell: Tell) -> None:
        """Builds, makes anew, waits until healthy. Raises SourceError with Compose's own last words."""
        up = ("up", "-d", "--build", "--wait", f"--wait-timeout={_HEALTHY}", "--no-deps", "--", service)
        async with self._alone() as held:
            _good(await self._compose(*up, seconds=_BUILD, take=_Live(tell).take, held=held), "up")

    async def bring_back(self, project: str, service: str, path: str) -> None:
        """Makes the containers from the document at `path` and an image that is there. Raises SourceError."""
        up = ("up", "-d", "--no-build", "--pull=never", "--no-deps", "--", service)
        named = (f"--project-name={project}",)
        async with self._alone() as held:
            _good(await self._compose(*up, seconds=_BACK, file=path, options=named, held=held), "up")

    async def remove(self, service: str) -> None:
        """Ends and removes the service's containers. Raises SourceError."""
        async with self._alone() as held:
            _good(await self._compose("rm", "--stop", "--force", "--", service, seconds=_BACK, held=held), "rm")

    async def last_words(self, service: str) -> str:
        """The last line of the service's log; empty where there is none."""
        done = await self._compose("logs", "--no-color", "--no-log-prefix", "--tail=1", "--", service)
        lines = [told for line in done.out.splitlines() if (told := shown(line))]
        return lines[-1] if lines and not done.code else ""

    async def _compose(
        self,
        *arguments: str,
        seconds: float = _QUICK,
        take: Take | None = None,
        file: str = "",
        options: tuple[str, ...] = (),
        held: tuple[int, ...] = (),
    ) -> Done:
        command = ["docker", "compose", "--ansi=never", "--progress=plain", f"--project-directory={self._folder}"]
        whole = [*command, *options, f"--file={file or self._file}", *arguments]
        return await run(whole, self._environment, seconds, take, held)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[tuple[int, ...]]:
        """A lock that the command inherits. Raises SourceError when it is held for too long.

        When this process is killed Compose goes on alone, and whoever finishes or takes back has to wait for its end.
        """
        handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            deadline = time.monotonic() + _BACK
            while not _locked(handle):
                if time.monotonic() > deadline:
                    raise SourceError("docker compose of an earlier deployment still runs", "wait for its end")
                await asyncio.sleep(_PAUSE)
            yield (handle,)
        finally:
            os.close(handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class _Live:
    """Tells what a deployment says, line by line, without what nobody reads, and not without end."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._before = ""
        self._told = 0

    def take(self, line: str) -> None:
        """One line."""
        if _DULL.search(line) or line == self._before:
            return
        self._before = line
        self._told += 1
        if self._told <= _MOST:
            self._tell(visible(line, _SHOWN))
        elif self._told == _MOST + 1:
            self._tell("(docker compose says more)")


def _good(done: Done, verb: str) -> Done:
    if done.code:
        raise compose_failed(verb, done.told)
    return done


def _refused(done: Done) -> RefusedError:
    missing = _MISSING.search(done.told.encode())
    if missing is None:
        return RefusedError(f"docker compose does not take compose/verify.yml: {done.told}")
    name, remedy = (one.decode() if one else "" for one in missing.groups())
    return RefusedError(f"{name} is not set", remedy or "set it in compose/.env")

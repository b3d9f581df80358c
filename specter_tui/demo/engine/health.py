"""A container's health: the checks, run by the engine, and what follows from their results."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from specter_tui.demo.engine import moments
from specter_tui.demo.engine.leash import Leash
from specter_tui.demo.engine.processes import LaunchError, Run
from specter_tui.demo.engine.spec import ContainerSpec, HealthCheck

STARTING: Final = "starting"
HEALTHY: Final = "healthy"
UNHEALTHY: Final = "unhealthy"
_KEPT: Final = 5  # checks in an inspection, as the real engine keeps them
_OUTPUT_BYTES: Final = 4096
_FAILED: Final = 1
_TIMED_OUT: Final = -1
_FIRST_ERROR: Final = 400


@dataclass(frozen=True, slots=True)
class Result:
    """One check: its exit code, 0 for success, and what it printed."""

    start: int
    end: int
    exit_code: int
    output: str

    def document(self) -> dict[str, Any]:
        """As in an inspection's Log."""
        times = {"Start": moments.rfc3339(self.start), "End": moments.rfc3339(self.end)}
        return {**times, "ExitCode": self.exit_code, "Output": self.output}


class Health:
    """The state of one life of a container: pure, fed with results."""

    def __init__(self, check: HealthCheck, begun: int) -> None:
        self._check = check
        self._begun = begun
        self.status = STARTING
        self.failing = 0
        self.log: deque[Result] = deque(maxlen=_KEPT)

    def take(self, result: Result) -> bool:
        """Takes a result in; True when the status has changed."""
        self.log.append(result)
        before = self.status
        if result.exit_code == 0:
            self.failing, self.status = 0, HEALTHY
        elif before != STARTING or result.end - self._begun >= self._check.start_period * moments.SECOND:
            self.failing += 1
            if self.failing >= self._check.retries:
                self.status = UNHEALTHY
        return self.status != before

    def document(self) -> dict[str, Any]:
        """As in an inspection's State."""
        return {"Status": self.status, "FailingStreak": self.failing, "Log": [one.document() for one in self.log]}


class Checker:
    """Runs the checks of a container for as long as its process lives."""

    def __init__(self, spec: ContainerSpec, address: str, environment: Mapping[str, str], leash: Leash) -> None:
        self._spec = spec
        self._address = address
        self._environment = environment
        self._leash = leash

    async def watch(self, check: HealthCheck, health: Health, changed: Callable[[str], None]) -> None:
        """Checks at every interval and tells each new status; ends by cancellation."""
        while True:
            await asyncio.sleep(check.interval)
            start = moments.now()
            exit_code, output = await self._once(check)
            if health.take(Result(start, moments.now(), exit_code, output)):
                changed(health.status)

    async def _once(self, check: HealthCheck) -> tuple[int, str]:
        try:
            async with asyncio.timeout(check.timeout):
                return await (self._run(check) if check.command else self._get(check))
        except TimeoutError:
            return _TIMED_OUT, f"Health check exceeded timeout ({check.timeout:g}s)"

    async def _get(self, check: HealthCheck) -> tuple[int, str]:
        url = f"http://{self._address}:{check.port}{check.path}"
        try:
            async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as answer:
                return (_FAILED if answer.status >= _FIRST_ERROR else 0), f"{answer.status} {answer.reason or ''}"
        except (aiohttp.ClientError, OSError) as error:
            return _FAILED, str(error)

    async def _run(self, check: HealthCheck) -> tuple[int, str]:
        output = bytearray()

        def sink(_stream: int, block: bytes) -> None:
            output.extend(block[: _OUTPUT_BYTES - len(output)])

        try:
            run = await Run.begin(check.command, self._environment, self._spec.folder, sink, self._leash)
        except LaunchError as error:
            return _FAILED, str(error)
        try:
            exit_code = await run.end()
        except asyncio.CancelledError:
            run.kill()
            await run.end()
            raise
        return exit_code, output.decode(errors="replace")

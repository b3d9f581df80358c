"""One container: what it is, what it is doing, and what can be done with it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final

from specter_tui.demo.engine import moments
from specter_tui.demo.engine.errors import CONFLICT, ApiError, NotModifiedError, bad_request
from specter_tui.demo.engine.events import CONTAINER, NETWORK, EventLog
from specter_tui.demo.engine.health import Checker, Health
from specter_tui.demo.engine.leash import Leash
from specter_tui.demo.engine.logs import Log
from specter_tui.demo.engine.network import Network
from specter_tui.demo.engine.processes import LaunchError, Run
from specter_tui.demo.engine.spec import ContainerSpec, Restart

CREATED: Final = "created"
RUNNING: Final = "running"
RESTARTING: Final = "restarting"
EXITED: Final = "exited"
_NOT_FOUND: Final = 127
_FIRST_PAUSE: Final = 0.1  # before a crashed process is started again; doubled each time, as the real engine does
_LONGEST_PAUSE: Final = 60.0
_LONG_LIFE: Final = 10 * moments.SECOND  # after which the next crash counts as the first
_ENDING_SIGNALS: Final = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


@dataclass(slots=True)
class State:
    """What an inspection's State says; times are nanoseconds, 0 for never."""

    status: str = CREATED
    pid: int = 0
    exit_code: int = 0
    error: str = ""
    started: int = 0
    finished: int = 0


class Container:
    """A container of the engine; `id` stays the same over restarts."""

    def __init__(
        self, spec: ContainerSpec, address: str, networks: Mapping[str, Network], events: EventLog, leash: Leash
    ) -> None:
        self.spec = spec
        self.id = secrets.token_hex(32)
        self.address = address
        self.networks = networks
        self.created = moments.now()
        self.state = State()
        self.health: Health | None = None
        self.log = Log()
        self.restarts = 0
        self.told_environment = {**spec.environment, "CONTAINER_ADDRESS": address}
        self.environment = {"PATH": os.environ.get("PATH", os.defpath), **spec.beside, **self.told_environment}
        self._events = events
        self._leash = leash
        self._checker = Checker(spec, address, self.environment, leash)
        self._lock = asyncio.Lock()  # one of start, stop and restart at a time
        self._run: Run | None = None
        self._life: asyncio.Task[None] | None = None
        self._unwanted = asyncio.Event()  # a process that ends now was asked to
        self._pause = _FIRST_PAUSE
        self._tell("create")

    @property
    def running(self) -> bool:
        """As in State.Running: true between two lives of a restart policy too."""
        return self.state.status in {RUNNING, RESTARTING}

    @property
    def life(self) -> int:
        """Which process this is, by the moment it began; 0 while there is none."""
        return self.state.started if self._run is not None else 0

    @property
    def attached(self) -> bool:
        """Whether it has its address right now, that is, a process."""
        return self._run is not None

    async def start(self) -> None:
        """Starts the process; NotModifiedError when it runs, ApiError 400 when the program cannot be started."""
        async with self._lock:
            if self.running:
                raise NotModifiedError
            await self._start()

    async def stop(self, patience: float | None = None) -> None:
        """Ends the process and waits for that; `patience` is seconds until SIGKILL, negative for ever."""
        async with self._lock:
            if not self.running:
                raise NotModifiedError
            await self._stop(patience)

    async def restart(self, patience: float | None = None) -> None:
        """Stops it if it runs, and starts it."""
        async with self._lock:
            if self.running:
                await self._stop(patience)
            await self._start()
            self._tell("restart")

    async def kill(self, number: int = signal.SIGKILL) -> None:
        """Signals the process; after SIGKILL it has ended. ApiError 409 when it does not run."""
        if not self.running or self._life is None:
            raise ApiError(CONFLICT, f"Cannot kill container: {self.spec.name}: Container {self.id} is not running")
        if number in _ENDING_SIGNALS or self._run is None:
            self._unwanted.set()
        self._signal(number)
        if number == signal.SIGKILL or self._run is None:
            await self._ended()

    async def close(self, patience: float) -> None:
        """Ends the process for good, after `patience` seconds by SIGKILL, whatever else is being done with it."""
        await self._end(patience)
        async with self._lock:  # what was being done is done now, and may have begun a last process
            await self._end(0)

    async def _start(self) -> None:
        self._unwanted.clear()
        self._pause, self.restarts = _FIRST_PAUSE, 0
        try:
            run = await self._begin()
        except LaunchError as error:
            self.state = State(self.state.status, exit_code=_NOT_FOUND, error=str(error), finished=self.state.finished)
            raise bad_request(f"failed to create task for container: {error}") from error
        self._begun(run)
        self._life = asyncio.create_task(self._live(run))

    async def _stop(self, patience: float | None) -> None:
        seconds = self.spec.stop_timeout if patience is None else patience
        await self._end(None if seconds < 0 else seconds)
        self._tell("stop")

    async def _end(self, patience: float | None) -> None:
        self._unwanted.set()
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(patience):
                await self._ended()
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self._ended()

    def _signal(self, number: int) -> None:
        if self._run is not None:
            self._tell("kill", signal=str(int(number)))
            self._run.signal(number)

    async def _ended(self) -> None:
        """Waits for the end of the life under way, which outlives whoever waits."""
        if self._life is not None:
            await asyncio.wait([self._life])

    async def _live(self, run: Run) -> None:
        """One life after the other, as the restart policy wants it."""
        try:
            while await self._until_ended(run) and not await self._unwanted_within(self._pause):
                self._pause = min(self._pause * 2, _LONGEST_PAUSE)
                run = await self._begin()
                self.restarts += 1
                self._begun(run)
                if self._unwanted.is_set():
                    self._signal(signal.SIGKILL)
        except LaunchError as error:
            self.state.error = str(error)
        finally:
            self.state.status = EXITED
            self.log.lines.wake()

    async def _unwanted_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._unwanted.wait()
        return self._unwanted.is_set()

    async def _begin(self) -> Run:
        spec = self.spec
        return await Run.begin(spec.command, self.environment, spec.folder, self.log.feed, self._leash)

    def _begun(self, run: Run) -> None:
        self._run = run
        self.state = State(RUNNING, run.pid, started=moments.now(), finished=self.state.finished)
        check = self.spec.health
        self.health = Health(check, self.state.started) if check else None
        self._tell_networks("connect")
        self._tell("start")

    async def _until_ended(self, run: Run) -> bool:
        """Waits for the end of one life; True when the restart policy wants another."""
        async with self._checked():
            code = await run.end()
        self._run = None
        finished = moments.now()
        if finished - self.state.started >= _LONG_LIFE:
            self._pause = _FIRST_PAUSE
        again = not self._unwanted.is_set() and self._policy_wants(code)
        self.state = State(RESTARTING if again else EXITED, 0, code, "", self.state.started, finished)
        self.log.lines.wake()
        self._tell("die", exitCode=str(code))
        self._tell_networks("disconnect")
        return again

    @contextlib.asynccontextmanager
    async def _checked(self) -> AsyncIterator[None]:
        """The health checks run while the context lasts."""
        check, health = self.spec.health, self.health
        if check is None or health is None:
            yield
            return
        watching = self._checker.watch(check, health, lambda status: self._tell(f"health_status: {status}"))
        checking = asyncio.create_task(watching)
        try:
            yield
        finally:
            checking.cancel()
            await asyncio.wait([checking])

    def _policy_wants(self, code: int) -> bool:
        policy = self.spec.restart
        return policy in {Restart.ALWAYS, Restart.UNLESS_STOPPED} or (policy is Restart.ON_FAILURE and code != 0)

    def _tell(self, action: str, **more: str) -> None:
        named = {"image": self.spec.image, "name": self.spec.name}
        self._events.tell(CONTAINER, action, self.id, {**self.spec.labels, **more, **named})

    def _tell_networks(self, action: str) -> None:
        for network in self.networks.values():
            attributes = {"container": self.id, "name": network.name, "type": network.driver}
            self._events.tell(NETWORK, action, network.id, attributes)

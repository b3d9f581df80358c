"""The steps of a renewal; each finds out whether it is done, so that another process can go on after a kill."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from specter_tui.core.actions.ports import Clock, ContainerControl, Tell
from specter_tui.core.errors import FailedError, SourceError, SpecterError
from specter_tui.core.ports import TraefikSource
from specter_tui.core.renewing.ports import Storage
from specter_tui.core.renewing.storage import StoredEntry
from specter_tui.core.renewing.work import RenewWork
from specter_tui.core.text import visible

T = TypeVar("T")
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each effect is waited for, in seconds."""

    answers: float = 60.0  # Traefik's API behind its start
    ordered: float = 180.0  # lego waits up to 120 for a DNS record to be seen, then the authority looks
    served: float = 30.0
    engine: float = 60.0  # an engine that is away while things are put back
    pause: float = 1.0


@dataclass(frozen=True, slots=True)
class RenewSteps:
    """Over Traefik's container and its storage."""

    control: ContainerControl
    storage: Storage
    traefik: TraefikSource
    clock: Clock
    patience: Patience

    async def look(self, work: RenewWork) -> tuple[StoredEntry, ...]:
        """What is in the storage now. Raises RefusedError."""
        return await asyncio.to_thread(self.storage.look, work.path, work.owner)

    async def apply(self, work: RenewWork, tell: Tell) -> None:
        """Stop, copy, take the entry out, start. Raises RefusedError, SourceError and FailedError."""
        begun = self.clock.monotonic()
        if await self.is_there(work):
            await self._stop(work, tell)
            copy = await asyncio.to_thread(self.storage.keep, work)
            tell(f"copied acme.json to {visible(copy, _SHOWN)}")
            await asyncio.to_thread(self.storage.exchange, work)
            tell("the entry of before is in its place" if work.back else "took the entry out, and nothing else")
        else:
            tell("the entry is out already")
        await self._start(work, tell)
        await self.answers(work)
        tell(f"Traefik answers again, {self.clock.monotonic() - begun:.1f} s after this began")

    async def rollback(self, work: RenewWork, tell: Tell) -> None:
        """Puts the entry back from wherever `apply` came to; Traefik runs at the end, or that is said loudly."""
        try:
            if not await self.is_there(work):
                await self._patiently(lambda: self._stop(work, tell))
                await asyncio.to_thread(self.storage.put_back, work)
                tell("put the old entry back into acme.json")
        except SpecterError as error:
            copy = f"backups/acme-{work.token}.json of the state folder"
            raise FailedError(f"{error.message}; the old entry is in {copy}", error.remedy) from error
        finally:
            await self._start_or_shout(work, tell)
        await self.answers(work)

    async def is_there(self, work: RenewWork) -> bool:
        """Whether the entry that is taken out is in the storage."""
        return any((one.resolver, one.digest) == (work.resolver, work.digest) for one in await self.look(work))

    async def answers(self, work: RenewWork) -> None:
        """Waits until Traefik's API answers. Raises FailedError."""
        deadline = self.clock.monotonic() + self.patience.answers
        while True:
            try:
                await self.traefik.read()
            except SourceError as error:
                why = error.message
            else:
                return
            if self.clock.monotonic() >= deadline:
                name = visible(work.traefik.name, _SHOWN)
                told = f"{name} was started, and its API does not answer after {self.patience.answers:g} s: {why}"
                raise FailedError(told, f"see specter-tui logs {name}")
            await self.clock.sleep(self.patience.pause)

    async def _stop(self, work: RenewWork, tell: Tell) -> None:
        name = visible(work.traefik.name, _SHOWN)
        await self.control.stop(work.traefik.id)
        now = await self.control.look(work.traefik.id)
        if now.state in {"running", "restarting", "paused"}:
            raise FailedError(f"{name} is {visible(now.state, _SHOWN)} again", "something starts it: see its restarts")
        tell(f"stopped {name}")

    async def _start(self, work: RenewWork, tell: Tell) -> None:
        name = visible(work.traefik.name, _SHOWN)
        if (await self.control.look(work.traefik.id)).state == "running":
            tell(f"{name} runs")
            return
        await self.control.start(work.traefik.id)
        tell(f"started {name}")

    async def _start_or_shout(self, work: RenewWork, tell: Tell) -> None:
        try:
            await self._patiently(lambda: self._start(work, tell))
        except SpecterError as error:
            name = visible(work.traefik.name, _SHOWN)
            told = f"TRAEFIK IS STOPPED, AND NO HOST ANSWERS: {name} can't be started: {error.message}"
            raise FailedError(told, f"now type: docker start {name}") from error

    async def _patiently(self, do: Callable[[], Awaitable[None]]) -> None:
        """Does it, also when the engine goes away for a while. Raises SourceError when it stays away."""
        deadline = self.clock.monotonic() + self.patience.engine
        while True:
            try:
                return await do()
            except SourceError:
                if self.clock.monotonic() >= deadline:
                    raise
            await self.clock.sleep(self.patience.pause)

"""The engine itself: containers, the warden over their processes, and the server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from specter_tui.demo.engine.container import Container
from specter_tui.demo.engine.errors import ApiError
from specter_tui.demo.engine.leash import Leash
from specter_tui.demo.engine.server import Server
from specter_tui.demo.engine.spec import ContainerSpec
from specter_tui.demo.engine.store import Store

_LAST_PATIENCE: Final = 2.0  # seconds that processes have to end by themselves when the engine ends


class LocalEngine:
    """An engine on a unix socket; as a context it starts its containers and leaves no process behind."""

    def __init__(self, specs: Iterable[ContainerSpec], socket: Path) -> None:
        self._leash = Leash()
        self._store = Store(specs, self._leash)
        self._server = Server(self._store, socket)
        self.host = f"unix://{socket}"

    async def __aenter__(self) -> Self:
        await self._leash.start()
        try:
            await self._server.start()
            await asyncio.gather(*(self._start(one) for one in self._store.containers.values() if one.spec.started))
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    @property
    def listeners(self) -> int:
        """How many clients follow the events: Traefik lists first, and only hears of changes once it follows."""
        return self._store.events.readers

    def container(self, name: str) -> Container:
        """The container of this name, with its address, its state and what can be done with it; KeyError."""
        return self._store.containers[name]

    async def _start(self, container: Container) -> None:
        with contextlib.suppress(ApiError):  # as in a real engine, the others run; the inspection tells the error
            await container.start()

    async def _stop(self) -> None:
        await self._server.stop()
        await asyncio.gather(
            *(one.close(min(_LAST_PATIENCE, one.spec.stop_timeout)) for one in self._store.containers.values())
        )
        await self._leash.stop()

"""What Traefik holds and what is shown for names, read one beside the other; a part that fails is unknown."""

from __future__ import annotations

import asyncio
from typing import Final

from specter_tui.core.errors import SourceError
from specter_tui.core.model import Certificate
from specter_tui.core.ports import HandshakeSource, HeldSource
from specter_tui.core.serving import Handshake, ServingRead, plan_handshakes
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Snapshot
from specter_tui.core.versions import at_least

DEADLINE: Final = 70.0  # seconds: as long as 70 names need that do not answer
_HELD_SINCE: Final = "3.7"
_HELD_DEADLINE: Final = 5.0


class ServingReader:
    """Reads both for one snapshot; `handshakes` None: no name is asked for."""

    def __init__(self, held: HeldSource | None, handshakes: HandshakeSource | None, settings: Settings) -> None:
        self._held = held
        self._handshakes = handshakes
        self._settings = settings

    async def read(self, version: str, snapshot: Snapshot | None) -> ServingRead:
        """What a Traefik of this version holds and, with a snapshot, what is shown for its hosts; raises nothing."""
        held, handshakes = await asyncio.gather(self._read_held(version), self._read_handshakes(snapshot))
        return ServingRead(held, handshakes)

    async def _read_held(self, version: str) -> tuple[Certificate, ...] | None:
        if self._held is None or not version or not at_least(version, _HELD_SINCE):
            return None
        try:
            async with asyncio.timeout(_HELD_DEADLINE):
                return await self._held.read()
        except (SourceError, TimeoutError):
            return None  # the Traefik source tells when its API fails

    async def _read_handshakes(self, snapshot: Snapshot | None) -> tuple[Handshake, ...]:
        if self._handshakes is None or snapshot is None:
            return ()
        targets = await asyncio.to_thread(plan_handshakes, snapshot, self._settings)
        return await self._handshakes.read(targets) if targets else ()

"""What every action that is proved by an effect needs: a fresh look at everything, and a probe that is not kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from specter_tui.config import LoadedConfig
from specter_tui.core.proof import ProbeAnswer, ProbeTarget
from specter_tui.core.snapshot import Snapshot
from specter_tui.wiring.collector import build


class ProbeOnce:
    """A probe that keeps no connection between two rounds, since nobody closes an action."""

    async def read(self, targets: Sequence[ProbeTarget]) -> tuple[ProbeAnswer, ...]:
        """One answer a target."""
        from specter_tui.sources.probe import Probe

        probe = Probe()
        try:
            return await probe.read(targets)
        finally:
            await probe.close()

    async def forget(self) -> None:
        """Nothing is kept."""

    async def close(self) -> None:
        """Nothing is open."""


def looker(config: LoadedConfig) -> Callable[[], Awaitable[Snapshot]]:
    """What reads everything anew, without proofs."""

    async def look() -> Snapshot:
        collector = build(config, probe=False)
        try:
            return await collector.collect_once(probe=False)
        finally:
            await collector.close()

    return look

"""What every action that is proved by an effect needs: a fresh look at everything, and a probe that is not kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from specter_tui.config import LoadedConfig
from specter_tui.core.proof import ProbeAnswer, ProbeTarget
from specter_tui.core.settings import RefreshSettings
from specter_tui.core.snapshot import Snapshot
from specter_tui.wiring.collector import build

_HOUR: Final = 3600.0
_READ_ONCE: Final = RefreshSettings(traefik=_HOUR, docker=_HOUR, acme=_HOUR, cloudflare=_HOUR, probe=_HOUR)


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
    return partial(look_once, config, probe=False)


async def look_once(config: LoadedConfig, *, probe: bool) -> Snapshot:
    """One snapshot of all sources, each within its own deadline.

    Nothing in it is too old, however long the slowest source is awaited: all of it was read for this one look.
    """
    once = replace(config, settings=replace(config.settings, refresh=_READ_ONCE))
    collector = build(once, probe=probe)
    try:
        return await collector.collect_once(probe=probe)
    finally:
        await collector.close()

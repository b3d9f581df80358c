"""Joins what the sources read into one Snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from specter_tui.core.model import AcmeRead, DockerRead, TraefikRead
from specter_tui.core.proof import ProbeAnswer
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Snapshot, SourceName, SourceState


@dataclass(frozen=True, slots=True)
class Reads:
    """The last good read of each source; None where there never was one."""

    traefik: TraefikRead | None = None
    docker: DockerRead | None = None
    acme: AcmeRead | None = None
    probes: tuple[ProbeAnswer, ...] = ()


def join(
    reads: Reads, states: Mapping[SourceName, SourceState], settings: Settings, *, context: str, now: datetime
) -> Snapshot:
    """One snapshot of all reads at `now`."""
    raise NotImplementedError

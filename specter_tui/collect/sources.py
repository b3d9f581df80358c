"""The adapters that the collector reads, as the composition root hands them over."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from specter_tui.core.errors import SourceError
from specter_tui.core.ports import (
    AcmeSource,
    CloudflareSource,
    DockerSource,
    HandshakeSource,
    HeldSource,
    ProbeSource,
    TraefikLogSource,
    TraefikSource,
)
from specter_tui.core.snapshot import SourceName

_CLOSE_SECONDS: Final = 2.0
_NO_REASONS: Final[Mapping[SourceName, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sources:
    """The adapters; one that is None is off, for the reason given."""

    traefik: TraefikSource | None = None
    docker: DockerSource | None = None
    acme: AcmeSource | None = None
    probe: ProbeSource | None = None
    traefik_log: TraefikLogSource | None = None
    cloudflare: CloudflareSource | None = None
    held: HeldSource | None = None
    handshakes: HandshakeSource | None = None
    reasons: Mapping[SourceName, str] = field(default_factory=lambda: _NO_REASONS)

    async def close(self) -> None:
        """Frees what they hold; one that can't close does not keep the others open."""
        kept = (self.traefik_log, self.traefik, self.held, self.docker, self.acme, self.cloudflare, self.probe)
        for source in kept:
            if source is not None:
                with suppress(SourceError, TimeoutError):
                    async with asyncio.timeout(_CLOSE_SECONDS):
                        await source.close()

"""Protecting on the stack: the parts as they are wired, over an application that tests may spoil."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from specter_tui.actions.label_plan import LabelPlanner, Planned
from specter_tui.actions.label_steps import LabelSteps
from specter_tui.actions.route_proof import Patience, RouteProof, Verifier
from specter_tui.config import Options, load
from specter_tui.core.protecting import to_protect, to_unprotect
from specter_tui.core.protecting.work import LabelWork
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Snapshot
from specter_tui.effects.compose_cli import ComposeCli
from specter_tui.effects.compose_file import TrustedFiles, trusted_owners
from specter_tui.sources.docker_origin import DockerOrigins
from specter_tui.sources.probe import Probe
from specter_tui.wiring import build
from tests.live.harness import Stack
from tests.live.told import write_config

QUICK = Patience(healthy=15, shown=10, proved=8, pause=0.3)


@dataclass
class Protecting:
    """One stack's protections, without journal and locks."""

    stack: Stack
    config: Path
    told: list[str] = field(default_factory=list)

    @classmethod
    def over(cls, stack: Stack, folder: Path) -> Protecting:
        """Over a stack, with a configuration in the folder."""
        return cls(stack, write_config(stack, folder / "config.toml"))

    @property
    def settings(self) -> Settings:
        """The settings as the program reads them."""
        return load(Options(str(self.config)), {}).settings

    async def look(self) -> Snapshot:
        """What there is now, without proofs."""
        collector = build(load(Options(str(self.config)), {}))
        try:
            return await collector.collect_once(probe=False)
        finally:
            await collector.close()

    async def plan(self, name: str, *, protects: bool = True, include_pending: bool = False) -> Planned:
        """Plans it."""
        choose = to_protect if protects else to_unprotect
        settings = self.settings
        targets = choose(await self.look(), name, settings.protection)
        origins = DockerOrigins(settings.docker)
        try:
            planner = LabelPlanner(self.files(), self.compose(), origins)
            return await planner.plan(
                targets, settings.protection.middleware, protects=protects, include_pending=include_pending
            )
        finally:
            await origins.close()

    async def apply(self, work: LabelWork) -> None:
        """Applies it."""
        await LabelSteps(self.files(), self.compose()).apply(work, self.told.append)

    async def rollback(self, work: LabelWork) -> None:
        """Takes it back and waits until Traefik shows that."""
        await LabelSteps(self.files(), self.compose()).rollback(work, self.told.append)
        await self._verifier(Probe()).restored(work, self.told.append)

    async def verify(self, work: LabelWork) -> Sequence[RouteProof]:
        """The proof."""
        probe = Probe()
        try:
            return await self._verifier(probe).verify(work, self.told.append)
        finally:
            await probe.close()

    def files(self) -> TrustedFiles:
        """Trusted files."""
        return TrustedFiles(trusted_owners(os.environ))

    def compose(self) -> ComposeCli:
        """Compose in the stack's own environment."""
        return ComposeCli(environment=dict(self.stack.environment))

    def _verifier(self, probe: Probe) -> Verifier:
        return Verifier(self.look, probe, self.settings, QUICK)

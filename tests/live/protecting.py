"""Protecting on the stack: the action as it is wired, without journal and locks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from specter_tui.actions.overlay import ProtectByOverlay
from specter_tui.actions.protect import ProtectByLabels
from specter_tui.actions.route_proof import Patience
from specter_tui.config import LoadedConfig, Options, load
from specter_tui.core.actions import Plan, Wish
from specter_tui.core.errors import SpecterError
from specter_tui.core.snapshot import Snapshot
from specter_tui.wiring.collector import build
from specter_tui.wiring.protect import build_overlay, build_protect
from tests.live.harness import Stack
from tests.live.told import write_config

QUICK = Patience(healthy=15, shown=10, proved=8, pause=0.3)


@dataclass
class Protecting:
    """One stack's protections; `told` are the steps."""

    config: LoadedConfig
    action: ProtectByLabels
    overlay: ProtectByOverlay
    told: list[str] = field(default_factory=list)

    async def look(self) -> Snapshot:
        """What there is now, without proofs."""
        collector = build(self.config)
        try:
            return await collector.collect_once(probe=False)
        finally:
            await collector.close()

    def by(self, via: str) -> ProtectByLabels | ProtectByOverlay:
        """The action of one way."""
        return self.overlay if via == "overlay" else self.action

    async def plan(
        self, name: str, action: str = "protect", *, include_pending: bool = False, via: str = "labels"
    ) -> Plan:
        """Plans it."""
        wish = Wish(action, name, via, include_pending=include_pending)
        return await self.by(via).plan(wish, await self.look())

    async def reverse(self, plan: Plan) -> Plan:
        """Plans taking it back."""
        return await self.by(plan.via).reverse(plan, "journal-id", await self.look())

    async def run(self, plan: Plan) -> tuple[str, ...]:
        """Does it and gives the proof; what fails is rolled back and raised."""
        action = self.by(plan.via)
        assert await action.fingerprint(plan) == plan.fingerprint
        try:
            await action.apply(plan, self.told.append)
            return await action.verify(plan, self.told.append)
        except SpecterError:
            await action.rollback(plan, self.told.append)
            raise


@contextmanager
def protecting_over(stack: Stack, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Protecting]:
    """Over a stack, with configuration and state in the folder, in the environment of the stack's own Compose."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, value in stack.environment.items():
        monkeypatch.setenv(name, value)
    config = load(Options(str(write_config(stack, folder / "config.toml"))), {})
    overlay = build_overlay(config, folder, "ops", patience=QUICK)
    yield Protecting(config, build_protect(config, folder, "ops", patience=QUICK), overlay)

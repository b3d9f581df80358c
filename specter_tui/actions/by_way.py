"""One action's name, several ways to do it: `--via` chooses, and each plan says which way it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from specter_tui.actions.base import Action
from specter_tui.core.actions.model import Plan, Wish
from specter_tui.core.actions.ports import Tell
from specter_tui.core.errors import RefusedError
from specter_tui.core.snapshot import Snapshot
from specter_tui.core.text import visible


@dataclass(frozen=True, slots=True)
class ByWay:
    """`Action` over others by the `via` of a wish or a plan; the first is meant where a wish names none."""

    ways: Mapping[str, Action]

    async def plan(self, wish: Wish, snapshot: Snapshot) -> Plan:
        """That of the way that is wished for."""
        return await self._of(wish.via or next(iter(self.ways))).plan(wish, snapshot)

    async def fingerprint(self, plan: Plan) -> str:
        """That of the plan's way."""
        return await self._of(plan.via).fingerprint(plan)

    async def apply(self, plan: Plan, tell: Tell) -> None:
        """Does it."""
        await self._of(plan.via).apply(plan, tell)

    async def verify(self, plan: Plan, tell: Tell) -> tuple[str, ...]:
        """The proof."""
        return await self._of(plan.via).verify(plan, tell)

    async def rollback(self, plan: Plan, tell: Tell) -> None:
        """Puts it back."""
        await self._of(plan.via).rollback(plan, tell)

    async def reverse(self, plan: Plan, journal_id: str, snapshot: Snapshot) -> Plan:
        """The plan that takes it back, the same way."""
        return await self._of(plan.via).reverse(plan, journal_id, snapshot)

    def _of(self, via: str) -> Action:
        found = self.ways.get(via)
        if found is None:
            raise RefusedError(f"there is no way {visible(via, 80)}", f"use --via {' or '.join(self.ways)}")
        return found

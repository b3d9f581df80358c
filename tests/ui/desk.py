"""A desk that does nothing but answer as it was told to; the real one is tried on a real engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from specter_tui.core.actions.model import Change, Entry, Outcome, Phase, Plan, Result, Step, Wish
from specter_tui.core.actions.ports import Progress
from specter_tui.core.errors import RefusedError
from specter_tui.core.snapshot import Snapshot

AT = "2026-11-22T14:02:00Z"


def a_plan(**changes: Any) -> Plan:
    """Protecting wiki by its compose file."""
    base = Plan(
        "protect",
        "wiki.example.org",
        "f00d",
        via="labels",
        changes=(
            Change("/opt/specter/compose/wiki.yml", "labels:\n  - a=b\n", "labels:\n  - a=b\n  - m=verify@docker\n"),
        ),
        steps=("docker compose up -d wiki",),
        risks=("about 3 s without answers",),
        hosts=("wiki.example.org",),
        proof="an anonymous request must be sent to auth.example.org",
        undo="puts the file back",
    )
    return replace(base, **changes)


def a_step(text: str, phase: Phase = Phase.APPLY) -> Step:
    """A step that was just done."""
    return Step(phase, text, AT)


def an_entry(name: str = "20261122-1", **changes: Any) -> Entry:
    """A protection that was done and proved."""
    base = Entry(name, a_plan(), "ops", "vps1", AT, result=Result.DONE, proof=("307 to auth.example.org",), ended_at=AT)
    return replace(base, **changes)


class FakeDesk:
    """Plans what it was given; `go` lets what is carried out end."""

    def __init__(self, *, refuses: str = "", **changes: Any) -> None:
        self.refuses = refuses
        self.changes = changes
        self.wishes: list[Wish] = []
        self.done: list[str] = []
        self.entries: tuple[Entry, ...] = ()
        self.progress: tuple[Progress, ...] = (
            a_step("wrote wiki.yml"),
            Outcome(Result.DONE, "", ("307 to auth.example.org, 41 ms",), "20261122-7"),
        )
        self.go = asyncio.Event()
        self.go.set()
        self.left = 0

    async def plan(self, wish: Wish, _snapshot: Snapshot) -> Plan:
        """The plan, or the refusal."""
        self.wishes.append(wish)
        if self.refuses:
            raise RefusedError(self.refuses, "try something else")
        return a_plan(action=wish.action, target=wish.target, **self.changes)

    async def carry_out(self, plan: Plan) -> AsyncGenerator[Progress, None]:
        """The progress that was given."""
        async for one in self._work(f"{plan.action} {plan.target}"):
            yield one

    async def finish(self, journal_id: str) -> AsyncGenerator[Progress, None]:
        """As carry_out."""
        async for one in self._work(f"finish {journal_id}"):
            yield one

    async def take_back(self, journal_id: str) -> AsyncGenerator[Progress, None]:
        """As carry_out."""
        async for one in self._work(f"take back {journal_id}"):
            yield one

    async def _work(self, what: str) -> AsyncGenerator[Progress, None]:
        self.done.append(what)
        try:
            for one in self.progress:
                yield one
                await self.go.wait()
        finally:
            self.left += 1

    async def plan_undo(self, journal_id: str, _snapshot: Snapshot) -> Plan:
        """The plan that takes the last entry back."""
        found = [one.id for one in self.entries if not journal_id or one.id == journal_id]
        if not found:
            raise RefusedError("nothing was done yet that can be taken back")
        return a_plan(action="undo", target=found[0], undoes=found[0], opens=("wiki.example.org",))

    def history(self) -> tuple[Entry, ...]:
        """What was given."""
        return self.entries

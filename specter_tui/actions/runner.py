"""Carries actions out: the only caller of their apply, verify and rollback.

It runs in a process of its own (`specter-tui _act`), which nothing but SIGKILL ends early.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from specter_tui.actions.base import Action
from specter_tui.core.actions import Outcome, Phase, Plan, Receipt, Result, Standing, Step
from specter_tui.core.actions.ports import Clock, Journal, Locks
from specter_tui.core.errors import RefusedError, SpecterError
from specter_tui.core.text import visible

Watch = Callable[[Step], None]
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Actor:
    """Who wants it, in which context of the configuration, and whether they may change anything."""

    who: str
    context: str
    read_only: bool


class Runner:
    """Begins, finishes and takes back actions; every failure is an Outcome."""

    def __init__(
        self, actions: Mapping[str, Action], journal: Journal, locks: Locks, clock: Clock, actor: Actor
    ) -> None:
        self._actions = actions
        self._journal = journal
        self._locks = locks
        self._clock = clock
        self._actor = actor

    async def run(self, plan: Plan, watch: Watch) -> Outcome:
        """Does what was planned, unless what it was planned on has changed."""
        receipt = self._receipt(plan)
        with ExitStack() as held:
            try:
                self._demand_writable()
                action = self._action(plan)
                held.enter_context(self._locks.hold(plan.locks, receipt.id))
                self._demand_free(plan)
                if await action.fingerprint(plan) != plan.fingerprint:
                    raise RefusedError("what this was planned on has changed meanwhile", "look again and repeat it")
                held.enter_context(self._journal.begin(receipt))
            except SpecterError as error:
                return Outcome(Result.REFUSED, error.sentence())
            return await self._forward(action, receipt, watch)

    async def finish(self, journal_id: str, watch: Watch) -> Outcome:
        """Goes on with an interrupted action: what is done stays, the rest is done."""
        return await self._resume(journal_id, watch, forward=True)

    async def take_back(self, journal_id: str, watch: Watch) -> Outcome:
        """Rolls an interrupted action back."""
        return await self._resume(journal_id, watch, forward=False)

    async def _resume(self, journal_id: str, watch: Watch, *, forward: bool) -> Outcome:
        with ExitStack() as held:
            try:
                self._demand_writable()
                receipt = held.enter_context(self._journal.resume(journal_id))
                action = self._action(receipt.plan)
                held.enter_context(self._locks.hold(receipt.plan.locks, receipt.id))
            except SpecterError as error:
                return Outcome(Result.REFUSED, error.sentence())
            if forward:
                return await self._forward(action, receipt, watch)
            return await self._back(action, receipt, watch, "it was interrupted and is taken back")

    async def _forward(self, action: Action, receipt: Receipt, watch: Watch) -> Outcome:
        notes = _Notes(self._journal, receipt.id, self._clock, watch)
        try:
            await action.apply(receipt.plan, notes.teller(Phase.APPLY))
            proof = await action.verify(receipt.plan, notes.teller(Phase.VERIFY))
        except Exception as error:  # noqa: BLE001  a fault of ours must not leave things half changed either
            return await self._back(action, receipt, watch, _told(error))
        return self._end(receipt, Outcome(Result.DONE, "", proof, receipt.id))

    async def _back(self, action: Action, receipt: Receipt, watch: Watch, reason: str) -> Outcome:
        notes = _Notes(self._journal, receipt.id, self._clock, watch)
        try:
            await action.rollback(receipt.plan, notes.teller(Phase.ROLLBACK))
        except Exception as error:  # noqa: BLE001  as above
            told = f"{reason}. It could not be taken back: {_told(error)}"
            return self._end(receipt, Outcome(Result.ROLLBACK_FAILED, told, (), receipt.id))
        return self._end(receipt, Outcome(Result.ROLLED_BACK, reason, (), receipt.id))

    def _end(self, receipt: Receipt, outcome: Outcome) -> Outcome:
        try:
            self._journal.end(receipt, outcome, _instant(self._clock.now()))
        except RefusedError as error:  # the receipt is still there: the next start finds it open
            why = f"the journal could not be written: {error.sentence()}"
            told = f"{outcome.reason}. Beside that {why}" if outcome.reason else why
            return Outcome(outcome.result, told, outcome.proof, outcome.journal_id)
        return outcome

    def _receipt(self, plan: Plan) -> Receipt:
        now = self._clock.now()
        name = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        return Receipt(name, plan, self._actor.who, self._actor.context, _instant(now))

    def _demand_writable(self) -> None:
        if self._actor.read_only:
            raise RefusedError("nothing was changed: this is read-only", "leave --read-only and read_only = true out")

    def _action(self, plan: Plan) -> Action:
        action = self._actions.get(plan.action)
        if action is None:
            raise RefusedError(f"this version knows no action {visible(plan.action, _SHOWN)}")
        return action

    def _demand_free(self, plan: Plan) -> None:
        """An open receipt blocks its target; a running one holds the locks, so what is left was interrupted."""
        for entry in self._journal.entries():
            if entry.standing is not Standing.ENDED and set(entry.plan.locks) & set(plan.locks):
                raise RefusedError(
                    f"an earlier action ({entry.plan.action}, {entry.id}) on it was interrupted",
                    f"first: specter-tui finish {entry.id}, or: specter-tui undo {entry.id}",
                )


class _Notes:
    """Writes steps down before anybody sees them; a full disk does not stop a change that has begun."""

    def __init__(self, journal: Journal, journal_id: str, clock: Clock, watch: Watch) -> None:
        self._journal = journal
        self._id = journal_id
        self._clock = clock
        self._watch = watch

    def teller(self, phase: Phase) -> Callable[[str], None]:
        """What an action tells its steps to."""

        def tell(text: str) -> None:
            step = Step(phase, text, _instant(self._clock.now()))
            try:
                self._journal.note(self._id, step)
            except RefusedError as error:
                self._watch(Step(phase, f"(not written down: {error.message})", step.at))
            self._watch(step)

        return tell


def _told(error: Exception) -> str:
    """What a person reads; what an unforeseen error says may hold anything, so only its kind is told."""
    return error.sentence() if isinstance(error, SpecterError) else f"a fault of this program ({type(error).__name__})"


def _instant(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"

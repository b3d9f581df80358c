"""What every action can do, and how a new one is added.

1. What it decides goes into the core, pure: from a snapshot to a `Plan`, or RefusedError with the reason. What another
   process needs to carry the plan out stands as JSON in `Plan.work`.
2. A module here with a class that has the methods of `Action`; it is given the effects it needs (Protocols of the
   core) when it is made.
3. One line in `wiring.actions.build_actions`, under the name that `Plan.action` has. The command line and the
   dashboard get it from there; `core.actions.Wish` is all that they say.

The runner alone calls `apply`, `verify` and `rollback`, in a process of its own that may be killed at any moment. So:
- `apply` may find that a part is done already and then goes on from there (`finish` after a kill calls it again);
- `rollback` works from wherever `apply` came to, nothing done at all included, and ends only when it has seen that
  things are as before;
- each step is told when it is done, not before;
- nothing is kept in the object between two calls: what has to be known stands in the plan.
"""

from __future__ import annotations

from typing import Protocol

from specter_tui.core.actions import Plan, Wish
from specter_tui.core.actions.ports import Tell
from specter_tui.core.snapshot import Snapshot


class Action(Protocol):
    """A change that is planned, carried out, proved and taken back."""

    async def plan(self, wish: Wish, snapshot: Snapshot) -> Plan:
        """What would be done; reads, and changes nothing. Raises RefusedError, NotFoundError and SourceError."""
        ...

    async def fingerprint(self, plan: Plan) -> str:
        """What `plan.fingerprint` would be now. Raises SourceError when that can't be known."""
        ...

    async def apply(self, plan: Plan, tell: Tell) -> None:
        """Does it, and tells each step. Any SpecterError means that it has to be rolled back."""
        ...

    async def verify(self, plan: Plan, tell: Tell) -> tuple[str, ...]:
        """Waits, up to its deadlines, until the effect is there: the proof, one sentence each.

        Any SpecterError means that it is not, and it has to be rolled back.
        """
        ...

    async def rollback(self, plan: Plan, tell: Tell) -> None:
        """Puts everything back and sees that it is back. Any SpecterError means that it is not, and says what is so."""
        ...

    async def reverse(self, plan: Plan, journal_id: str, snapshot: Snapshot) -> Plan:
        """The plan that takes a finished one back (`undoes` = `journal_id`); any action's name may stand in it.

        Raises RefusedError, with the reason, when that is not possible.
        """
        ...

"""What actions need of the outside, and what the two faces need of actions: Protocols.

Those that reach for something raise SourceError where it does not answer, and RefusedError where nothing was changed
for a reason.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from specter_tui.core.actions.model import Entry, Outcome, Plan, Receipt, Step, Wish
from specter_tui.core.model import ContainerHealth
from specter_tui.core.snapshot import Snapshot

Progress = Step | Outcome


class Desk(Protocol):
    """All that a face does with actions: plan, carry out, look back. The faces know nothing else of them."""

    async def plan(self, wish: Wish, snapshot: Snapshot) -> Plan:
        """What would be done; changes nothing. Raises RefusedError, NotFoundError and SourceError."""
        ...

    def carry_out(self, plan: Plan) -> AsyncGenerator[Progress, None]:
        """Does it in a process of its own: its steps as they happen, at last the outcome.

        Leaving it only stops looking: the process goes on to its end. Every failure is an outcome.
        """
        ...

    async def plan_undo(self, journal_id: str, snapshot: Snapshot) -> Plan:
        """What taking an ended action back would do (empty id: the last one that can be)."""
        ...

    def finish(self, journal_id: str) -> AsyncGenerator[Progress, None]:
        """Goes on with an interrupted action to its end, as `carry_out`."""
        ...

    def take_back(self, journal_id: str) -> AsyncGenerator[Progress, None]:
        """Rolls an interrupted action back, as `carry_out`."""
        ...

    def history(self) -> tuple[Entry, ...]:
        """All actions that the journal knows, the latest first. Raises RefusedError when it can't be read."""
        ...


class Journal(Protocol):
    """What was and is done. Everything raises RefusedError, with the reason, when the disk or the folder says no."""

    def begin(self, receipt: Receipt) -> AbstractContextManager[None]:
        """Writes a receipt for good and holds it: while it is held it is running, let go of it is interrupted."""
        ...

    def resume(self, journal_id: str) -> AbstractContextManager[Receipt]:
        """Holds an interrupted receipt. Raises RefusedError when a process works on it, or it is not open."""
        ...

    def note(self, journal_id: str, step: Step) -> None:
        """Adds a step to an open receipt, for good."""
        ...

    def end(self, receipt: Receipt, outcome: Outcome, ended_at: str) -> None:
        """Writes how it ended; the receipt becomes the backup that undo works from."""
        ...

    def entries(self) -> tuple[Entry, ...]:
        """All, the latest first."""
        ...

    def backup(self, journal_id: str) -> Receipt:
        """The whole plan of an ended action. Raises RefusedError when it is gone (they are kept for 30 days)."""
        ...


class Locks(Protocol):
    """Who may change what."""

    def hold(self, names: Iterable[str], journal_id: str) -> AbstractContextManager[None]:
        """Holds all of them. Raises RefusedError, naming who does, when one is held already."""
        ...


class Launcher(Protocol):
    """Starts the process that carries actions out."""

    def launch(self, order: Sequence[str], document: str) -> AsyncGenerator[Progress, None]:
        """Its progress; `order` are its arguments, `document` its standard input."""
        ...


class Clock(Protocol):
    """The time, and waiting."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        ...


@dataclass(frozen=True, slots=True)
class ContainerFacts:
    """What decides on a container's action, as the engine says now."""

    id: str
    name: str
    state: str  # Docker's own: created, running, paused, restarting, removing, exited, dead
    health: ContainerHealth
    started_at: str  # as the engine writes it: another one means another life
    addresses: tuple[str, ...] = ()  # on its networks
    exit_code: int = 0
    stop_seconds: int = 10  # how long it is given to end by itself


class ContainerControl(Protocol):
    """Starts and ends containers; each call comes back when the engine has done it."""

    async def look(self, container_id: str) -> ContainerFacts:
        """One container. Raises NotFoundError when there is none of this id any more."""
        ...

    async def restart(self, container_id: str) -> None:
        """Ends it and starts it again, as one request to the engine."""
        ...

    async def start(self, container_id: str) -> None:
        """Starts it; one that runs stays as it is."""
        ...

    async def stop(self, container_id: str) -> None:
        """Ends it within its own grace period; one that does not run stays as it is."""
        ...


Tell = Callable[[str], None]

"""A change before, while and after it happens, as data that another process can read and go on with.

All times are RFC 3339 in UTC, as text. Every string may come from outside and is shown through `core.text.visible`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for; `action` is a command's name, `target` what they typed after it."""

    action: str  # "restart", "start", "stop", "protect", ...
    target: str
    via: str = ""  # "labels" or "overlay", where the action knows several ways
    include_pending: bool = False
    adopt: bool = False  # records without our marker too
    force: bool = False  # beyond the limits of a plan
    wheels: str = ""  # a folder with what an image is made of; absolute
    orders: int | None = None  # how many certificates for the same names a person counted in 7 days
    adopted: tuple[str, ...] = ()  # host names whose record without our marker is meant, where not all are


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changes: a file's path or "container wiki", and its whole text or state on both sides."""

    where: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Exactly what an action will do; made without changing anything.

    `fingerprint` stands for all that the plan was made from: the action refuses to begin when it is another by then.
    `work` is JSON that only the action itself reads, enough for another process to finish the change or take it back.
    It may hold secrets (whole files), so it is kept in files of mode 0600 and never shown.
    """

    action: str
    target: str
    fingerprint: str
    via: str = ""
    changes: tuple[Change, ...] = ()
    steps: tuple[str, ...] = ()  # what will be done, in order, one short sentence each
    risks: tuple[str, ...] = ()  # what a person should know before, one sentence each
    opens: tuple[str, ...] = ()  # host names that this opens to the public: each has to be typed
    hosts: tuple[str, ...] = ()  # the public host names that it touches
    proof: str = ""  # how it will be proved, one sentence
    undo: str = ""  # what taking it back does, one sentence; empty: it can't be taken back
    locks: tuple[str, ...] = ()  # what nobody else may change meanwhile: "container:<id>", "file:<path>"
    undoes: str = ""  # the journal id that this takes back
    work: str = field(default="{}", repr=False)


class Phase(StrEnum):
    """What a step belongs to."""

    APPLY = "apply"
    VERIFY = "verify"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was just done or seen; one sentence."""

    phase: Phase
    text: str
    at: str


class Result(StrEnum):
    """How an action stands; `ROLLBACK_FAILED` leaves things in a state that a person has to look at."""

    PLANNED = "planned"  # nothing was done yet
    DONE = "done"  # and proved
    REFUSED = "refused"  # nothing was changed
    ROLLED_BACK = "rolled_back"  # it failed, and everything is as before
    ROLLBACK_FAILED = "rollback_failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended; `reason` is empty when it is done, `journal_id` when nothing was begun."""

    result: Result
    reason: str = ""
    proof: tuple[str, ...] = ()
    journal_id: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is on the disk before the first effect: whoever finds it can finish the change or take it back."""

    id: str
    plan: Plan
    who: str
    context: str
    started_at: str


class Standing(StrEnum):
    """Whether an entry of the journal is over."""

    RUNNING = "running"  # a process works on it now
    INTERRUPTED = "interrupted"  # its process is gone: finish it or take it back
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Entry:
    """One action in the journal: the plan without `work` and with its changes masked, and how it went."""

    id: str
    plan: Plan
    who: str
    context: str
    started_at: str
    standing: Standing = Standing.ENDED
    result: Result = Result.PLANNED  # until it has ended
    reason: str = ""
    proof: tuple[str, ...] = ()
    ended_at: str = ""
    undone_by: str = ""
    steps: tuple[Step, ...] = ()  # of one that has not ended

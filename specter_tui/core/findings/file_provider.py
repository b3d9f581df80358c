"""Traefik's file provider takes all of its folder or nothing: one bad file holds up every other one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import chain
from typing import Final

from specter_tui.core.findings.model import Finding, Remedy, Severity, Subject, SubjectKind
from specter_tui.core.model import ConfigStatus
from specter_tui.core.snapshot import Snapshot, SourceName
from specter_tui.core.text import visible
from specter_tui.core.traefik_log import Refusal

_MOST_NAMES: Final = 5
_SHOWN: Final = 400
_NAME: Final = 120
_STILL: Final = timedelta(minutes=15)  # how long a refusal counts as certain where its file is not seen
_SUBJECT: Final = Subject(SubjectKind.SOURCE, SourceName.TRAEFIK)
_MEND: Final = "mend or remove that file; where it is right by now, save it once more: Traefik then loads it again"


def file_provider_empty(snapshot: Snapshot) -> Iterator[Finding]:
    """One file that can't be loaded empties the whole provider when Traefik starts; a running one keeps what it had."""
    wanted = _wanted(snapshot)
    if not wanted or not gives_nothing(snapshot):
        return
    refusal = _refusal(snapshot)
    needing = [route.id for route in snapshot.routes if route.router.status is ConfigStatus.DISABLED]
    yield Finding(
        "file-provider-empty",
        Severity.ERROR,
        _SUBJECT,
        "Traefik's file provider gives nothing, and routers need it",
        (
            *(_evidence(snapshot, refusal) if refusal else ()),
            f"routers name {_listed(wanted)}",
            *((f"Traefik does not serve {_listed(needing)}",) if needing else ()),
        ),
        Remedy(
            _remedy(refusal)
            if refusal
            else "a file in the dynamic folder can't be loaded: Traefik's log names it; mend or remove that file"
        ),
    )


def file_provider_error(snapshot: Snapshot) -> Iterator[Finding]:
    """A running Traefik refused what is in its folder: it goes on with what it had, and its API tells nothing."""
    refusal = _refusal(snapshot)
    if refusal is None or (_wanted(snapshot) and gives_nothing(snapshot)):
        return
    certain = refusal.unchanged or refusal.until_restart or snapshot.taken_at - refusal.at < _STILL
    what = visible(refusal.file, _NAME) or "what is in its dynamic folder"
    consequence = "so no change of any dynamic file counts" if certain else "and whether it was mended is not known"
    yield Finding(
        "file-provider-error",
        Severity.ERROR if certain else Severity.UNKNOWN,
        _SUBJECT,
        f"Traefik can't load {what}, {consequence}",
        _evidence(snapshot, refusal),
        Remedy(_remedy(refusal)),
    )


def log_unread(snapshot: Snapshot) -> Iterator[Finding]:
    """Without Traefik's log, a bad dynamic file shows nowhere while Traefik runs."""
    log = snapshot.traefik_log
    if log is None or not log.unread or "File" not in snapshot.providers:
        return
    yield Finding(
        "log-unread",
        Severity.UNKNOWN if log.configured else Severity.INFO,
        _SUBJECT,
        "Traefik's log is not read, so a dynamic file that it can't load may go unseen",
        (visible(log.unread, _SHOWN),),
        Remedy("set log_file in [traefik], or let this program read the log of Traefik's container"),
    )


def gives_nothing(snapshot: Snapshot) -> bool:
    """Whether Traefik has a file provider, and nothing of it."""
    if "File" not in snapshot.providers:
        return False
    providers = chain(
        (one.provider for one in snapshot.middlewares),
        (one.provider for one in snapshot.services),
        (route.router.provider for route in snapshot.routes),
    )
    return "file" not in providers


def refused_now(snapshot: Snapshot) -> str:
    """Why no change of a dynamic file would count, as far as anything tells; empty when nothing speaks against it."""
    refusal = _refusal(snapshot)
    if refusal is not None:
        return f"Traefik can't load {visible(refusal.file, _NAME) or 'what is in its dynamic folder'}"
    empty = bool(_wanted(snapshot)) and gives_nothing(snapshot)
    return "Traefik's file provider gives nothing, and routers need it" if empty else ""


def _wanted(snapshot: Snapshot) -> list[str]:
    """The missing parts that the file provider is to define."""
    missing: dict[str, None] = {}
    for route in snapshot.routes:
        for link in route.chain:
            if link.status is None:
                missing[link.name] = None
        if route.service.status is None:
            missing[route.service.name] = None
    return [name for name in missing if name.endswith("@file")]


def _refusal(snapshot: Snapshot) -> Refusal | None:
    """What the log says, for a Traefik that is read and has a file provider as far as that is known."""
    known = snapshot.traefik_version and (not snapshot.providers or "File" in snapshot.providers)
    return snapshot.traefik_log.refusal if known and snapshot.traefik_log else None


def _evidence(snapshot: Snapshot, refusal: Refusal) -> tuple[str, ...]:
    where = snapshot.traefik_log.where if snapshot.traefik_log else ""
    return (
        visible(refusal.text, _SHOWN),
        f"logged {refusal.at:%Y-%m-%d %H:%M:%S} UTC in the log of {visible(where, _NAME)}",
        *(("the file has not been changed since",) if refusal.unchanged else ()),
    )


def _remedy(refusal: Refusal) -> str:
    return (
        "mend or remove that file, then restart Traefik: it does not watch the folder"
        if refusal.until_restart
        else _MEND
    )


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


CHECKS: Final[tuple[Callable[[Snapshot], Iterator[Finding]], ...]] = (
    file_provider_empty,
    file_provider_error,
    log_unread,
)

"""What happened between two snapshots: only what both of them really knew, so that a source that dies changes nothing.

Pure: a change carries the time of the later snapshot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

from specter_tui.core.findings.model import Subject, SubjectKind
from specter_tui.core.model import Container, ContainerHealth
from specter_tui.core.snapshot import (
    CertificateStatus,
    Health,
    ProtectionState,
    Route,
    Snapshot,
    SourceName,
    SourceStatus,
)

MOST: Final = 50  # changes that are remembered
_MANY: Final = 5  # of one sort at once: told as their number
T = TypeVar("T")


class Tone(StrEnum):
    """What a change means: better, worse, to be looked at, or just different."""

    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened; `subject` is None where it is about several things."""

    at: datetime
    tone: Tone
    name: str  # what it happened to, as a person names it
    what: str
    subject: Subject | None = None
    times: int = 1  # how often it happened, this time included


_READ: Final = frozenset({SourceStatus.FRESH, SourceStatus.STALE})
_BROKEN: Final = frozenset({SourceStatus.STALE, SourceStatus.FAILED})
_SOURCES: Final[Mapping[SourceName, str]] = {
    SourceName.TRAEFIK: "Traefik",
    SourceName.DOCKER: "Docker",
    SourceName.ACME: "acme.json",
    SourceName.CLOUDFLARE: "Cloudflare",
}
_PROTECTION: Final[Mapping[ProtectionState, tuple[str, Tone]]] = {
    ProtectionState.PROTECTED: ("protected", Tone.GOOD),
    ProtectionState.OTHER_AUTH: ("asks for another sign-in", Tone.PLAIN),
    ProtectionState.UNPROTECTED: ("open to everyone", Tone.BAD),
    ProtectionState.BYPASSED: ("bypassed", Tone.BAD),
    ProtectionState.UNKNOWN: ("protection unknown", Tone.WARN),
    ProtectionState.NOT_APPLICABLE: ("protection not applicable", Tone.PLAIN),
}
_HEALTH: Final[Mapping[Health, tuple[str, Tone]]] = {
    Health.HEALTHY: ("answers again", Tone.GOOD),
    Health.DEGRADED: ("partly down", Tone.WARN),
    Health.DOWN: ("down", Tone.BAD),
}


def remembered(log: tuple[Change, ...], new: Iterable[Change]) -> tuple[Change, ...]:
    """The log with what is new at its head, the newest first, and no longer than it may be.

    What happens again, as with a container that keeps restarting, takes the place of the last time and is counted.
    """
    for change in reversed(tuple(new)):
        before = next((one for one in log if _same(one, change)), None)
        if before is not None:
            log = tuple(one for one in log if one is not before)
            change = replace(change, times=before.times + 1)  # noqa: PLW2901  the same change, counted
        log = (change, *log)
    return log[:MOST]


def folded(log: Iterable[Change]) -> list[Change]:
    """The log for a short list: what one thing does again and again (stops, starts, stops) is one line of it."""
    result: list[Change] = []
    for change in log:
        place = next((place for place, one in enumerate(result) if _again(one, change)), None)
        if place is None:
            result.append(change)
        else:
            newest = result[place]
            what = f"{newest.what}, {change.what}"
            result[place] = replace(newest, what=what, times=max(newest.times, change.times))
    return result


def _again(one: Change, other: Change) -> bool:
    """Whether both happened more than once, and to the same thing."""
    return one.times > 1 and other.times > 1 and (one.name, one.subject) == (other.name, other.subject)


def _same(one: Change, other: Change) -> bool:
    return (one.name, one.what, one.subject) == (other.name, other.what, other.subject)


def changes(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """What happened from one snapshot to the next, the most telling first."""
    return tuple(_changes(before, after))


def _changes(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    yield from _sources(before, after)
    if _read(before, after, SourceName.TRAEFIK):
        yield from _protection(before, after)
        yield from _routes(before, after)
    if _read(before, after, SourceName.DOCKER):
        yield from _containers(before, after)
    if _read(before, after, SourceName.ACME):
        yield from _certificates(before, after)


def _read(before: Snapshot, after: Snapshot, name: SourceName) -> bool:
    return before.source(name).status in _READ and after.source(name).status in _READ


def _sources(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    for name, word in _SOURCES.items():
        last, now = before.source(name), after.source(name).status
        subject = Subject(SubjectKind.SOURCE, name)
        if last.status is SourceStatus.FRESH and now in _BROKEN:
            yield Change(after.taken_at, Tone.BAD, word, "can't be read", subject)
        elif last.status in _BROKEN and now is SourceStatus.FRESH and not last.awaited:
            yield Change(after.taken_at, Tone.GOOD, word, "is read again", subject)


def _differing(old: Iterable[T], new: Iterable[T], key: Callable[[T], str]) -> tuple[dict[str, T], dict[str, T]]:
    """What is not the very same object on both sides, by its key: of thousands mostly one or two."""
    before, after = tuple(old), tuple(new)
    if len(before) == len(after):
        pairs = [(was, now) for was, now in zip(before, after, strict=True) if was is not now]
        before, after = tuple(was for was, _ in pairs), tuple(now for _, now in pairs)
    return {key(one): one for one in before}, {key(one): one for one in after}


def _protection(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """Hosts whose protection is another one; what is unknown only because a source died is no change."""
    steady = all(before.source(name).status is after.source(name).status for name in SourceName)
    old, new = _differing(before.hosts, after.hosts, lambda one: one.name)
    for name, host in new.items():
        was = old.get(name)
        if was is None or was.protection.state is host.protection.state:
            continue
        if steady or ProtectionState.UNKNOWN not in {was.protection.state, host.protection.state}:
            what, tone = _PROTECTION[host.protection.state]
            yield Change(after.taken_at, tone, host.name, what, Subject(SubjectKind.HOST, host.name))


def _routes(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    old, new = _differing(before.routes, after.routes, lambda one: one.id)
    at = after.taken_at
    yield from _several((_route(at, new[one], "route appeared") for one in new.keys() - old.keys()), "routes appeared")
    yield from _several((_route(at, old[one], "route vanished") for one in old.keys() - new.keys()), "routes vanished")
    turned = (
        _route(at, route, *_HEALTH[route.health])
        for one, route in new.items()
        if (was := old.get(one)) is not None
        and was.health is not route.health
        and Health.UNKNOWN not in {was.health, route.health}
    )
    yield from _several(turned, "routes changed their health")


def _route(at: datetime, route: Route, what: str, tone: Tone = Tone.PLAIN) -> Change:
    return Change(at, tone, route.hosts[0] if route.hosts else route.id, what, Subject(SubjectKind.ROUTE, route.id))


def _several(found: Iterable[Change], words: str) -> Iterator[Change]:
    """Each of a few, or the number of many, in the order of their names."""
    listed = sorted(found, key=lambda one: one.name)
    if len(listed) <= _MANY:
        yield from listed
    else:
        yield Change(listed[0].at, Tone.PLAIN, str(len(listed)), words)


def _containers(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """By name, since a container that is made anew keeps only that."""
    old, new = _differing(before.containers, after.containers, lambda one: one.name)
    at = after.taken_at
    yield from _several((_container(at, new[one], "started") for one in new.keys() - old.keys()), "containers started")
    yield from _several((_container(at, old[one], "removed") for one in old.keys() - new.keys()), "containers removed")
    for name, container in new.items():
        was = old.get(name)
        if was is not None and (told := _told(was, container)):
            yield _container(at, container, *told)


def _container(at: datetime, container: Container, what: str, tone: Tone = Tone.PLAIN) -> Change:
    return Change(at, tone, container.name, what, Subject(SubjectKind.CONTAINER, container.name))


def _told(was: Container, now: Container) -> tuple[str, Tone] | None:
    """The one thing to tell of a container that is another one now."""
    if was.id != now.id:
        return "recreated", Tone.PLAIN
    if was.state != now.state:
        return _turned(now)
    if was.health is not now.health:
        return _health(now.health)
    before, after = _uptime(was.status), _uptime(now.status)
    return ("restarted", Tone.WARN) if before is not None and after is not None and after < before else None


def _turned(now: Container) -> tuple[str, Tone]:
    if now.state == "running":
        return "running again", Tone.GOOD
    return now.state, Tone.WARN if now.state in {"restarting", "paused", "created"} else Tone.BAD


def _health(health: ContainerHealth) -> tuple[str, Tone] | None:
    if health is ContainerHealth.HEALTHY:
        return "healthy", Tone.GOOD
    return ("unhealthy", Tone.BAD) if health is ContainerHealth.UNHEALTHY else None


# Docker's words for an uptime only grow while a container runs (moby, units.HumanDuration), so a smaller one means a
# new start; the listing has no other trace of it.
_UP: Final = re.compile(r"Up (?:About )?(Less than a|an?|\d{1,6}) (second|minute|hour|day|week|month|year)s?\b")
_SECONDS: Final = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86_400,
    "week": 604_800,
    "month": 2_592_000,
    "year": 31_536_000,
}


def _uptime(status: str) -> int | None:
    match = _UP.match(status)
    if match is None:
        return None
    amount = {"Less than a": 0, "a": 1, "an": 1}.get(match[1])
    return (int(match[1]) if amount is None else amount) * _SECONDS[match[2]]


def _certificates(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    if before.certificates is after.certificates:
        return
    old = _newest(before.certificates)
    for key, status in _newest(after.certificates).items():
        was = old.get(key)
        leaf = status.certificate
        subject = Subject(SubjectKind.CERTIFICATE, leaf.main)
        if was is None:
            yield Change(after.taken_at, Tone.GOOD, leaf.main, "certificate issued", subject)
        elif was.certificate.not_after < leaf.not_after:
            until = f"certificate renewed until {leaf.not_after:%Y-%m-%d}"
            yield Change(after.taken_at, Tone.GOOD, leaf.main, until, subject)


def _newest(statuses: Iterable[CertificateStatus]) -> dict[tuple[object, ...], CertificateStatus]:
    """By its names and where it stands, which a renewal keeps, the one that lasts longest."""
    found: dict[tuple[object, ...], CertificateStatus] = {}
    for one in statuses:
        leaf = one.certificate
        key = (leaf.main, frozenset(leaf.sans), leaf.resolver, leaf.source)
        known = found.get(key)
        if known is None or known.certificate.not_after < leaf.not_after:
            found[key] = one
    return found

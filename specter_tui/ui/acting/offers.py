"""What can be done with a thing on the screen; pure. Whether it may be done, its plan says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from specter_tui.core.actions.model import Wish
from specter_tui.core.findings.model import SubjectKind
from specter_tui.core.model import Container
from specter_tui.core.snapshot import ProtectionState, Snapshot
from specter_tui.ui.present.kinds.findings import FINDINGS

GUARDING: Final = frozenset({"protect", "unprotect"})
_CLOSED: Final = frozenset({ProtectionState.PROTECTED, ProtectionState.NOT_APPLICABLE})
_OPENABLE: Final = frozenset({ProtectionState.PROTECTED, ProtectionState.BYPASSED, ProtectionState.UNKNOWN})
_VERBS: Final = {
    "protect": "Protect",
    "unprotect": "Open to the public",
    "restart": "Restart",
    "start": "Start",
    "stop": "Stop",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that can be asked for; `noun` is what the target is."""

    wish: Wish
    noun: str

    @property
    def verb(self) -> str:
        """What it does, as a person says it."""
        return _VERBS[self.wish.action]


def offers(kind: str, key: str, snapshot: Snapshot) -> tuple[Offer, ...]:
    """What can be done with the row of a view that has this key, the most likely first, each once."""
    make = _MAKERS.get(kind)
    return tuple(dict.fromkeys(make(key, snapshot))) if make is not None else ()


def protecting(found: tuple[Offer, ...]) -> tuple[Offer, ...]:
    """What the key that protects means: closing, and only where there is nothing to close, opening."""
    guarding = tuple(one for one in found if one.wish.action in GUARDING)
    closing = tuple(one for one in guarding if one.wish.action == "protect")
    return closing or guarding


def restarting(found: tuple[Offer, ...]) -> tuple[Offer, ...]:
    """What the key that restarts means: a container that does not run is started."""
    return tuple(one for one in found if one.wish.action in {"restart", "start"})


def _of_route(key: str, snapshot: Snapshot) -> Iterator[Offer]:
    for route in snapshot.routes:
        if route.id == key:
            yield from _guarding(route.protection.state, route.id, "route")
            yield from _of_containers(route.containers, snapshot)


def _of_host(key: str, snapshot: Snapshot) -> Iterator[Offer]:
    for host in snapshot.hosts:
        if host.name == key:
            yield from _guarding(host.protection.state, host.name, "host")
            routes = set(host.routes)
            behind = [one for route in snapshot.routes if route.id in routes for one in route.containers]
            yield from _of_containers(behind, snapshot)


def _of_container(key: str, snapshot: Snapshot) -> Iterator[Offer]:
    for container in snapshot.containers:
        if key in {container.id, container.name}:
            yield from _running(container)
            for route in snapshot.routes:
                if container.id in route.containers:
                    yield from _guarding(route.protection.state, route.id, "route")


def _of_finding(key: str, snapshot: Snapshot) -> Iterator[Offer]:
    finding = FINDINGS.find(snapshot, key)
    make = _OF_SUBJECT.get(finding.subject.kind) if finding is not None else None
    if finding is not None and make is not None:
        yield from make(finding.subject.id, snapshot)


def _guarding(state: ProtectionState, target: str, noun: str) -> Iterator[Offer]:
    if state not in _CLOSED:
        yield Offer(Wish("protect", target), noun)
    if state in _OPENABLE:
        yield Offer(Wish("unprotect", target), noun)


def _of_containers(ids: Iterable[str], snapshot: Snapshot) -> Iterator[Offer]:
    wanted = set(ids)
    for container in snapshot.containers:
        if container.id in wanted:
            yield from _running(container)


def _running(container: Container) -> Iterator[Offer]:
    actions = ("start",) if container.state in {"exited", "created", "dead"} else ("restart", "stop")
    for action in actions:
        yield Offer(Wish(action, container.name), "container")


Maker = Callable[[str, Snapshot], Iterator[Offer]]
_OF_SUBJECT: Final[Mapping[SubjectKind, Maker]] = {
    SubjectKind.ROUTE: _of_route,
    SubjectKind.HOST: _of_host,
    SubjectKind.CONTAINER: _of_container,
}
_MAKERS: Final[Mapping[str, Maker]] = {
    "routes": _of_route,
    "hosts": _of_host,
    "dns": _of_host,
    "containers": _of_container,
    "doctor": _of_finding,
}

"""What can be done with a thing on the screen; pure. Whether it may be done, its plan says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from specter_tui.core.actions.model import Wish
from specter_tui.core.backends import split_server
from specter_tui.core.dns.mending import needs
from specter_tui.core.errors import MoreNeeded
from specter_tui.core.findings.interrupted import INTERRUPTED
from specter_tui.core.findings.model import SubjectKind
from specter_tui.core.model import Container
from specter_tui.core.protecting import OverlayNeeded
from specter_tui.core.renewing.find import target_of
from specter_tui.core.shadow_names import is_shadow_auth
from specter_tui.core.snapshot import Host, Protection, ProtectionState, Snapshot
from specter_tui.ui.present.kinds.findings import FINDINGS
from specter_tui.ui.present.remember import of_the_same

GUARDING: Final = frozenset({"protect", "unprotect"})
_CLOSED: Final = frozenset({ProtectionState.PROTECTED, ProtectionState.NOT_APPLICABLE})
_OPENABLE: Final = frozenset({ProtectionState.PROTECTED, ProtectionState.BYPASSED, ProtectionState.UNKNOWN})
_DEPLOYABLE: Final = frozenset({"verify-down", "verify-open-to-all"})  # what a deployment mends
_VERBS: Final = {
    "protect": "Protect",
    "protect by overlay": "Protect by the overlay",
    "unprotect": "Open to the public",
    "unprotect by overlay": "Take the overlay away",
    "restart": "Restart",
    "start": "Start",
    "stop": "Stop",
    "deploy": "Deploy",
    "renew": "Have Traefik order anew",
    "dns": "Mend DNS",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that can be asked for; `noun` is what the target is."""

    wish: Wish
    noun: str

    @property
    def verb(self) -> str:
        """What it does, as a person says it."""
        wish = self.wish
        return _VERBS[f"{wish.action} by {wish.via}" if wish.via else wish.action]


DEPLOY: Final = Offer(Wish("deploy", "verify"), "service")
MEND: Final = Offer(Wish("dns", ""), "of all hosts")


def offers(kind: str, key: str, snapshot: Snapshot) -> tuple[Offer, ...]:
    """What can be done with the row of a view that has this key, the most likely first, each once."""
    make = _MAKERS.get(kind)
    return tuple(dict.fromkeys(make(key, snapshot))) if make is not None else ()


def interrupted_id(kind: str, key: str, snapshot: Snapshot) -> str:
    """The journal id of the interrupted change that a finding is about; empty for anything else."""
    finding = FINDINGS.find(snapshot, key) if kind == FINDINGS.id else None
    return finding.subject.id if finding is not None and finding.code == INTERRUPTED else ""


def protecting(found: tuple[Offer, ...]) -> tuple[Offer, ...]:
    """What the key that protects means: closing by labels, and only where there is nothing to close, opening."""
    guarding = tuple(one for one in found if one.wish.action in GUARDING)
    closing = tuple(one for one in guarding if one.wish.action == "protect" and not one.wish.via)
    return closing or guarding


def restarting(found: tuple[Offer, ...]) -> tuple[Offer, ...]:
    """What the key that restarts means: a container that does not run is started."""
    return tuple(one for one in found if one.wish.action in {"restart", "start"})


def mending(found: tuple[Offer, ...]) -> tuple[Offer, ...]:
    """What the key that mends DNS means: there is something to mend."""
    return tuple(one for one in found if one.wish.action == MEND.wish.action)


def wider(wish: Wish, error: MoreNeeded) -> Wish:
    """The wish with what it was refused for, which a person has read and still wants."""
    if isinstance(error, OverlayNeeded):
        return replace(wish, via="overlay")
    return replace(wish, force=True) if wish.action == MEND.wish.action else replace(wish, include_pending=True)


def _of_route(key: str, snapshot: Snapshot) -> Iterator[Offer]:
    for route in snapshot.routes:
        if route.id == key:
            yield from _guarding(route.protection, route.id, "route")
            yield from _of_containers(route.containers, snapshot)


def _of_host(key: str, snapshot: Snapshot) -> Iterator[Offer]:
    for host in snapshot.hosts:
        if host.name == key:
            yield from _records(host)
            yield from _guarding(host.protection, host.name, "host")
            routes = set(host.routes)
            behind = [one for route in snapshot.routes if route.id in routes for one in route.containers]
            yield from _of_containers(behind, snapshot)


def _of_record(key: str, snapshot: Snapshot) -> Iterator[Offer]:
    """On the board the whole plan can be asked for from every row."""
    found = tuple(_of_host(key, snapshot))
    if MEND not in found and _some_need(snapshot.hosts):
        yield MEND
    yield from found


def _of_container(key: str, snapshot: Snapshot) -> Iterator[Offer]:
    for container in snapshot.containers:
        if key in {container.id, container.name}:
            yield from _verify(container, snapshot)
            yield from _running(container)
            for route in snapshot.routes:
                if container.id in route.containers:
                    yield from _guarding(route.protection, route.id, "route")


def _of_certificate(key: str, snapshot: Snapshot) -> Iterator[Offer]:
    """One of acme.json: by its row, or by its main name, which a finding has."""
    for one in snapshot.certificates:
        if key in {one.key, one.certificate.main} and one.certificate.resolver:
            yield Offer(Wish("renew", target_of(snapshot, one)), "certificate")


def _of_finding(key: str, snapshot: Snapshot) -> Iterator[Offer]:
    finding = FINDINGS.find(snapshot, key)
    if finding is not None and finding.code in _DEPLOYABLE:
        yield DEPLOY
    make = _OF_SUBJECT.get(finding.subject.kind) if finding is not None else None
    if finding is not None and make is not None:
        yield from make(finding.subject.id, snapshot)


def _guarding(protection: Protection, target: str, noun: str) -> Iterator[Offer]:
    state, covered = protection.state, any(map(is_shadow_auth, protection.by))
    if state not in _CLOSED or covered:
        yield Offer(Wish("protect", target), noun)
    if state not in _CLOSED and not covered:
        yield Offer(Wish("protect", target, "overlay"), noun)
    if covered:
        yield Offer(Wish("unprotect", target, "overlay"), noun)
    elif state in _OPENABLE:
        yield Offer(Wish("unprotect", target), noun)


def _of_containers(ids: Iterable[str], snapshot: Snapshot) -> Iterator[Offer]:
    wanted = set(ids)
    for container in snapshot.containers:
        if container.id in wanted:
            yield from _running(container)


def _records(host: Host) -> Iterator[Offer]:
    if needs(host):
        yield Offer(Wish(MEND.wish.action, host.name), "host")
        yield MEND


@of_the_same
def _some_need(hosts: tuple[Host, ...]) -> bool:
    return any(map(needs, hosts))


def _verify(container: Container, snapshot: Snapshot) -> Iterator[Offer]:
    """A container that Traefik asks by its name or its service's, as it does the verify service."""
    asked = {split_server(one.address)[0] for one in snapshot.middlewares if one.address}
    if asked & {container.name, container.label("com.docker.compose.service")} - {""}:
        yield DEPLOY


def _running(container: Container) -> Iterator[Offer]:
    actions = ("start",) if container.state in {"exited", "created", "dead"} else ("restart", "stop")
    for action in actions:
        yield Offer(Wish(action, container.name), "container")


Maker = Callable[[str, Snapshot], Iterator[Offer]]
_OF_SUBJECT: Final[Mapping[SubjectKind, Maker]] = {
    SubjectKind.ROUTE: _of_route,
    SubjectKind.HOST: _of_host,
    SubjectKind.CONTAINER: _of_container,
    SubjectKind.CERTIFICATE: _of_certificate,
}
_MAKERS: Final[Mapping[str, Maker]] = {
    "routes": _of_route,
    "hosts": _of_host,
    "dns": _of_record,
    "containers": _of_container,
    "certificates": _of_certificate,
    "doctor": _of_finding,
}

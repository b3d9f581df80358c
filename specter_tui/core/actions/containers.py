"""Restarting, starting and stopping containers: which ones a name means, and what will happen to whom."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

import msgspec

from specter_tui.core.actions.model import Change, Plan
from specter_tui.core.actions.ports import ContainerFacts
from specter_tui.core.errors import NotFoundError, RefusedError
from specter_tui.core.model import ConfigStatus, Container, ContainerHealth
from specter_tui.core.near import near
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Route, Snapshot, SourceName, SourceStatus
from specter_tui.core.text import visible

_SHOWN: Final = 200
_SHORTEST_ID: Final = 4  # characters: a shorter prefix of an id names too many


class Verb(StrEnum):
    """What is done to a container; the names of the commands."""

    RESTART = "restart"
    START = "start"
    STOP = "stop"


_FITS: Final = {
    Verb.RESTART: frozenset({"running"}),
    Verb.START: frozenset({"created", "exited"}),
    Verb.STOP: frozenset({"running", "restarting"}),
}
_INSTEAD: Final = {Verb.RESTART: "start it", Verb.START: "see specter-tui containers", Verb.STOP: "start it"}


class ContainerWork(msgspec.Struct, frozen=True):
    """What carries it out: the containers as they were, in order, and the routers that Traefik has for them."""

    verb: Verb
    containers: tuple[ContainerFacts, ...]
    routes: tuple[str, ...]  # ids of enabled routers with a server in one of them


def find_containers(snapshot: Snapshot, target: str) -> tuple[Container, ...]:
    """The container of this name or beginning of an id, or all behind a host. Raises NotFoundError, RefusedError."""
    named = [one for one in snapshot.containers if target in {one.name, one.id}]
    if not named and len(target) >= _SHORTEST_ID:
        named = [one for one in snapshot.containers if one.id.startswith(target)]
    if len(named) > 1:
        raise RefusedError(f"{len(named)} containers have an id that begins so", "write more of it, or the name")
    if named:
        return tuple(named)
    host = target.lower().rstrip(".")
    routes = [one for one in snapshot.routes if host in one.hosts]
    if not routes:
        known = [
            *(one.name for one in snapshot.containers),
            *(name for route in snapshot.routes for name in route.hosts),
        ]
        remedy = near(target, known, "see specter-tui containers")
        raise NotFoundError(f"no container or host is called {visible(target, _SHOWN)}", remedy)
    behind = {container for route in routes for container in route.containers}
    found = tuple(sorted((one for one in snapshot.containers if one.id in behind), key=lambda one: one.name))
    if not found:
        raise RefusedError(
            f"no container is known behind {visible(host, _SHOWN)}", "name the container: specter-tui containers"
        )
    return found


def plan_containers(
    snapshot: Snapshot, verb: Verb, target: str, facts: Sequence[ContainerFacts], settings: Settings
) -> Plan:
    """What will happen. Raises RefusedError when one of them is in a state that does not fit."""
    for one in facts:
        if one.state not in _FITS[verb]:
            name, state = visible(one.name, _SHOWN), visible(one.state, _SHOWN)
            raise RefusedError(f"{name} can't be {_DONE[verb]}: it is {state}", _INSTEAD[verb])
    touched = _routes(snapshot, facts)
    hosts = tuple(sorted({host for route in touched for host in route.hosts}))
    enabled = tuple(one.id for one in touched if one.router.status is not ConfigStatus.DISABLED)
    return Plan(
        action=verb.value,
        target=target,
        fingerprint=fingerprint(verb, facts),
        changes=tuple(Change(f"container {one.name}", _state(one), _AFTER[verb]) for one in facts),
        steps=tuple(f"{verb.value} {visible(one.name, _SHOWN)}" for one in facts),
        risks=tuple(_risks(snapshot, verb, facts, touched, settings)),
        hosts=hosts,
        proof=_PROOF[verb],
        undo=_UNDO[verb],
        locks=tuple(f"container:{one.id}" for one in facts),
        work=msgspec.json.encode(ContainerWork(verb, tuple(facts), enabled)).decode(),
    )


def fingerprint(verb: str, facts: Iterable[ContainerFacts]) -> str:
    """Another one when a container was made anew, started, or ended since."""
    told = [verb, *((one.id, one.state, one.started_at) for one in facts)]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()


def _routes(snapshot: Snapshot, facts: Iterable[ContainerFacts]) -> list[Route]:
    ids = {one.id for one in facts}
    return [one for one in snapshot.routes if ids & set(one.containers)]


def _risks(
    snapshot: Snapshot, verb: Verb, facts: Sequence[ContainerFacts], touched: Sequence[Route], settings: Settings
) -> Iterable[str]:
    yield _summary(verb, facts)
    if snapshot.source(SourceName.TRAEFIK).status is not SourceStatus.FRESH:
        yield "Traefik could not be read: which public hosts are behind it is unknown"
    if verb is Verb.START:
        yield "its routes come back with it, as open or as protected as its labels make them"
        return
    yield from _dropped(snapshot, verb, facts, touched)
    verify = urlsplit(settings.protection.verify_url).hostname or ""
    for one in facts:
        name = visible(one.name, _SHOWN)
        if one.name == verify or _is_service(snapshot, one.id, verify):
            yield f"{name} is the verify service: every protected host answers 500 until it is back"
        if _is_traefik(snapshot, one.id):
            yield f"{name} looks like Traefik itself: no host at all answers until it is back"


def _summary(verb: Verb, facts: Sequence[ContainerFacts]) -> str:
    names = ", ".join(visible(one.name, _SHOWN) for one in facts)
    count = f"{len(facts)} container{'s' * (len(facts) != 1)}"
    if verb is Verb.START:
        return f"starts {count}: {names}"
    grace = max(one.stop_seconds for one in facts)
    each = " each, one after the other" if len(facts) > 1 else ""
    return f"{verb.value}s {count}: {names}; at most {grace} s to end by itself{each}"


def _dropped(
    snapshot: Snapshot, verb: Verb, facts: Sequence[ContainerFacts], touched: Sequence[Route]
) -> Iterable[str]:
    """The hosts that have no other running container behind them meanwhile; a restart takes one container at a time."""
    gone = {one.id for one in facts}
    running = {one.id for one in snapshot.containers if one.state == "running"}
    alone: set[str] = set()
    for route in touched:
        behind = running & set(route.containers)
        left = len(behind) - 1 if verb is Verb.RESTART else len(behind - gone)
        alone |= set(route.hosts) if left <= 0 else set()
    if alone:
        names = ", ".join(visible(host, _SHOWN) for host in sorted(alone))
        until = "until it is up again" if verb is Verb.RESTART else "until it is started"
        yield f"drops {len(alone)} host{'s' * (len(alone) != 1)} {until}: {names}"


def _is_service(snapshot: Snapshot, container_id: str, name: str) -> bool:
    found = next((one for one in snapshot.containers if one.id == container_id), None)
    return found is not None and bool(name) and found.label("com.docker.compose.service") == name


def _is_traefik(snapshot: Snapshot, container_id: str) -> bool:
    found = next((one for one in snapshot.containers if one.id == container_id), None)
    image = found.image.rpartition("/")[2].partition(":")[0].partition("@")[0] if found else ""
    return image == "traefik"


def _state(facts: ContainerFacts) -> str:
    health = f", {facts.health}" if facts.health is not ContainerHealth.NONE else ""
    return f"{visible(facts.state, _SHOWN)}{health}"


_DONE: Final = {Verb.RESTART: "restarted", Verb.START: "started", Verb.STOP: "stopped"}
_AFTER: Final = {Verb.RESTART: "running, started anew", Verb.START: "running", Verb.STOP: "exited"}
_PROOF: Final = {
    Verb.RESTART: "it runs in a new life and is healthy within 120 s, and Traefik shows it within 10 s",
    Verb.START: "it runs and is healthy within 120 s",
    Verb.STOP: "it does not run, and Traefik has let go of it within 10 s",
}
_UNDO: Final = {Verb.RESTART: "", Verb.START: "stops it again", Verb.STOP: "starts it again"}

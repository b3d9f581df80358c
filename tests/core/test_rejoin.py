"""A join that uses what the last one made gives what a join from nothing gives, whatever changed in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specter_tui.core.hosts import Joined
from specter_tui.core.join import Reads, _Joiner, join
from specter_tui.core.model import AcmeRead, ConfigStatus, Container, DockerRead, Protocol, Router, Service, TraefikRead
from specter_tui.core.rejoin import JoinMemory
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Snapshot, SourceName, SourceState, SourceStatus
from tests.builders import (
    NOW,
    a_certificate,
    a_container,
    a_middleware,
    a_port,
    a_router,
    a_server,
    a_service,
    a_source,
    all_sources,
    an_entry_point,
)
from tests.core.joining import SETTINGS, an_answer

GUARDED = {"middlewares": ("descope-verify@docker",)}
APP1, APP2, APP3 = "app1@docker", "app2@docker", "app3@file"
ROUTERS: tuple[Router, ...] = (
    a_router(APP1),
    a_router(APP1, **GUARDED, rule="Host(`other.example.org`) || PathPrefix(`/x`)"),
    a_router(APP1, **GUARDED, status=ConfigStatus.DISABLED, errors=("broken",)),
    a_router(APP1, protocol=Protocol.TCP, rule="HostSNI(`*`)"),
    a_router(APP2, **GUARDED, service=APP1, priority=500, tls=None),
    a_router(APP2, service="none@docker", rule="Host(("),
    a_router(APP3, parents=(APP1,)),
    a_router(APP3, **GUARDED, rule="Host(`app1.example.org`) && Path(`/y`)"),
)
SERVICES: tuple[Service, ...] = (
    a_service(APP1, servers=(a_server("http://172.18.0.9:80"),)),
    a_service(APP1, **GUARDED),
    a_service(APP1, servers=(), children=(APP3,), type="weighted"),
    a_service(APP1, protocol=Protocol.TCP),
    a_service(APP2, servers=()),
    a_service(APP3, servers=(a_server("http://172.18.0.7:8000"),)),
)
CONTAINERS: tuple[tuple[Container, ...], ...] = (
    (),
    (a_container("app1"), a_container("traefik", image="traefik:v3")),
    (a_container("app1", state="exited"), a_container("traefik", image="traefik:v3", state="exited")),
    (a_container("app1", published=(a_port(),)),),
)


@dataclass(frozen=True)
class Scene:
    """What one join is given."""

    reads: Reads
    states: Mapping[SourceName, SourceState]
    settings: Settings = SETTINGS
    later: timedelta = timedelta(0)

    def joined(self, memory: JoinMemory | None) -> Snapshot:
        now = NOW + self.later
        return join(self.reads, self.states, self.settings, context="vps1", now=now, memory=memory)


TRAEFIK = TraefikRead(
    version="3.7.15",
    started_at="2026-11-22T10:00:00Z",
    entry_points=(an_entry_point("web"), an_entry_point("websecure")),
    routers=(a_router(APP1, **GUARDED), a_router(APP2, **GUARDED), a_router(APP3, **GUARDED)),
    middlewares=(a_middleware(),),
    services=(a_service(APP1), a_service(APP2, servers=(), children=(APP1,), type="weighted"), a_service(APP3)),
)
START = Scene(
    Reads(TRAEFIK, DockerRead("27", "1.47", "vps1", CONTAINERS[1]), AcmeRead((), ("le",), (a_certificate(),))),
    all_sources(),
)
Change = Callable[[Scene], Scene]


def _traefik(**changes: Any) -> Change:
    def change(scene: Scene) -> Scene:
        assert scene.reads.traefik is not None
        return replace(scene, reads=replace(scene.reads, traefik=replace(scene.reads.traefik, **changes)))

    return change


def _read(**changes: Any) -> Change:
    return lambda scene: replace(scene, reads=replace(scene.reads, **changes))


def _part(field: str, part: Router | Service) -> Change:
    """This router or service instead of the one of its name; all others stay the same objects."""

    def change(scene: Scene) -> Scene:
        parts = {(one.protocol, one.name): one for one in getattr(scene.reads.traefik, field)}
        return _traefik(**{field: tuple((parts | {(part.protocol, part.name): part}).values())})(scene)

    return change


def _status(name: SourceName, status: SourceStatus) -> Change:
    return lambda scene: replace(scene, states={**scene.states, name: a_source(status)})


def _other(**changes: Any) -> Change:
    return lambda scene: replace(scene, **changes)


CHANGES: tuple[Change, ...] = (
    *(_part("routers", one) for one in (*ROUTERS, *TRAEFIK.routers)),
    *(_part("services", one) for one in (*SERVICES, *TRAEFIK.services)),
    _traefik(routers=()),
    _traefik(services=()),
    _traefik(middlewares=()),
    _traefik(middlewares=(a_middleware(address="http://else/"),)),
    _traefik(middlewares=(a_middleware(status=ConfigStatus.DISABLED),)),
    _traefik(version="2.11.3"),
    _traefik(entry_points=(an_entry_point("websecure", address="127.0.0.1:443"),)),
    *(_read(docker=DockerRead("27", "1.47", "vps1", some)) for some in CONTAINERS),
    _read(docker=None),
    _read(acme=None),
    _read(probes=(an_answer(200),)),
    _read(probes=(an_answer(502, APP2), an_answer(401))),
    *(_status(name, status) for name in (SourceName.TRAEFIK, SourceName.DOCKER) for status in SourceStatus),
    _other(later=timedelta(days=40)),
    _other(later=timedelta(days=400)),
    _other(settings=Settings()),
)


def _check(steps: Iterable[Change]) -> None:
    memory, scene = JoinMemory(), START
    scene.joined(memory)
    for step in steps:
        scene = step(scene)
        assert repr(scene.joined(memory)) == repr(scene.joined(None))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(CHANGES), min_size=3, max_size=8))
def test_a_join_with_memory_gives_what_a_fresh_one_gives(steps: list[Change]) -> None:
    _check(steps)


@pytest.mark.parametrize("first", range(len(CHANGES)))
def test_so_it_does_after_any_two_changes(first: int) -> None:
    for second in CHANGES:
        _check((CHANGES[first], second))


def test_what_comes_out_alike_is_the_same_object() -> None:
    memory = JoinMemory()
    before = START.joined(memory)
    after = _part("routers", ROUTERS[1])(START).joined(memory)
    assert {one.id for one in after.routes if not any(one is old for old in before.routes)} == {APP1}


def test_a_world_that_changes_no_route_leaves_all_as_it_was() -> None:
    memory = JoinMemory()
    before = START.joined(memory)
    other = replace(CONTAINERS[1][0], labels=(("other", "label"),))
    after = _read(docker=DockerRead("27", "1.47", "vps1", (other, *CONTAINERS[1][1:])))(START).joined(memory)
    assert after.containers != before.containers
    assert after.routes
    assert after.routes is before.routes
    assert after.hosts is before.hosts


def test_a_route_alone_is_not_even_joined_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    memory, joined = JoinMemory(), list[str]()
    START.joined(memory)
    join_one = _Joiner.join

    def noted(self: _Joiner, router: Router) -> Joined:
        joined.append(router.id)
        return join_one(self, router)

    monkeypatch.setattr(_Joiner, "join", noted)
    _part("routers", ROUTERS[1])(START).joined(memory)
    assert sorted(joined) == sorted({APP1, APP2}), "app2's service has a child"

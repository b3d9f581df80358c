"""A route's health is never better than its evidence."""

from __future__ import annotations

import pytest

from specter_tui.core.model import ConfigStatus, ContainerHealth, Server, ServerHealth
from specter_tui.core.snapshot import Health
from tests.builders import a_container, a_router, a_service
from tests.core.joining import VERIFY, an_answer, joined, route_of

UP, DOWN, UNCHECKED = (Server(f"http://172.18.0.7:{port}", health) for port, health in enumerate(ServerHealth, 1))


@pytest.mark.parametrize(
    ("servers", "health"),
    [
        ((UP,), Health.HEALTHY),
        ((UP, DOWN), Health.DEGRADED),
        ((DOWN,), Health.DOWN),
        ((UNCHECKED,), Health.UNKNOWN),
        ((), Health.DOWN),
    ],
)
def test_by_traefiks_own_checks(servers: tuple[Server, ...], health: Health) -> None:
    snapshot = joined(a_router(), services=[a_service(servers=servers)], containers=[])
    assert route_of(snapshot).health is health


@pytest.mark.parametrize(
    ("state", "container_health", "health"),
    [
        ("running", ContainerHealth.HEALTHY, Health.HEALTHY),
        ("running", ContainerHealth.NONE, Health.HEALTHY),
        ("running", ContainerHealth.UNHEALTHY, Health.DOWN),
        ("running", ContainerHealth.STARTING, Health.DOWN),
        ("exited", ContainerHealth.NONE, Health.DOWN),
        ("restarting", ContainerHealth.NONE, Health.DOWN),
        ("paused", ContainerHealth.NONE, Health.DOWN),
    ],
)
def test_by_its_container(state: str, container_health: ContainerHealth, health: Health) -> None:
    container = a_container(state=state, health=container_health)
    route = route_of(joined(a_router(), services=[a_service(servers=(UNCHECKED,))], containers=[container]))
    assert route.health is health
    assert bool(route.health_reason) is (health is not Health.HEALTHY)


def test_the_worse_of_servers_and_containers_counts() -> None:
    half = a_service(servers=(UP, Server("http://172.18.0.9:1", ServerHealth.DOWN)))
    gone = a_container(state="exited")
    assert route_of(joined(a_router(), services=[half], containers=[gone])).health is Health.DOWN
    none = a_service(servers=(Server("http://app1:1", ServerHealth.DOWN), Server("http://app2:1", ServerHealth.DOWN)))
    pair = [a_container("app1"), a_container("app2", state="exited")]
    assert route_of(joined(a_router(), services=[none], containers=pair)).health is Health.DOWN


def test_one_of_two_containers() -> None:
    pair = [a_container("app1"), a_container("app2", state="exited")]
    service = a_service(servers=(Server("http://app1:1"), Server("http://app2:1")))
    assert route_of(joined(a_router(), services=[service], containers=pair)).health is Health.DEGRADED


@pytest.mark.parametrize(
    ("status", "health"),
    [(502, Health.DOWN), (504, Health.DOWN), (500, Health.DEGRADED), (200, Health.HEALTHY), (404, Health.HEALTHY)],
)
def test_by_the_last_probe(status: int, health: Health) -> None:
    snapshot = joined(a_router(), services=[a_service(servers=(UNCHECKED,))], probes=[an_answer(status)], containers=[])
    assert route_of(snapshot).health is health


@pytest.mark.parametrize(("status", "health"), [(307, Health.UNKNOWN), (401, Health.UNKNOWN), (200, Health.HEALTHY)])
def test_who_is_turned_away_learns_nothing_of_the_application(status: int, health: Health) -> None:
    guarded = a_router(middlewares=(VERIFY,))
    snapshot = joined(guarded, services=[a_service(servers=(UNCHECKED,))], probes=[an_answer(status)], containers=[])
    assert route_of(snapshot).health is health


def test_a_disabled_router_is_down_whatever_its_servers_do() -> None:
    router = a_router(status=ConfigStatus.DISABLED, errors=("middleware does not exist",))
    route = route_of(joined(router))
    assert (route.health, route.health_reason) == (Health.DOWN, "middleware does not exist")

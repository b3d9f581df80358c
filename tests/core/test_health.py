"""A route's health is never better than its evidence."""

from __future__ import annotations

import pytest

from specter_tui.core.model import ConfigStatus, ContainerHealth, ContainerNetwork, Server, ServerHealth
from specter_tui.core.proof import ProbeAnswer
from specter_tui.core.snapshot import Health, SourceStatus
from tests.builders import DOMAIN, a_container, a_router, a_service, a_source, all_sources, replace
from tests.core.joining import VERIFY, an_answer, joined, route_of

VERIFIER = a_container("descope-auth", networks=(ContainerNetwork("traefik-proxy", "172.18.0.9"),))
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
    services, containers = [a_service(servers=(UNCHECKED,))], [VERIFIER]
    snapshot = joined(guarded, services=services, probes=[an_answer(status)], containers=containers)
    assert route_of(snapshot).health is health


def test_a_disabled_router_is_down_whatever_its_servers_do() -> None:
    router = a_router(status=ConfigStatus.DISABLED, errors=("middleware does not exist",))
    route = route_of(joined(router))
    assert (route.health, route.health_reason) == (Health.DOWN, "middleware does not exist")


GUARDED = a_router(middlewares=(VERIFY,))
STOPPED = a_container("descope-auth", state="exited", status="Exited (0) 2 minutes ago", networks=())
TURNED_AWAY = an_answer(307, location=f"https://auth.{DOMAIN}/?redirect=https%3A%2F%2Fapp1.{DOMAIN}%2F")
SILENT = an_answer(0, error="no answer within 5 s")


@pytest.mark.parametrize("probes", [[], [SILENT], [TURNED_AWAY], [an_answer(200)], [an_answer(500)]])
@pytest.mark.parametrize("service", ["app1@docker", "api@internal"])
def test_it_is_never_healthy_while_the_verify_service_is_stopped(probes: list[ProbeAnswer], service: str) -> None:
    """A probe is from before, or gives up before Traefik does, which waits long for a name that nobody has."""
    guarded = replace(GUARDED, service=service)
    containers = [a_container(), a_container("traefik", image="traefik:v3.7"), STOPPED]
    route = route_of(joined(guarded, containers=containers, probes=probes))
    told = f"{VERIFY} has nobody to ask: container descope-auth: Exited (0) 2 minutes ago"
    assert (route.health, route.health_reason) == (Health.DEGRADED, told)


def test_nor_while_nobody_bears_its_name_unless_it_is_seen_to_answer() -> None:
    """The name may be an alias of a network, which Docker does not list."""
    missing = joined(GUARDED, containers=[a_container()], probes=[SILENT])
    told = f"{VERIFY} may have nobody to ask: no container is called descope-auth"
    assert (route_of(missing).health, route_of(missing).health_reason) == (Health.UNKNOWN, told)
    assert route_of(joined(GUARDED, probes=[TURNED_AWAY])).health is Health.HEALTHY
    blind = all_sources(docker=a_source(SourceStatus.STALE))
    assert "nobody" not in route_of(joined(GUARDED, states=blind)).health_reason


def test_what_is_worse_by_itself_stays_so_and_one_of_two_verifiers_is_enough() -> None:
    down = joined(GUARDED, containers=[a_container(state="exited"), STOPPED])
    assert route_of(down).health is Health.DOWN
    labels = (("com.docker.compose.service", "descope-auth"),)
    second = replace(VERIFIER, id="2", name="specter-descope-auth-2", labels=labels)
    assert route_of(joined(GUARDED, containers=[a_container(), STOPPED, second])).health is Health.HEALTHY
    assert route_of(joined(a_router(), containers=[a_container(), STOPPED])).health is Health.HEALTHY

"""Ways to a container that do not lead through Traefik, and what is made of them where Docker can't be read."""

from __future__ import annotations

import pytest

from specter_tui.core.model import ContainerNetwork, PublishedPort, Server
from specter_tui.core.snapshot import ProtectionState, SourceStatus
from tests.builders import DOMAIN, a_container, a_middleware, a_port, a_router, a_service, a_source, all_sources
from tests.core.joining import VERIFY, a_redirect_router, codes, host_of, joined, route_of

P = ProtectionState
APP = f"app1.{DOMAIN}"
GUARDED = a_router(middlewares=(VERIFY,))


class TestWaysPastTraefik:
    servers = (a_service(servers=(Server("http://172.18.0.7:8000"),)),)

    @pytest.mark.parametrize(
        ("port", "state"),
        [
            (a_port(8000), P.BYPASSED),
            (a_port(8000, ip="::"), P.BYPASSED),
            (a_port(8000, ip="203.0.113.10"), P.BYPASSED),
            (a_port(8000, ip="127.0.0.1"), P.PROTECTED),
            (a_port(8000, ip="::1"), P.PROTECTED),
            (a_port(2222), P.PROTECTED),
            (a_port(8000, proto="udp"), P.PROTECTED),
        ],
    )
    def test_published_ports(self, port: object, state: ProtectionState) -> None:
        container = a_container(published=(port,))
        snapshot = joined(GUARDED, services=self.servers, containers=[container])
        assert host_of(snapshot).protection.state is state
        assert route_of(snapshot).protection.state is state

    @pytest.mark.parametrize("lender", ["gateway", "gateway-id"])
    def test_a_network_that_is_lent(self, lender: str) -> None:
        gateway = a_container("gateway", networks=(), published=(a_port(8000),))
        label = ("traefik.http.routers.app1.x", "1")
        app = a_container(network_mode=f"container:{lender}", networks=(), labels=(label,))
        services = (a_service(servers=(Server("http://172.18.0.9:8000"),)),)
        snapshot = joined(GUARDED, services=services, containers=[gateway, app])
        assert host_of(snapshot).protection.state is P.BYPASSED

    def test_a_name_with_its_network(self) -> None:
        container = a_container(published=(a_port(8000),))
        services = (a_service(servers=(Server("http://app1.traefik-proxy:8000"),)),)
        assert host_of(joined(GUARDED, services=services, containers=[container])).protection.state is P.BYPASSED

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "host.docker.internal"])
    def test_ports_that_traefik_itself_goes_through(self, host: str) -> None:
        services = (a_service("app1@file", servers=(Server(f"http://{host}:8080"),)),)
        router = a_router("app1@file", middlewares=(VERIFY,))

        def published(*ports: PublishedPort) -> ProtectionState:
            container = a_container("wiki", published=ports)
            return host_of(joined(router, services=services, containers=[container])).protection.state

        assert published(PublishedPort("0.0.0.0", 8080, 80, "tcp")) is P.BYPASSED  # noqa: S104  an address in a fixture
        assert published(PublishedPort("127.0.0.1", 8080, 80, "tcp")) is P.PROTECTED
        assert published(PublishedPort("", 9000, 8080, "tcp")) is P.PROTECTED

    def test_host_networking(self) -> None:
        container = a_container(network_mode="host", labels=(("traefik.http.routers.app1.rule", GUARDED.rule),))
        services = (a_service(servers=(Server("http://127.0.0.1:8000"),)),)
        assert host_of(joined(GUARDED, services=services, containers=[container])).protection.state is P.BYPASSED

    @pytest.mark.parametrize("status", [SourceStatus.STALE, SourceStatus.FAILED])
    def test_docker_that_cannot_be_read_means_unknown(self, status: SourceStatus) -> None:
        states = all_sources(docker=a_source(status))
        assert host_of(joined(GUARDED, states=states)).protection.state is P.UNKNOWN
        basic = a_middleware("basic@file", type="basicauth", address="")
        family = joined(a_router(middlewares=("basic@file",)), middlewares=[basic], states=states)
        assert host_of(family).protection.state is P.UNKNOWN

    @pytest.mark.parametrize("status", [SourceStatus.STALE, SourceStatus.FAILED])
    def test_docker_that_cannot_be_read_hides_no_open_router(self, status: SourceStatus) -> None:
        public = a_router("open@docker", rule=f"Host(`{APP}`) && PathPrefix(`/public`)")
        snapshot = joined(GUARDED, public, states=all_sources(docker=a_source(status)))
        assert host_of(snapshot).protection.state is P.BYPASSED
        assert route_of(snapshot).protection.state is P.BYPASSED
        assert "host-bypassed" in codes(snapshot)

    def test_docker_that_cannot_be_read_makes_no_redirect_a_bypass(self) -> None:
        plain = a_router("plain@docker", rule=f"Host(`{APP}`)", entry_points=("web",), tls=None)
        states = all_sources(docker=a_source(SourceStatus.STALE))
        assert host_of(joined(GUARDED, plain, a_redirect_router(), states=states)).protection.state is P.UNKNOWN

    def test_a_published_port_of_an_open_route_that_never_answers_is_none(self) -> None:
        shadowed = a_router("other@docker", rule=GUARDED.rule, priority=1)
        services = (*self.servers, a_service("other@docker", servers=(Server("http://172.18.0.9:9000"),)))
        other = a_container(
            "other", networks=(ContainerNetwork("traefik-proxy", "172.18.0.9"),), published=(a_port(9000),)
        )
        snapshot = joined(GUARDED, shadowed, services=services, containers=[a_container(), other])
        assert host_of(snapshot).protection.state is P.PROTECTED

    def test_docker_off_counts_routers_alone_and_says_so(self) -> None:
        snapshot = joined(GUARDED, states=all_sources(docker=a_source(SourceStatus.OFF)))
        assert host_of(snapshot).protection.state is P.PROTECTED
        assert "ways-unseen" in codes(snapshot)


def test_a_docker_route_without_any_container_here_is_not_called_protected() -> None:
    host = host_of(joined(GUARDED, containers=[]))
    assert host.protection.state is P.UNKNOWN
    assert "no container of this engine" in host.protection.reasons[0]


def test_but_a_file_route_may_lead_anywhere() -> None:
    router = a_router("app1@file", middlewares=(VERIFY,))
    assert host_of(joined(router, containers=[])).protection.state is P.PROTECTED


def test_a_container_that_is_not_understood_may_publish_anything() -> None:
    assert host_of(joined(GUARDED, docker_problems=["a container without state"])).protection.state is P.UNKNOWN


def test_an_address_of_its_own_on_the_lan_is_a_way_past() -> None:
    container = a_container(
        networks=(ContainerNetwork("traefik-proxy", "172.18.0.7"), ContainerNetwork("lan", "10.0.0.9"))
    )
    snapshot = joined(GUARDED, containers=[container], lan_networks=("lan",))
    assert host_of(snapshot).protection.state is P.BYPASSED
    assert host_of(snapshot).protection.reasons == ("container app1 has an address of its own on the network lan",)
    assert host_of(joined(GUARDED, containers=[container])).protection.state is P.PROTECTED


@pytest.mark.parametrize(
    ("address", "engine", "state"),
    [
        ("2a01:4f8::7", "26.1.4", P.UNKNOWN),
        ("2a01:4f8::7", "", P.UNKNOWN),
        ("2a01:4f8::7", "27.0.3", P.PROTECTED),
        ("fd00::7", "20.10.24", P.PROTECTED),
        ("fe80::7", "20.10.24", P.PROTECTED),
        ("nonsense", "20.10.24", P.PROTECTED),
    ],
)
def test_a_routable_address_is_unknown_where_the_engine_may_not_filter_it(
    address: str, engine: str, state: ProtectionState
) -> None:
    container = a_container(networks=(ContainerNetwork("traefik-proxy", "172.18.0.7", address),))
    host = host_of(joined(GUARDED, containers=[container], engine=engine))
    assert host.protection.state is state
    assert ("routable address" in " ".join(host.protection.reasons)) is (state is P.UNKNOWN)

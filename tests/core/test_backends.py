"""From server URLs and labels to containers; what is reachable from where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specter_tui.core.backends import ContainerIndex, resolve_service, split_server
from specter_tui.core.exposure import is_public, local_address, out_of_reach, running_traefiks, ways_around
from specter_tui.core.loopback import is_loopback
from specter_tui.core.model import ContainerNetwork, PublishedPort, Server
from specter_tui.core.snapshot import RouteService
from tests.builders import a_container, a_port, a_router, a_service, an_entry_point


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://172.18.0.7:8000", ("172.18.0.7", 8000)),
        ("http://APP:80/path", ("app", 80)),
        ("https://app", ("app", 443)),
        ("h2c://app", ("app", 80)),
        ("http://[fd00::7]:8000", ("fd00::7", 8000)),
        ("http://[fd00::7]", ("fd00::7", 80)),
        ("http://user:pw@app:81", ("app", 81)),
        ("10.0.0.1:5432", ("10.0.0.1", 5432)),
        ("app", ("app", 0)),
        ("http://app:99999999999", ("app", 0)),
        ("http://app:x", ("app", 0)),
        ("", ("", 0)),
    ],
)
def test_split_server(url: str, parts: tuple[str, int]) -> None:
    assert split_server(url) == parts


@given(st.text(max_size=80))
def test_split_server_survives_any_text(url: str) -> None:
    host, port = split_server(url)
    assert isinstance(host, str)
    assert port >= 0


def test_weighted_services_end_at_their_childrens_servers_once() -> None:
    services = {
        one.name: one
        for one in (
            a_service("w@file", type="weighted", servers=(), children=("a@file", "b@file", "w@file")),
            a_service("a@file", servers=(Server("http://a"),)),
            a_service("b@file", servers=(Server("http://b"), Server("http://a"))),
        )
    }
    found = resolve_service("w@file", services)
    assert {server.url for server in found.servers} == {"http://a", "http://b"}
    assert resolve_service("gone@file", services).status is None


@pytest.mark.parametrize(
    "url",
    ["http://172.18.0.7:8000", "http://app1:8000", "http://web:8000", "http://[fd00::7]:8000", "http://0123456789ab:1"],
)
def test_containers_by_every_address(url: str) -> None:
    container = a_container(
        id="0123456789ab" * 5,
        networks=(ContainerNetwork("traefik-proxy", "172.18.0.7", "fd00::7"),),
        labels=(("com.docker.compose.service", "web"),),
    )
    index = ContainerIndex([container, a_container("other", networks=(ContainerNetwork("n", "172.18.0.8"),))])
    behind = index.behind(a_router(), RouteService("app1@docker", "loadbalancer", (Server(url),)))
    assert behind == (container,)


def test_containers_by_label_when_no_address_tells() -> None:
    container = a_container(networks=(ContainerNetwork("host"),), labels=(("traefik.http.services.app1.x", "1"),))
    index = ContainerIndex([container])
    service = RouteService("app1@docker", "loadbalancer", (Server("http://127.0.0.1:80"),))
    assert index.behind(a_router(), service) == (container,)
    assert index.behind(a_router("app1@file"), service) == ()


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("192.0.2.1", False),
        ("", False),
        ("10.0.0.1", False),
        ("evil", False),
    ],
)
def test_is_loopback(host: str, *, answer: bool) -> None:
    assert is_loopback(host) is answer


def test_an_entry_point_is_public_unless_shown_otherwise() -> None:
    api = an_entry_point("traefik", address=":8080")
    traefik = a_container("traefik", image="traefik:v3.7", published=(PublishedPort("127.0.0.1", 8080, 8080, "tcp"),))
    assert not is_public(api, [traefik])
    assert is_public(api, [])
    assert is_public(api, [traefik, traefik])
    assert not is_public(an_entry_point("traefik", address="127.0.0.1:8080"), [])
    assert not is_public(an_entry_point("x", address=":9999"), [traefik])


@pytest.mark.parametrize(
    ("image", "found"),
    [
        ("traefik", True),
        ("traefik:v2.11", True),
        ("docker.io/library/traefik:v3@sha256:ab", True),
        ("me/traefik-forward-auth:2", False),
        ("nottraefik", False),
    ],
)
def test_traefik_is_known_by_its_image(image: str, *, found: bool) -> None:
    assert bool(running_traefiks([a_container("x", image=image)])) is found
    assert not running_traefiks([a_container("x", image=image, state="exited")])


def test_local_addresses() -> None:
    websecure = an_entry_point()
    traefik = a_container("t", image="traefik", published=(PublishedPort("", 8443, 443, "tcp"),))
    assert local_address(websecure, [traefik], api_is_local=True) == "127.0.0.1:8443"
    assert local_address(websecure, [], api_is_local=True) == "127.0.0.1:443"
    assert local_address(websecure, [], api_is_local=False) == ""
    assert local_address(an_entry_point("x", address=":9"), [traefik], api_is_local=True) == ""
    assert local_address(an_entry_point("x", address="[::1]:9"), [], api_is_local=True) == "[::1]:9"
    assert local_address(an_entry_point("x", address="127.0.0.1:9"), [], api_is_local=False) == ""
    assert local_address(an_entry_point("x", address="127.0.0.1:9"), [traefik], api_is_local=True) == ""
    assert local_address(an_entry_point("x", address="192.0.2.1:9"), [], api_is_local=False) == "192.0.2.1:9"
    assert local_address(websecure, [traefik], api_is_local=False) == ""
    assert local_address(an_entry_point("d", address=":53/udp"), [], api_is_local=True) == ""
    assert local_address(an_entry_point("d", address="nonsense"), [], api_is_local=True) == ""


def test_ways_around_name_each_once() -> None:
    container = a_container(
        published=(a_port(8000, ip="203.0.113.9"), a_port(8000, ip="::"), a_port(8000, ip="127.0.0.1"))
    )
    assert ways_around([container], [Server("http://172.18.0.7:8000")]) == (
        "container app1 publishes 203.0.113.9:8000",
        "container app1 publishes :::8000",
    )


def test_a_tree_of_services_that_grows_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specter_tui.core.backends.MAX_SERVERS", 5)
    names = [f"s{number}@file" for number in range(50)]
    services = {
        name: a_service(name, servers=(Server(f"http://{name}-1"), Server(f"http://{name}-2"))) for name in names
    }
    services["w@file"] = a_service("w@file", type="weighted", servers=(), children=tuple(names))
    assert len(resolve_service("w@file", services).servers) == 6  # the service at which it has enough is taken whole


def test_what_compose_run_leaves_running_is_no_replica_of_the_service() -> None:
    service = (("com.docker.compose.project", "p"), ("com.docker.compose.service", "web"))
    app = a_container(labels=service, networks=(ContainerNetwork("traefik-proxy", "172.18.0.7"),))
    second = a_container("web-2", id="2" * 64, labels=service, networks=())
    once = a_container("run-1", id="3" * 64, labels=(*service, ("com.docker.compose.oneoff", "True")), networks=())
    index = ContainerIndex([app, second, once])
    behind = index.behind(a_router(), RouteService("app1@docker", "loadbalancer", (Server("http://172.18.0.7:80"),)))
    assert [one.name for one in behind] == [app.name, "web-2"]


@pytest.mark.parametrize(("network", "apart"), [("none", False), ("host", False), ("wiki_default", True)])
def test_containers_without_a_network_of_their_own_are_not_called_apart(network: str, apart: bool) -> None:
    traefik = a_container("traefik", image="traefik:v3.7", networks=(ContainerNetwork("traefik-proxy", "172.18.0.2"),))
    container = a_container(id="9" * 64, networks=(ContainerNetwork(network),))
    assert (container.id in out_of_reach([traefik, container])) is apart

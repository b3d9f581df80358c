"""What the commands and the running dashboard say of a container that starts, fails, stops, leaves its network, scales.

Each test holds both to the same fact, and to what a visitor gets meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from docker.models.containers import Container

from tests.live.dashboard import Dashboard
from tests.live.harness import DOMAIN, NETWORK, Stack, eventually
from tests.live.told import Told

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]

HOST = f"blog.{DOMAIN}"
URL = f"https://{HOST}/"
ROUTER = "blog@docker"
ALIVE = (
    "/tmp/www/index.html"  # the health check asks for this file, so a test makes the application fail by removing it
)


@contextmanager
def blog(stack: Stack) -> Iterator[Path]:
    """An unprotected application in the way that its containers' health can be taken away and given back."""
    service: dict[str, Any] = {
        "command": ["sh", "-c", f"mkdir /tmp/www; touch {ALIVE}; exec httpd -f -p 8000 -h /tmp/www"],
        "volumes": [],
        "labels": {
            "traefik.enable": "true",
            "traefik.http.routers.blog.rule": f"Host(`{HOST}`)",
            "traefik.http.routers.blog.entrypoints": "websecure",
        },
        "healthcheck": {
            "test": ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8000/"],
            "interval": "1s",
            "retries": 2,
        },
    }
    with stack.project("blog", {"blog": service}) as folder:
        yield folder


@contextmanager
def container(stack: Stack, name: str) -> Iterator[Container]:
    client = stack.engine.client()
    try:
        yield client.containers.get(name)
    finally:
        client.close()


def answer(stack: Stack) -> int:
    return stack.get(HOST).status


def test_start(stack: Stack, told: Told, dashboard: Dashboard) -> None:
    dashboard.wait_for_row("●", f"whoami.{DOMAIN}", "2/2")
    assert HOST not in dashboard.screen()
    with blog(stack):
        route = told.until_healthy(ROUTER)
        assert [one["name"] for one in route["containers"]] == ["blog-blog-1"]
        assert [one["health"] for one in route["service"]["servers"]] == ["unchecked"]
        assert route["protection"]["state"] == "unprotected"
        assert route["certificate"]["main"] == DOMAIN
        explained = told.explain(URL, "--probe")
        assert (explained.winner, explained.broken_at) == (ROUTER, "")
        assert explained.hop("probe")[0] == "warning"
        assert "200" in explained.hop("probe")[1]
        dashboard.wait_for_row("●", HOST, "open .* 1/1")
    dashboard.wait_for_no_row(HOST)
    assert told.route(ROUTER) == {}


def test_unhealthy(stack: Stack, told: Told, dashboard: Dashboard) -> None:
    with blog(stack), container(stack, "blog-blog-1") as one:
        dashboard.wait_for_row("●", HOST)
        one.exec_run(["rm", ALIVE])
        stack.wait_for_router(ROUTER, present=False)
        assert answer(stack) == 404
        found = told.findings().about("blog-blog-1")["container-unhealthy"]
        assert found["severity"] == "error"
        assert found["title"] == f"the container is unhealthy, so Traefik dropped its routers ({HOST})"
        explained = told.explain(URL)
        assert (explained.winner, explained.broken_at) == (None, "router")
        assert "the labels of blog-blog-1 ask for blog" in explained.hop("router")[1]
        assert explained.hop("container")[0] == "error"
        assert "unhealthy" in explained.hop("container")[1]
        assert explained.hop("tls")[0] == "ok"
        dashboard.wait_for_no_row(HOST)
        dashboard.wait_for(rf"✖ 1 needs you now .*blog-blog-1: .*unhealthy.*dropped its routers \({HOST}\)")
        one.exec_run(["touch", ALIVE])
        assert told.until_healthy(ROUTER)
        assert answer(stack) == 200
        assert "container-unhealthy" not in told.findings().about("blog-blog-1")
        dashboard.wait_for_row("●", HOST, "1/1")
        dashboard.wait_for("nothing needs you")


def test_stop(stack: Stack, told: Told, dashboard: Dashboard) -> None:
    with blog(stack), container(stack, "blog-blog-1") as one:
        dashboard.wait_for_row("●", HOST)
        one.stop(timeout=1)
        stack.wait_for_router(ROUTER, present=False)
        assert answer(stack) == 404
        found = told.findings().about("blog-blog-1")["container-stopped"]
        assert found["severity"] == "warning"
        assert any(HOST in text for text in found["evidence"])
        explained = told.explain(URL)
        assert explained.broken_at == "router"
        assert explained.hop("container")[0] == "error"
        assert "exited" in explained.hop("container")[1]
        stopped = told.ask("containers", "blog-blog-1")["containers"][0]
        assert (stopped["state"], stopped["networks"]) == ("exited", [NETWORK])
        dashboard.wait_for_no_row(HOST)
        dashboard.wait_for(r"◐ 1 soon .*blog-blog-1: the container is exited")
        one.start()
        assert told.until_healthy(ROUTER)
        dashboard.wait_for_row("●", HOST, "1/1")
        dashboard.wait_for("nothing needs you")


def test_network_disconnect(stack: Stack, told: Told, dashboard: Dashboard) -> None:
    """Traefik hears nothing of it: its API shows the router enabled and the address as if all were well."""
    with blog(stack), container(stack, "blog-blog-1") as one:
        dashboard.wait_for_row("●", HOST)
        assert one.client is not None
        network = one.client.networks.get(NETWORK)
        network.disconnect(one)
        route = told.until_route(ROUTER, lambda route: route["health"] == "down", "down")
        assert route["status"] == "enabled"
        assert route["service"]["servers"]
        assert route["health_reason"] == "container blog-blog-1 is on no network with Traefik"
        found = told.findings().about("blog-blog-1")["network-unshared"]
        assert found["severity"] == "error"
        assert "it is on no network" in found["evidence"][0]
        assert NETWORK in found["evidence"][0]
        explained = told.explain(URL)
        assert (explained.winner, explained.broken_at) == (ROUTER, "service")
        assert explained.hop("container")[0] == "ok"
        dashboard.wait_for_row("✖", HOST, "0/1")
        dashboard.wait_for(r"✖ 1 needs you now .*blog-blog-1: the container is on no network with Traefik")
        network.connect(one)
        one.restart(timeout=1)  # Traefik asks for addresses only when a container starts
        assert told.until_healthy(ROUTER)
        assert eventually(lambda: answer(stack) == 200, "the application answers again")
        dashboard.wait_for_row("●", HOST, "1/1")
        dashboard.wait_for("nothing needs you")


def test_scale(stack: Stack, told: Told, dashboard: Dashboard) -> None:
    with blog(stack) as folder:
        stack.compose("up", "-d", "--wait", "--scale", "blog=3", folder=folder)
        route = told.until_route(ROUTER, lambda route: len(route["service"]["servers"]) == 3, "with 3 servers")
        assert (len(route["containers"]), route["health"]) == (3, "healthy")
        dashboard.wait_for_row("●", HOST, "3/3")
        with container(stack, "blog-blog-2") as one:
            one.exec_run(["rm", ALIVE])
            route = told.until_route(ROUTER, lambda route: len(route["service"]["servers"]) == 2, "with 2 servers")
        assert (len(route["containers"]), route["health"]) == (3, "degraded")
        assert told.findings().about("blog-blog-2")["container-unhealthy"]["title"] == "the container is unhealthy"
        explained = told.explain(URL)
        assert (explained.winner, explained.broken_at) == (ROUTER, "")
        assert answer(stack) == 200
        dashboard.wait_for_row("◐", HOST, "2/3")
        stack.compose("up", "-d", "--scale", "blog=1", folder=folder)
        route = told.until_route(ROUTER, lambda route: len(route["containers"]) == 1, "with 1 container")
        told.until_healthy(ROUTER)
        dashboard.wait_for_row("●", HOST, "1/1")
        dashboard.wait_for("nothing needs you")

"""What labels ask for and Traefik does not have: the only trace of a router that Traefik dropped."""

from __future__ import annotations

from typing import Any

import pytest

from specter_tui.core.claims import lost_claims
from specter_tui.core.explain import explain
from specter_tui.core.findings.model import Finding
from specter_tui.core.model import Container, ContainerHealth, ContainerNetwork, Server
from specter_tui.core.snapshot import Health, Snapshot, SourceStatus
from tests.builders import DOMAIN, a_container, a_router, a_service, a_source, all_sources
from tests.core.joining import VERIFY, joined, route_of

WIKI = f"wiki.{DOMAIN}"
TRAEFIK = a_container("traefik", networks=(ContainerNetwork("traefik-proxy", "172.18.0.2"),))
APART = (ContainerNetwork("wiki_default", "172.20.0.2"),)


def labelled(name: str = "wiki", rule: str = f"Host(`{WIKI}`)", *, enable: str = "true", **changes: Any) -> Container:
    labels = {
        "traefik.enable": enable,
        "traefik.http.routers.wiki.rule": rule,
        "traefik.http.routers.wiki.entrypoints": "websecure",
        "com.docker.compose.project": "wiki",
        "com.docker.compose.service": "wiki",
    }
    return a_container(name, labels=tuple(sorted(labels.items())), **changes)


def finding(snapshot: Snapshot, code: str) -> Finding:
    return next(one for one in snapshot.findings if one.code == code)


def test_an_unhealthy_container_names_the_host_that_is_lost() -> None:
    snapshot = joined(containers=[TRAEFIK, labelled(health=ContainerHealth.UNHEALTHY)])
    told = finding(snapshot, "container-unhealthy")
    assert told.title == f"the container is unhealthy, so Traefik dropped its routers ({WIKI})"
    assert any(WIKI in text for text in told.evidence)


@pytest.mark.parametrize(
    ("rule", "enable"), [(f"Host(`{WIKI}`)", "false"), ("Sorcery(`x`)", "true"), ("Host(`[/x]\x1b[2J`", "true")]
)
def test_labels_that_ask_for_nothing(rule: str, enable: str) -> None:
    container = labelled(rule=rule, enable=enable, health=ContainerHealth.UNHEALTHY)
    assert lost_claims(joined(containers=[container]), container) == ()


def test_what_traefik_did_is_not_told_while_it_is_not_read() -> None:
    states = all_sources(traefik=a_source(SourceStatus.STALE))
    snapshot = joined(containers=[labelled(health=ContainerHealth.UNHEALTHY)], states=states)
    told = finding(snapshot, "container-unhealthy")
    assert "Traefik" not in told.title + "".join(told.evidence)


@pytest.mark.parametrize("changes", [{"health": ContainerHealth.STARTING}, {"state": "exited"}])
def test_explain_breaks_at_the_router_and_shows_the_container_that_should_answer(changes: dict[str, Any]) -> None:
    hops = explain(joined(containers=[labelled(**changes)]), f"https://{WIKI}/").hops
    assert [hop.hop for hop in hops if hop.verdict == "error"] == ["router", "container"]
    assert any("labels of wiki ask for" in hop.text for hop in hops)


def test_explain_does_not_blame_a_router_of_another_host_or_entry_point() -> None:
    snapshot = joined(containers=[labelled(state="exited")])
    for url in (f"https://blog.{DOMAIN}/", f"http://{WIKI}/"):
        assert "container" not in {hop.hop for hop in explain(snapshot, url).hops}


def _replicas(*changes: dict[str, Any]) -> Snapshot:
    """Three replicas; Traefik still lists the address of the first and the third."""
    replicas = [
        labelled(f"wiki-{n}", **({"networks": (ContainerNetwork("traefik-proxy", f"172.18.0.{n}"),)} | change))
        for n, change in enumerate(changes, 7)
    ]
    router = a_router("wiki@docker", rule=f"Host(`{WIKI}`)", service="wiki@docker", middlewares=(VERIFY,))
    servers = (Server("http://172.18.0.7:8000"), Server("http://172.18.0.9:8000"))
    return joined(router, services=[a_service("wiki@docker", servers=servers)], containers=[TRAEFIK, *replicas])


def test_replicas_that_traefik_dropped_or_cannot_reach_count() -> None:
    snapshot = _replicas({}, {"health": ContainerHealth.UNHEALTHY}, {"networks": APART})
    route = route_of(snapshot, "wiki@docker")
    assert (route.health, len(route.containers)) == (Health.DEGRADED, 3)
    assert finding(snapshot, "container-unhealthy").title == "the container is unhealthy"
    hops = explain(snapshot, f"https://{WIKI}/").hops
    assert {hop.verdict for hop in hops if hop.hop == "service"} == {"warning"}
    assert [hop.verdict for hop in hops if hop.hop == "container"] == ["ok", "warning", "ok"]


def test_a_route_whose_only_container_traefik_cannot_reach_is_down() -> None:
    container = labelled(networks=APART)
    router = a_router("wiki@docker", rule=f"Host(`{WIKI}`)", service="wiki@docker")
    service = a_service("wiki@docker", servers=(Server("http://172.18.0.7:8000"),))
    snapshot = joined(router, services=[service], containers=[TRAEFIK, container])
    route = route_of(snapshot, "wiki@docker")
    assert (route.health, route.health_reason) == (Health.DOWN, "container wiki is on no network with Traefik")
    assert [hop.hop for hop in explain(snapshot, f"https://{WIKI}/").hops if hop.verdict == "error"] == ["service"]

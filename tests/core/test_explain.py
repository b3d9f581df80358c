"""Which router answers, why the others do not, and the first broken hop."""

from __future__ import annotations

import pytest

from specter_tui.core.errors import SpecterError
from specter_tui.core.explain import explain
from specter_tui.core.export import explain_document
from specter_tui.core.model import ConfigStatus, ContainerHealth, ContainerNetwork, Protocol, PublishedPort, RouterTls
from specter_tui.core.snapshot import Snapshot
from tests.builders import DOMAIN, a_certificate, a_container, a_router, replace
from tests.core.joining import VERIFY, a_redirect_router, joined
from tests.schema import check

APP = f"app1.{DOMAIN}"
GUARDED = a_router(middlewares=(VERIFY,))
API = a_router("api@docker", rule=f"Host(`{APP}`) && PathPrefix(`/api`)")


def _hops(snapshot: Snapshot, url: str) -> dict[str, str]:
    return {hop.hop: hop.verdict for hop in explain(snapshot, url).hops}


def test_the_highest_priority_that_matches_wins_and_losers_say_why() -> None:
    explanation = explain(joined(GUARDED, API), f"https://{APP}/api/v1")
    assert explanation.winner == "api@docker"
    reasons = {one.id: one.reason for one in explanation.candidates}
    assert "lower" in reasons["app1@docker"]
    other = explain(joined(GUARDED, API), f"https://{APP}/page")
    assert other.winner == "app1@docker"
    assert "/page" in {one.id: one.reason for one in other.candidates}["api@docker"]


def test_a_disabled_router_is_a_candidate_that_lost() -> None:
    broken = a_router(status=ConfigStatus.DISABLED, errors=("no such middleware",))
    explanation = explain(joined(broken), f"https://{APP}/")
    assert explanation.winner == ""
    assert "no such middleware" in explanation.candidates[0].reason
    assert [hop.hop for hop in explanation.hops if hop.verdict == "error"] == ["router"]


def test_methods_and_headers_count() -> None:
    rule = f"Host(`{APP}`) && Method(`POST`) && Header(`X-Tenant`, `a`)"
    snapshot = joined(a_router(rule=rule))
    assert explain(snapshot, f"https://{APP}/").winner == ""
    assert explain(snapshot, f"https://{APP}/", "post", {"x-tenant": "a"}).winner == "app1@docker"


def test_every_value_of_a_repeated_header_counts() -> None:
    snapshot = joined(a_router(rule=f"Host(`{APP}`) && Header(`X-Tenant`, `a`)"))
    for values in (("a", "b"), ("b", "a")):
        headers = tuple(("X-Tenant", value) for value in values)
        assert explain(snapshot, f"https://{APP}/", headers=headers).winner == "app1@docker"
    assert explain(snapshot, f"https://{APP}/", headers=(("X-Tenant", "b"), ("X-Tenant", "c"))).winner == ""


def test_a_rule_on_addresses_leaves_the_winner_in_doubt() -> None:
    first = a_router("lan@file", rule=f"Host(`{APP}`) && ClientIP(`10.0.0.0/8`)", priority=900)
    explanation = explain(joined(GUARDED, first), f"https://{APP}/")
    assert explanation.winner == "app1@docker"
    router = next(hop for hop in explanation.hops if hop.hop == "router")
    assert router.verdict == "unknown"
    assert "lan@file" in router.text
    last = replace(first, priority=1)
    assert _hops(joined(GUARDED, last), f"https://{APP}/")["router"] == "ok"
    disabled = replace(first, status=ConfigStatus.DISABLED, errors=("no such service",))
    explanation = explain(joined(GUARDED, disabled), f"https://{APP}/")
    assert {str(hop.hop): hop.verdict for hop in explanation.hops}["router"] == "ok"
    assert "no such service" in explanation.candidates[0].reason


def test_a_router_that_is_not_decided_is_no_404() -> None:
    explanation = explain(joined(a_router(rule=f"Host(`{APP}`) && ClientIP(`10.0.0.0/8`)")), f"https://{APP}/")
    assert explanation.winner == ""
    router = explanation.hops[-1]
    assert (router.hop, router.verdict) == ("router", "unknown")
    assert "app1@docker" in router.text


def test_of_two_with_the_same_priority_nobody_knows_which_answers() -> None:
    twin = a_router("twin@docker", rule=GUARDED.rule)
    explanation = explain(joined(GUARDED, twin), f"https://{APP}/")
    assert {str(hop.hop): hop.verdict for hop in explanation.hops}["router"] == "unknown"
    assert "either" in {one.id: one.reason for one in explanation.candidates}["twin@docker"]


class TestTcpRouters:
    RAW = a_router("raw@docker", protocol=Protocol.TCP, rule=f"HostSNI(`{APP}`)", tls=RouterTls(passthrough=True))
    ANY = replace(RAW, rule="HostSNI(`*`)")

    def test_one_of_the_name_takes_the_connection(self) -> None:
        catch_all = a_router("all@docker", rule="PathPrefix(`/`)")
        explanation = explain(joined(self.RAW, catch_all), f"https://{APP}/")
        assert explanation.winner == "tcp:raw@docker"
        assert "before HTTP" in {one.id: one.reason for one in explanation.candidates}["all@docker"]

    def test_but_not_before_an_http_router_of_the_name(self) -> None:
        assert explain(joined(self.RAW, GUARDED), f"https://{APP}/").winner == "app1@docker"

    def test_one_for_any_name_takes_what_no_http_router_is_asked_for(self) -> None:
        catch_all = a_router("all@docker", rule="PathPrefix(`/`)")
        assert explain(joined(self.ANY, catch_all), f"https://{APP}/").winner == "all@docker"
        assert explain(joined(self.ANY), f"https://{APP}/").winner == "tcp:raw@docker"

    def test_without_tls_it_takes_everything(self) -> None:
        raw = replace(self.ANY, entry_points=("web",), tls=None)
        plain = replace(GUARDED, entry_points=("web",), tls=None)
        assert explain(joined(raw, plain), f"http://{APP}/").winner == "tcp:raw@docker"

    def test_one_that_asks_for_addresses_leaves_it_open(self) -> None:
        raw = replace(self.ANY, rule="HostSNI(`*`) && ClientIP(`10.0.0.0/8`)", entry_points=("web",), tls=None)
        plain = replace(GUARDED, entry_points=("web",), tls=None)
        explanation = explain(joined(raw, plain), f"http://{APP}/")
        assert explanation.winner == "app1@docker"
        assert {str(hop.hop): hop.verdict for hop in explanation.hops}["router"] == "unknown"


def test_http_and_https_are_different_ways_in() -> None:
    snapshot = joined(GUARDED, a_redirect_router())
    assert explain(snapshot, f"http://{APP}/").winner == "web-to-websecure@internal"
    assert explain(snapshot, f"https://{APP}/").winner == "app1@docker"


def test_a_router_without_tls_answers_no_https_on_the_same_entry_point() -> None:
    plain = a_router("plain@docker", rule=f"Host(`{APP}`)", tls=None, priority=999)
    assert explain(joined(GUARDED, plain), f"https://{APP}/").winner == "app1@docker"
    assert explain(joined(GUARDED, plain), f"http://{APP}:443/").winner == "plain@docker"


def test_the_port_is_the_published_one() -> None:
    ports = (PublishedPort("", 8443, 443, "tcp"),)
    traefik = a_container("t", image="traefik", published=ports)
    snapshot = joined(GUARDED, containers=[traefik])
    assert explain(snapshot, f"https://{APP}:8443/").winner == "app1@docker"
    assert _hops(snapshot, f"https://{APP}:9999/")["entry_point"] == "error"
    assert _hops(snapshot, f"https://{APP}/")["entry_point"] == "warning", "443 is not published"


def test_every_hop_of_a_healthy_route() -> None:
    published = (PublishedPort("", 443, 443, "tcp"),)
    networks = (ContainerNetwork("traefik-proxy", "172.18.0.2"),)
    traefik = a_container("t", image="traefik", networks=networks, published=published)
    snapshot = joined(GUARDED, containers=[traefik, a_container()], certificates=[a_certificate()])
    assert _hops(snapshot, f"https://{APP}/") == {
        "dns": "unknown",
        "edge": "unknown",
        "tls": "ok",
        "entry_point": "ok",
        "router": "ok",
        "middleware": "ok",
        "service": "ok",
        "container": "ok",
        "probe": "unknown",
    }


def test_a_container_on_the_wrong_network_breaks_at_the_service() -> None:
    traefik = a_container("t", image="traefik", networks=(ContainerNetwork("traefik-proxy", "172.18.0.2"),))
    app = a_container(networks=(ContainerNetwork("wiki_default", "172.18.0.7"),))
    hops = explain(joined(GUARDED, containers=[traefik, app]), f"https://{APP}/").hops
    broken = next(hop for hop in hops if hop.verdict == "error")
    assert broken.hop == "service"
    assert "wiki_default" in broken.text


def test_an_unhealthy_container() -> None:
    snapshot = joined(GUARDED, containers=[a_container(health=ContainerHealth.UNHEALTHY)])
    assert _hops(snapshot, f"https://{APP}/")["container"] == "error"


@pytest.mark.parametrize("url", ["", "ftp://x/", "https://", "https://[", "https://x:99999/", "https://x:0/", "://x"])
def test_what_is_no_url_is_one_sentence(url: str) -> None:
    with pytest.raises(SpecterError) as caught:
        explain(joined(GUARDED), url)
    assert "\n" not in caught.value.sentence()


def test_names_in_other_scripts_are_asked_for_as_browsers_do() -> None:
    snapshot = joined(a_router(rule="Host(`xn--mnchen-3ya.example.org`)"))
    assert explain(snapshot, "https://münchen.example.org./").winner == "app1@docker"


@pytest.mark.parametrize("url", [APP, f"https://{APP.upper()}/", f"https://{APP}/%2e%2e/[x]?a=[@click=b]"])
def test_addresses_as_people_type_them(url: str) -> None:
    snapshot = joined(GUARDED)
    explanation = explain(snapshot, url)
    assert explanation.winner == "app1@docker"
    check(explain_document(snapshot, explanation), "explain")


@pytest.mark.parametrize("written", [APP, f"{APP}."])
@pytest.mark.parametrize("asked", [APP, f"{APP}.", APP.upper()])
def test_a_trailing_dot_makes_no_other_host(written: str, asked: str) -> None:
    snapshot = joined(a_router(rule=f"Host(`{written}`)"), API, certificates=[a_certificate()])
    assert [host.name for host in snapshot.hosts] == [APP]
    explanation = explain(snapshot, f"https://{asked}/")
    assert explanation.winner == "app1@docker"
    assert [one.id for one in explanation.candidates] == ["api@docker", "app1@docker"]
    assert _hops(snapshot, f"https://{asked}/")["tls"] == "ok"

"""Which requests are sent, and what answers prove."""

from __future__ import annotations

import pytest

from specter_tui.core.model import ConfigStatus, ContainerNetwork, Protocol, PublishedPort, Router
from specter_tui.core.probing import judge, plan_probes
from specter_tui.core.proof import ProofVerdict
from specter_tui.core.settings import ProbeSettings, ProtectionSettings, Settings, TraefikSettings
from tests.builders import DOMAIN, a_container, a_middleware, a_router
from tests.core.joining import SETTINGS, VERIFY, a_redirect_router, an_answer, joined

APP = f"app1.{DOMAIN}"
SIGN_IN = f"https://auth.{DOMAIN}/?redirect=https%3A%2F%2F{APP}%2F"
V = ProofVerdict


@pytest.mark.parametrize(
    ("status", "location", "verdict"),
    [
        (307, SIGN_IN, V.TURNED_AWAY),
        (303, SIGN_IN, V.TURNED_AWAY),
        (307, f"https://auth.{DOMAIN}:443/?redirect=https://{APP}/", V.TURNED_AWAY),
        (307, f"https://auth.{DOMAIN}/", V.UNKNOWN),
        (307, f"https://auth.{DOMAIN}/?redirect=https%3A%2F%2Fother.{DOMAIN}%2F", V.UNKNOWN),
        (307, f"https://auth.{DOMAIN}/?redirect=https%3A%2F%2F{APP}%2Felsewhere", V.UNKNOWN),
        (307, f"https://auth.{DOMAIN}/login?redirect=https%3A%2F%2F{APP}%2F", V.UNKNOWN),
        (307, f"https://auth.{DOMAIN}:8443/?redirect=https%3A%2F%2F{APP}%2F", V.UNKNOWN),
        (307, f"https://auth.{DOMAIN}@evil.example/?redirect=https%3A%2F%2F{APP}%2F", V.UNKNOWN),
        (307, f"https://evil@auth.{DOMAIN}/?redirect=https%3A%2F%2F{APP}%2F", V.UNKNOWN),
        (307, f"http://auth.{DOMAIN}/?redirect=https%3A%2F%2F{APP}%2F", V.UNKNOWN),
        (307, "//[", V.UNKNOWN),
        (302, "/login", V.UNKNOWN),
        (301, f"https://{APP}/", V.UNKNOWN),
        (200, "", V.OPEN),
        (204, "", V.OPEN),
        (401, "", V.UNKNOWN),
        (403, "", V.UNKNOWN),
        (404, "", V.UNKNOWN),
        (500, "", V.UNKNOWN),
        (0, "", V.UNKNOWN),
    ],
)
def test_only_the_verify_services_own_answer_turns_away(status: int, location: str, verdict: ProofVerdict) -> None:
    assert judge(an_answer(status, location=location), SETTINGS).verdict is verdict


@pytest.mark.parametrize(
    ("login_url", "verdict"),
    [(f"https://auth.{DOMAIN}/", V.TURNED_AWAY), ("https://evil.example/", V.UNKNOWN), ("", V.UNKNOWN)],
)
def test_json_with_the_sign_in_address(login_url: str, verdict: ProofVerdict) -> None:
    assert judge(an_answer(401, login_url=login_url), SETTINGS).verdict is verdict


def test_without_auth_host_nothing_is_turned_away() -> None:
    proof = judge(an_answer(307, location=SIGN_IN), Settings())
    assert proof.verdict is V.UNKNOWN
    assert "auth_host" in proof.reason


def test_an_error_is_unknown_and_says_which() -> None:
    proof = judge(an_answer(0, error="connection refused"), SETTINGS)
    assert proof.verdict is V.UNKNOWN
    assert "connection refused" in proof.reason


def test_plain_http_only_for_test_zones() -> None:
    settings = Settings(protection=ProtectionSettings(auth_host="auth.specter.localhost:8000"))
    back = f"http%3A%2F%2F{APP}%2F"
    good = an_answer(307, location=f"http://auth.specter.localhost:8000/?redirect={back}")
    assert judge(good, settings).verdict is V.TURNED_AWAY


def test_one_target_a_router_and_entry_point() -> None:
    router = a_router(entry_points=("web", "websecure"), middlewares=(VERIFY,))
    targets = plan_probes(joined(router), SETTINGS)
    assert [(one.entry_point, one.address, one.host, one.path, one.method, one.tls) for one in targets] == [
        ("web", "127.0.0.1:80", APP, "/", "HEAD", True),
        ("websecure", "127.0.0.1:443", APP, "/", "HEAD", True),
    ]


def test_the_path_is_one_that_the_rule_accepts() -> None:
    router = a_router(rule=f"Host(`{APP}`) && PathPrefix(`/admin`) && Method(`GET`)")
    (target,) = plan_probes(joined(router), SETTINGS)
    assert (target.path, target.method) == ("/admin", "GET")


@pytest.mark.parametrize(
    "rule",
    [
        f"Host(`{APP}`) && ClientIP(`10.0.0.0/8`)",
        f"Host(`{APP}`) && Method(`POST`)",
        "HostRegexp(`^.+$`)",
        "PathPrefix(`/x`)",
    ],
)
def test_no_target_where_no_request_tells(rule: str) -> None:
    assert plan_probes(joined(a_router(rule=rule)), SETTINGS) == ()


def test_no_target_for_a_disabled_router_a_redirect_or_an_address_list() -> None:
    disabled = a_router("a@file", status=ConfigStatus.DISABLED)
    listed = a_router("b@file", middlewares=("lan@file",))
    lan = a_middleware("lan@file", type="ipallowlist", address="")
    assert plan_probes(joined(disabled, listed, a_redirect_router(), middlewares=[lan]), SETTINGS) == ()


def test_no_target_where_another_router_could_answer() -> None:
    plain = a_router(entry_points=("web",), tls=None)
    assert plan_probes(joined(plain, a_redirect_router()), SETTINGS) == ()
    stronger = a_router("b@file", rule=f"Host(`{APP}`)", priority=999)
    assert [one.router_id for one in plan_probes(joined(a_router(), stronger), SETTINGS)] == ["b@file"]


@pytest.mark.parametrize(
    ("other", "asked"),
    [
        (a_router("b@file", rule="Nonsense(", priority=999), False),  # it may take anything
        (a_router("b@file", rule="Nonsense(", priority=1), True),
        (a_router("b@file", rule=f"Host(`{APP}`)", tls=None, priority=999), True),  # without TLS it is another way in
        (a_router("b@file", rule=f"Host(`{APP}`)", entry_points=("web",), priority=999), True),
        (a_router("b@file", rule=f"Host(`{APP}`)"), False),  # of the same priority: either may answer
        (a_router("b@file", protocol=Protocol.TCP, rule=f"HostSNI(`{APP}`)", priority=1), False),
        (a_router("b@file", rule="PathPrefix(`/`)", priority=999), False),
        (a_router("b@file", rule=f"Host(`{APP}`)", priority=999, status=ConfigStatus.DISABLED), True),
    ],
)
def test_a_request_is_sent_only_where_the_answer_is_the_routers_own(other: Router, *, asked: bool) -> None:
    planned = {one.router_id for one in plan_probes(joined(a_router(), other), SETTINGS)}
    assert ("app1@docker" in planned) is asked


@pytest.mark.parametrize(
    ("api_url", "planned"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://localhost:8080", True),
        ("http://172.18.0.2:8080", True),  # the container's own address
        ("http://vps2.example.org:8080", False),
        ("http://192.0.2.7:8080", False),
    ],
)
def test_nothing_is_asked_of_this_machine_for_the_traefik_of_another(api_url: str, *, planned: bool) -> None:
    published = (PublishedPort("", 443, 443, "tcp"),)
    networks = (ContainerNetwork("traefik-proxy", "172.18.0.2"),)
    traefik = a_container("traefik", image="traefik", published=published, networks=networks)
    settings = Settings(traefik=TraefikSettings(api_url=api_url))
    assert bool(plan_probes(joined(a_router(), containers=[traefik]), settings)) is planned


def test_configured_addresses_win() -> None:
    settings = Settings(probe=ProbeSettings(addresses={"websecure": "127.0.0.1:8443"}))
    (target,) = plan_probes(joined(a_router()), settings)
    assert target.address == "127.0.0.1:8443"


def test_headers_that_the_rule_asks_for_are_sent_unless_they_are_credentials() -> None:
    (target,) = plan_probes(joined(a_router(rule=f"Host(`{APP}`) && Header(`X-Tenant`, `a`)")), SETTINGS)
    assert target.headers == (("X-Tenant", "a"),)
    secret = a_router(rule=f"Host(`{APP}`) && Header(`Authorization`, `Bearer x`)")
    assert plan_probes(joined(secret), SETTINGS) == ()


def test_queries_are_encoded() -> None:
    (target,) = plan_probes(joined(a_router(rule=f"Host(`{APP}`) && Query(`q`, `a b&c#`)")), SETTINGS)
    assert target.path == "/?q=a+b%26c%23"

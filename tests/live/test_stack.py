"""The stack in a real engine: what a visitor, the operator on the host and a neighbouring container get from it."""

from __future__ import annotations

import json
import ssl
import stat
import time
from urllib.parse import quote

import pytest
from docker.models.containers import Container

from tests.live.harness import DOMAIN, NETWORK, SESSION, Stack, eventually, trust_also

pytestmark = [pytest.mark.live, pytest.mark.timeout(300, func_only=True)]

WHOAMI = f"whoami.{DOMAIN}"
DASHBOARD = f"traefik.{DOMAIN}"
HTML = {"Accept": "text/html"}


def login(url: str) -> str:
    return f"https://auth.{DOMAIN}/?redirect={quote(url, safe='')}"


def test_every_service_is_healthy_and_only_traefik_has_no_health_check(stack: Stack) -> None:
    client = stack.engine.client()
    try:
        ours = client.containers.list(filters={"label": "com.docker.compose.project=specter"})
        health = {one.name: one.attrs["State"].get("Health", {}).get("Status") for one in ours}
    finally:
        client.close()
    assert health == {
        "traefik": None,
        "specter-socket-proxy-1": "healthy",
        "specter-whoami-1": "healthy",
        "specter-whoami-2": "healthy",
    }


def test_port_80_redirects_to_https(stack: Stack) -> None:
    answer = stack.get_plain(stack.ports.http, "/a%20b?c=d", host=WHOAMI)
    assert (answer.status, answer.headers["location"]) == (301, f"https://{WHOAMI}/a%20b?c=d")


def test_the_certificate_of_acme_json_is_served_and_no_other_ordered(stack: Stack) -> None:
    assert stack.get(DOMAIN).status == 404  # the apex: verified by the test authority, routed to nobody
    assert stack.get(f"nobody.{DOMAIN}").status == 404
    text = (stack.root / "traefik/acme/acme.json").read_text()
    assert len(json.loads(text)["letsencrypt"]["Certificates"]) == 1


def test_without_a_verify_service_protected_hosts_are_closed_by_500(stack: Stack) -> None:
    for host in (DASHBOARD, WHOAMI):
        assert stack.get(host).status == 500
        assert stack.get(host, headers={"Cookie": SESSION}).status == 500


@pytest.mark.parametrize(
    ("host", "path"), [(DASHBOARD, "/dashboard/"), (DASHBOARD, "/api/rawdata"), (WHOAMI, "/a?b=c&d=%2F")]
)
def test_with_a_verify_service_visitors_are_sent_to_the_login(
    stack: Stack, verify: Container, host: str, path: str
) -> None:
    answer = stack.get(host, path, HTML)
    assert (answer.status, answer.headers["location"]) == (307, login(f"https://{host}{path}"))
    refused = stack.get(host, path, {"Accept": "application/json"})
    assert (refused.status, refused.json()["login_url"]) == (401, login(f"https://{host}{path}"))


def test_a_session_reaches_the_dashboard(stack: Stack, verify: Container) -> None:
    answer = stack.get(DASHBOARD, "/api/version", {"Cookie": SESSION})
    assert answer.status == 200
    assert answer.json() == stack.api("/api/version")


def test_the_application_sees_the_visitor_and_not_the_session(stack: Stack, verify: Container) -> None:
    sent = {"Cookie": f"{SESSION}; theme=dark", "X-Auth-User": "root", "X-Auth-Tenant": "evil"}
    body = stack.get(WHOAMI, headers=sent).body
    assert "HTTP_X_AUTH_USER=alice" in body
    assert "HTTP_X_AUTH_ROLES=admin,dev" in body
    assert "HTTP_COOKIE=theme=dark" in body
    assert "good" not in body
    assert "evil" not in body


def test_both_replicas_answer(stack: Stack, verify: Container) -> None:
    names = {stack.get(WHOAMI, headers={"Cookie": SESSION}).body.splitlines()[0] for _ in range(6)}
    assert len(names) == 2


def test_the_verify_service_may_come_and_go(stack: Stack) -> None:
    with stack.verify() as container:
        assert stack.get(WHOAMI, headers=HTML).status == 307
        container.stop(timeout=1)
        assert stack.get(WHOAMI, headers=HTML).status == 500
        container.start()
        eventually(lambda: stack.get(WHOAMI, headers=HTML).status == 307, "turned away again")
    assert stack.get(WHOAMI, headers=HTML).status == 500


def test_an_unprotected_application_is_open_but_cannot_be_told_who_the_visitor_is(stack: Stack) -> None:
    spoofed = [f"X{first}Auth{second}User" for first in "-_." for second in "-_."]
    with stack.application("open") as host:
        for name in (*spoofed, "x-auth-user", "X_AUTH_USER", "x_aUTH-uSER"):
            answer = stack.get(host, headers={name: "root", "X-Other": "kept"})
            assert answer.status == 200
            assert "kept" in answer.body
            assert "root" not in answer.body, name


def test_security_headers_and_compression(stack: Stack) -> None:
    with stack.application("plain") as host:
        answer = stack.get(host)
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"
        assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
        assert "server" not in answer.headers
        packed = stack.get(host, headers={"Accept-Encoding": "gzip", "X-Long": "x" * 2000})
        assert packed.headers["content-encoding"] == "gzip"


def test_a_client_cannot_choose_what_the_verify_service_judges(stack: Stack, verify: Container) -> None:
    lies = {
        "X-Forwarded-Host": f"open.{DOMAIN}",
        "X-Forwarded-Uri": "/public",
        "X-Forwarded-Method": "OPTIONS",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-For": "203.0.113.9",
    }
    answer = stack.get(WHOAMI, "/secret", HTML | lies)
    assert (answer.status, answer.headers["location"]) == (307, login(f"https://{WHOAMI}/secret"))


def test_not_even_from_an_address_of_cloudflare(stack: Stack, verify: Container) -> None:
    """Cloudflare passes a client's X-Forwarded-Host and -Uri on; only X-Forwarded-For is its own word."""
    lies = {"X-Forwarded-Host": f"open.{DOMAIN}", "X-Forwarded-Uri": "/public", "X-Forwarded-For": "203.0.113.9"}
    with stack.application("seen") as host:
        assert "203.0.113.9" not in stack.get(host, headers=lies).body
        trust_also(stack.root, "172.16.0.0/12", "192.168.0.0/16", "10.0.0.0/8")
        stack.restart_traefik()
        try:
            stack.wait_for_router("seen@docker")
            assert "HTTP_X_FORWARDED_FOR=203.0.113.9" in stack.get(host, headers=lies).body
            answer = stack.get(WHOAMI, "/secret", HTML | lies)
            assert (answer.status, answer.headers["location"]) == (307, login(f"https://{WHOAMI}/secret"))
        finally:
            trust_also(stack.root)
            stack.restart_traefik()
            stack.wait_for_router("dashboard@docker")


def test_api_and_metrics_answer_on_loopback(stack: Stack) -> None:
    assert stack.get_plain(stack.ports.api, "/ping").body == "OK"
    assert stack.api("/api/overview")["providers"] == ["Docker", "File"]
    assert "traefik_config_reloads_total" in stack.get_plain(stack.ports.metrics, "/metrics").body


@pytest.mark.parametrize("port", [8080, 8082])
def test_api_and_metrics_refuse_containers_on_the_proxy_network(stack: Stack, port: int) -> None:
    published = {8080: stack.ports.api, 8082: stack.ports.metrics}[port]
    client = stack.engine.client()
    try:
        networks = client.containers.get("traefik").attrs["NetworkSettings"]["Networks"]
        gateways = [client.networks.get(name).attrs["IPAM"]["Config"][0]["Gateway"] for name in networks]
    finally:
        client.close()
    own = [one["IPAddress"] for one in networks.values()]
    targets = [f"traefik {port}", f"traefik.specter-edge {port}", *(f"{one} {port}" for one in own)]
    targets += [f"{one} {published}" for one in gateways]
    script = "\n".join(f"nc -w 1 {target} </dev/null >/dev/null 2>&1 && echo 'open: {target}'" for target in targets)
    control = "nc -w 3 traefik 80 </dev/null >/dev/null 2>&1 && echo reachable"
    _, output = stack.inside(f"{control}\n{script}\n:")
    assert output.splitlines() == ["reachable"]


def test_nobody_on_the_proxy_network_reaches_the_docker_socket(stack: Stack) -> None:
    client = stack.engine.client()
    try:
        container = client.containers.get("specter-socket-proxy-1")
        networks = container.attrs["NetworkSettings"]["Networks"]
        assert list(networks) == ["specter-socket"]
        assert client.networks.get("specter-socket").attrs["Internal"] is True
        assert not container.ports.get("2375/tcp")
    finally:
        client.close()
    address = networks["specter-socket"]["IPAddress"]
    names = ("socket-proxy", "socket-proxy.specter-socket", address)
    script = "\n".join(f"nc -w 1 {name} 2375 </dev/null >/dev/null 2>&1 && echo 'open: {name}'" for name in names)
    assert stack.inside(f"{script}\n:") == (0, "")


def test_a_neighbour_called_socket_proxy_is_not_asked(stack: Stack) -> None:
    """Names are shared on a network: without the network's name in the endpoint, Traefik might believe a stranger."""
    impostor = {"command": ["nc", "-ll", "-p", "2375", "-e", "cat"], "healthcheck": {"disable": True}}
    with stack.project("impostor", {"socket-proxy": impostor}):
        stack.restart_traefik()
        stack.wait_for_router("dashboard@docker")


def test_traefik_goes_on_when_the_socket_filter_was_restarted(stack: Stack) -> None:
    stack.compose("restart", "--timeout", "1", "socket-proxy")
    assert stack.get(WHOAMI).status == 500  # the routers stay meanwhile
    with stack.application("late") as host:
        assert stack.get(host).status == 200


def test_a_new_server_without_certificate_or_token_starts_all_the_same(stack: Stack) -> None:
    acme = stack.root / "traefik/acme/acme.json"
    kept = acme.read_text()
    try:
        stack.compose("stop", "traefik")
        acme.write_text("")
        stack.compose("start", "traefik")
        stack.wait_for_router("dashboard@docker", status="enabled")
        with pytest.raises(ssl.SSLCertVerificationError):  # Traefik's own self-signed one
            stack.get(DASHBOARD)
        assert stat.S_IMODE(acme.stat().st_mode) == 0o600
    finally:
        stack.compose("stop", "traefik")
        acme.write_text(kept)
        stack.compose("start", "traefik")
        stack.wait_for_router("dashboard@docker")


def test_the_access_log_is_json_without_secrets(stack: Stack, verify: Container) -> None:
    secret = {"Cookie": f"{SESSION}; other=hunter2", "Authorization": "Bearer hunter2", "User-Agent": "asks/1"}
    assert stack.get(WHOAMI, "/?logged", secret).status == 200

    def entry() -> dict[str, object] | None:
        lines = (json.loads(line) for line in stack.logs("traefik") if line.startswith("{"))
        return next((line for line in lines if line.get("RequestPath") == "/?logged"), None)

    found = eventually(entry, "the request in the access log")
    assert found is not None
    assert (found["RouterName"], found["DownstreamStatus"]) == ("whoami@docker", 200)
    assert found["request_User-Agent"] == "asks/1"
    assert [key for key in found if key.startswith("request_")] == ["request_User-Agent"]
    log = "\n".join(stack.logs("traefik"))
    for word in ("hunter2", SESSION, "alice", "Bearer", "Cookie"):
        assert word not in log


def test_a_dynamic_folder_that_traefik_cannot_load_closes_everything_after_a_restart(stack: Stack) -> None:
    """Else an overlay that protects a host would vanish with the folder, and leave the host open."""
    broken = stack.root / "traefik/dynamic/broken.yml"
    with stack.application("behind") as host:
        assert stack.get(host).status == 200
        broken.write_text("http:\n  nonsense: {}\n")
        try:
            stack.restart_traefik()
            stack.wait_for_router("behind@docker", status="disabled")
            assert stack.get_plain(stack.ports.api, "/api/version").status == 200
        finally:
            time.sleep(1.1)  # Traefik's log has whole seconds: a file removed in the same one stays a finding
            broken.unlink()
        stack.wait_for_router("behind@docker", status="enabled")
        assert stack.get(host).status == 200


def test_the_files_of_other_projects_join_by_the_network_alone(stack: Stack) -> None:
    with stack.application("joined", middlewares="descope-verify@docker") as host:
        assert stack.get(host).status == 500
        assert stack.inside(f"nc -w 3 {host.partition('.')[0]} 8000 </dev/null", network=NETWORK)[0] == 0

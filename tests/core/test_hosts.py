"""Hosts: what several routes of one name make of its certificate and its health."""

from __future__ import annotations

import pytest

from specter_tui.core.model import ConfigStatus, Protocol, RouterTls, Server, ServerHealth
from specter_tui.core.snapshot import Health
from tests.builders import DOMAIN, a_certificate, a_router, a_service, replace
from tests.core.joining import VERIFY, host_of, joined, route_of

APP = f"app1.{DOMAIN}"
PLAIN = a_router("plain@docker", rule=f"Host(`{APP}`)", entry_points=("web",), tls=None)
RAW = a_router("raw@docker", protocol=Protocol.TCP, rule=f"HostSNI(`{APP}`)", tls=RouterTls(passthrough=True))


@pytest.mark.parametrize(
    ("other", "shown"), [(a_router(), True), (RAW, False), (replace(PLAIN, name="b@docker"), False)]
)
def test_a_host_has_a_certificate_where_traefik_shows_one(other: object, *, shown: bool) -> None:
    host = host_of(joined(PLAIN, other, certificates=[a_certificate()]))  # type: ignore[arg-type]  # a Router
    assert (host.certificate is not None) is shown


def test_a_host_is_as_healthy_as_its_worst_route() -> None:
    api = a_router("api@docker", rule=f"Host(`{APP}`) && PathPrefix(`/api`)")
    down = a_service("api@docker", servers=(Server("http://172.18.0.9:80", ServerHealth.DOWN),))
    assert host_of(joined(a_router(), api, services=[a_service(), down])).health is Health.DOWN


def test_a_disabled_router_is_not_what_protects_a_host() -> None:
    off = a_router("off@docker", rule=f"Host(`{APP}`)", middlewares=(VERIFY,), status=ConfigStatus.DISABLED)
    host = host_of(joined(off, a_router()))
    assert host.protection.state == "unprotected"
    assert host.health is Health.DOWN


def test_a_disabled_router_shadows_nobody() -> None:
    off = a_router("off@docker", rule=f"Host(`{APP}`)", priority=999, status=ConfigStatus.DISABLED)
    admin = a_router("admin@docker", rule=f"Host(`{APP}`) && PathPrefix(`/admin`)", middlewares=(VERIFY,))
    assert host_of(joined(off, admin, a_router())).protection.state == "bypassed"


def test_a_guarded_pattern_is_skipped_by_an_open_one_of_the_same_priority() -> None:
    pattern = a_router("p@docker", rule=r"HostRegexp(`^.+\.x\.org$`)", middlewares=(VERIFY,), priority=7)
    anyone = a_router("all@docker", rule="PathPrefix(`/`)", priority=7)
    assert route_of(joined(pattern, anyone), "p@docker").protection.state == "bypassed"
    assert route_of(joined(pattern, replace(anyone, priority=6)), "p@docker").protection.state == "protected"
    elsewhere = replace(anyone, entry_points=("web",), tls=None)
    assert route_of(joined(pattern, elsewhere), "p@docker").protection.state == "protected"

"""What one router's own configuration does, where a small difference opens or closes it."""

from __future__ import annotations

import pytest

from specter_tui.core.exposure import is_public
from specter_tui.core.model import Protocol, RouterTls
from specter_tui.core.settings import ProtectionSettings, Settings
from specter_tui.core.snapshot import ProtectionState
from tests.builders import DOMAIN, a_container, a_middleware, a_port, a_router, an_entry_point, replace
from tests.core.joining import host_of, joined, route_of

P = ProtectionState
TO_HTTPS = a_middleware("https@file", type="redirectscheme", address="", scheme="https")


def test_a_redirect_to_https_guards_nothing_that_is_https_already() -> None:
    router = a_router(middlewares=("https@file",))
    assert host_of(joined(router, middlewares=[TO_HTTPS])).protection.state is P.UNPROTECTED


def test_a_redirect_to_http_guards_nothing() -> None:
    router = a_router(middlewares=("https@file",), entry_points=("web",), tls=None)
    plain = replace(TO_HTTPS, scheme="http")
    assert host_of(joined(router, middlewares=[plain])).protection.state is P.UNPROTECTED


@pytest.mark.parametrize("auth_host", [f"auth.{DOMAIN}", f"auth.{DOMAIN}:8443", f"AUTH.{DOMAIN}"])
def test_the_sign_in_host_is_known_with_a_port_too(auth_host: str) -> None:
    settings = Settings(protection=ProtectionSettings(auth_host=auth_host))
    host = host_of(joined(a_router("auth@docker"), settings=settings), f"auth.{DOMAIN}")
    assert host.protection.state is P.NOT_APPLICABLE


def test_tls_options_say_nothing_where_the_backend_ends_tls() -> None:
    tls = RouterTls(options="mtls@file", passthrough=True)
    raw = a_router("raw@file", protocol=Protocol.TCP, rule=f"HostSNI(`app1.{DOMAIN}`)", tls=tls)
    assert host_of(joined(raw)).protection.state is P.UNPROTECTED
    assert host_of(joined(replace(raw, tls=RouterTls(options="mtls@file")))).protection.state is P.UNKNOWN


def test_the_api_on_an_entry_point_that_nobody_knows_counts_as_public() -> None:
    api = a_router("api@file", service="api@internal", rule="PathPrefix(`/api`)", entry_points=("hidden",), tls=None)
    assert route_of(joined(api), "api@file").protection.state is P.UNPROTECTED


def test_acme_challenges_that_a_person_routes_are_exempt_too() -> None:
    router = a_router("acme@file", service="acme-http@internal", rule="PathPrefix(`/.well-known/`)")
    assert route_of(joined(router), "acme@file").protection.state is P.NOT_APPLICABLE


def test_an_entry_point_of_a_traefik_in_host_networking_is_public() -> None:
    traefik = a_container("traefik", image="traefik", network_mode="host")
    assert is_public(an_entry_point("traefik", address=":8080"), [traefik])
    assert not is_public(an_entry_point("traefik", address=":8080"), [replace(traefik, network_mode="bridge")])
    published = replace(traefik, network_mode="bridge", published=(a_port(8080),))
    assert is_public(an_entry_point("traefik", address=":8080"), [published])

"""What protecting a host or a router by labels means, and what it is refused for."""

from __future__ import annotations

from typing import Any

import pytest

from specter_tui.core.errors import NotFoundError, RefusedError
from specter_tui.core.model import ConfigStatus, Container, Protocol, PublishedPort, Router
from specter_tui.core.protecting import OverlayNeeded, risks, to_protect, to_unprotect
from specter_tui.core.settings import ProtectionSettings, Settings
from tests.builders import DOMAIN, a_container, a_middleware, a_router
from tests.core.joining import SETTINGS, VERIFY, a_redirect_router, joined

OURS = SETTINGS.protection
HOST = f"app1.{DOMAIN}"


def made(name: str = "app1", *, router: str = "app1", service: str = "app1", **changes: Any) -> Container:
    """A container that Compose made, whose labels make a router."""
    labels = (
        ("com.docker.compose.project", "apps"),
        ("com.docker.compose.service", service),
        (f"traefik.http.routers.{router}.rule", f"Host(`{HOST}`)"),
    )
    return a_container(name, labels=labels, **changes)


def refusal(*routers: Router, name: str = HOST, settings: ProtectionSettings = OURS, **parts: Any) -> str:
    snapshot = joined(*routers, containers=parts.pop("containers", [made()]), **parts)
    with pytest.raises(RefusedError) as caught:
        to_protect(snapshot, name, settings)
    return caught.value.sentence()


def test_a_host_means_all_its_routes_that_are_open() -> None:
    path = a_router("api@docker", rule=f"Host(`{HOST}`) && PathPrefix(`/api`)")
    guarded = a_router("done@docker", rule=f"Host(`{HOST}`) && Path(`/done`)", middlewares=(VERIFY,))
    labels = (*made().labels, ("traefik.http.routers.api.rule", path.rule))
    snapshot = joined(a_router(), path, guarded, containers=[made(), a_container("app1b", labels=labels)])
    targets = to_protect(snapshot, HOST.upper(), OURS)
    assert [one.router for one in targets] == ["api", "app1"]
    assert [one.route.id for one in to_protect(snapshot, "api@docker", OURS)] == ["api@docker"]
    assert [one.route.id for one in to_unprotect(joined(guarded, containers=[made(router="done")]), HOST, OURS)] == [
        "done@docker"
    ]


def test_all_replicas_make_the_router() -> None:
    snapshot = joined(a_router(), containers=[made("app-1"), made("app-2")])
    assert [one.name for one in to_protect(snapshot, HOST, OURS)[0].containers] == ["app-1", "app-2"]


def test_the_entry_point_that_traefik_writes_before_a_name_is_left_out() -> None:
    snapshot = joined(a_router("websecure-app1@docker", rule=f"Host(`{HOST}`)"), containers=[made()])
    assert to_protect(snapshot, HOST, OURS)[0].router == "app1"


def test_a_router_without_labels_of_its_own_is_its_containers() -> None:
    plain = a_container(labels=(("com.docker.compose.project", "x"), ("com.docker.compose.service", "app1")))
    snapshot = joined(a_router("app1-x@docker", rule=f"Host(`{HOST}`)"), containers=[plain])
    assert to_protect(snapshot, HOST, OURS)[0].router == "app1-x"


def test_what_another_provider_made_needs_the_overlay_and_what_can_never_be_protected_does_not() -> None:
    with pytest.raises(OverlayNeeded) as caught:
        to_protect(joined(a_router("app1@file", rule=f"Host(`{HOST}`)")), HOST, OURS)
    assert caught.value.details == ("the provider file made app1@file, not a container's labels",)
    with pytest.raises(RefusedError) as refused:
        to_protect(joined(a_router("auth@file", rule=f"Host(`auth.{DOMAIN}`)")), "auth@file", OURS)
    assert not isinstance(refused.value, OverlayNeeded)


def test_an_unknown_name() -> None:
    with pytest.raises(NotFoundError, match="no host or route"):
        to_protect(joined(a_router()), "nobody.\x1b[31m", OURS)


@pytest.mark.parametrize(
    ("router", "why"),
    [
        (a_router(middlewares=(VERIFY,)), "already"),
        (a_router(status=ConfigStatus.DISABLED), "does not mount it"),
        (a_router(rule=f"Host(`{HOST}`) || Host(`app1.example.com`)"), "app1.example.com is outside the cookie domain"),
        (a_router(rule=f"Host(`{HOST}`) || Host(`bad{DOMAIN}`)"), "outside the cookie domain"),
        (a_router(rule=f"Host(`{HOST}`) || HostRegexp(`.*`)"), "hosts that it does not name"),
        (a_router(rule=f"Host(`{HOST}`) || Host(`auth.{DOMAIN}`)"), "the sign-in host itself"),
    ],
)
def test_routers_that_can_not_be_protected_by_a_label(router: Router, why: str) -> None:
    assert why in refusal(router)


@pytest.mark.parametrize(
    ("router", "why"),
    [
        (a_redirect_router(), "Traefik's own"),
        (a_router("all@docker", rule="PathPrefix(`/`)"), "hosts that it does not name"),
        (a_router("auth@docker"), "the sign-in host itself"),
        (a_router("acme@docker", service="acme-http@internal", rule=f"Host(`{HOST}`)"), "ACME"),
        (a_router("db@docker", protocol=Protocol.TCP, rule=f"HostSNI(`{HOST}`)"), "TCP carries no sign-in"),
        (a_router("dns@docker", protocol=Protocol.UDP, rule=""), "UDP carries no sign-in"),
    ],
)
def test_routes_by_name_that_can_not_be_protected(router: Router, why: str) -> None:
    assert why in refusal(router, name=router.id)


def test_the_middleware_has_to_work() -> None:
    def with_middleware(**changes: Any) -> str:
        settings = ProtectionSettings(middleware="other@docker", auth_host=OURS.auth_host)
        found = [a_middleware("other@docker", **changes)] if changes else []
        return refusal(a_router(), settings=settings, middlewares=found)

    assert "no middleware other@docker" in with_middleware()
    assert "does not work" in with_middleware(status=ConfigStatus.DISABLED)
    assert "does not work" in with_middleware(type="chain")
    assert "which is not protection.verify_url" in with_middleware(address="http://evil:3000/verify")


def test_without_a_sign_in_host_nothing_is_protected() -> None:
    assert "auth_host is not set" in refusal(a_router(), settings=ProtectionSettings())


def test_one_router_of_several_services_is_refused() -> None:
    assert "several services" in refusal(a_router(), containers=[made(), made("other", service="other")])


def test_a_router_that_no_labels_make() -> None:
    assert "no container's labels" in refusal(a_router(), containers=[])


def told(*routers: Router, containers: list[Container]) -> str:
    snapshot = joined(*routers, containers=containers, settings=Settings(protection=OURS))
    return "\n".join(risks(snapshot, to_protect(snapshot, HOST, OURS)))


def test_risks() -> None:
    plain = a_router(rule=f"Host(`{HOST}`) && Path(`/ws`)", tls=None, entry_points=("web",))
    hook = a_router("hook@docker", rule=f"Host(`{HOST}`) && PathPrefix(`/webhook`)")
    other = a_router("catch@docker", rule="PathPrefix(`/`)")
    container = made(published=(PublishedPort("203.0.113.9", 9000, 8000, "tcp"),))
    labelled = a_container(
        labels=(*container.labels, ("traefik.http.routers.hook.rule", "x")), published=container.published
    )
    text = told(plain, hook, other, containers=[labelled])
    assert "makes app1 anew" in text
    assert f"these hosts are behind it: {HOST}" in text
    assert "app1@docker answers without TLS on web" in text
    assert "app1@docker looks like one for WebSockets" in text
    assert "hook@docker looks like one that other services call" in text
    assert f"catch@docker may still answer for {HOST} without authentication" in text
    assert "publishes 203.0.113.9:9000, past Traefik" in text


def test_a_plain_router_has_the_restart_as_its_only_risk() -> None:
    assert len(told(a_router(), containers=[made()]).splitlines()) == 2

"""Which routers the overlay stands before, with what, and for which reasons it does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from specter_tui.core.errors import NotFoundError, RefusedError
from specter_tui.core.model import ConfigStatus, Protocol, Router, RouterTls, TlsDomain
from specter_tui.core.overlay import Entry, Tls, made, missing, to_cover, to_uncover, unloadable
from specter_tui.core.secrets import MASK, Secret
from specter_tui.core.shadow_names import is_shadow, shadow_id, shadow_name
from specter_tui.core.snapshot import Snapshot
from tests.builders import DOMAIN, a_middleware, a_router, an_entry_point, replace
from tests.core.joining import SETTINGS, VERIFY, codes, host_of, joined, route_of

OURS = SETTINGS.protection
HOST = f"app1.{DOMAIN}"
RULE = f"Host(`{HOST}`)"


def entry_of(router: Router, **parts: Any) -> Entry:
    return to_cover(joined(router, **parts), router.name, OURS)[0].entry


def refusal(*routers: Router, name: str = HOST, **parts: Any) -> str:
    with pytest.raises(RefusedError) as caught:
        to_cover(joined(*routers, **parts), name, OURS)
    return caught.value.sentence()


def shadow_of(entry: Entry, **changes: Any) -> Router:
    """The router that Traefik makes of an entry."""
    tls = None if entry.tls is None else RouterTls(entry.tls.options or "default", entry.tls.cert_resolver)
    return replace(
        a_router(f"{entry.name}@file", rule=entry.rule, middlewares=entry.chain, service=entry.service),
        **{"priority": entry.priority, "entry_points": entry.entry_points, "tls": tls, **changes},
    )


def auth_of(entry: Entry, **changes: Any) -> Any:
    return replace(a_middleware(entry.chain[0], options=json.dumps({"forwardAuth": json.loads(entry.auth)})), **changes)


def covered(router: Router) -> Snapshot:
    entry = entry_of(router)
    return joined(router, shadow_of(entry), middlewares=[auth_of(entry)])


def test_all_that_decides_the_answer_is_copied_with_authentication_first() -> None:
    tls = RouterTls("strict", "le", (TlsDomain(DOMAIN, (f"*.{DOMAIN}",)),))
    router = a_router(middlewares=("limits@file", "gzip@docker"), tls=tls, entry_points=("web", "websecure"))
    points = [an_entry_point("web"), an_entry_point("websecure")]
    found = entry_of(
        router, entry_points=points, middlewares=[a_middleware("limits@file"), a_middleware("gzip@docker")]
    )
    assert (found.rule, found.service, found.entry_points) == (RULE, router.service, ("web", "websecure"))
    assert found.priority == len(RULE) + 1
    assert found.chain[1:] == ("limits@file", "gzip@docker")
    assert found.tls == Tls("strict@docker", "le", ((DOMAIN, (f"*.{DOMAIN}",)),))


def test_what_the_entry_point_puts_before_every_router_is_left_out() -> None:
    points = [an_entry_point("websecure", middlewares=("headers@file",))]
    router = a_router(middlewares=("headers@file", "gzip@docker"), entry_points=("websecure",))
    assert entry_of(router, entry_points=points).middlewares == ("gzip@docker",)
    assert "without a provider" in refusal(
        a_router(), entry_points=[an_entry_point("websecure", middlewares=("headers",))]
    )
    two = a_router(entry_points=("web", "websecure"))
    assert "several entry points" in refusal(two, entry_points=[*points, an_entry_point("web")])


@pytest.mark.parametrize(("priority", "above"), [(7, 8), (-1, 1), (-5, -4), (0, len(RULE) + 1)])
def test_the_priority_is_the_next_one(priority: int, above: int) -> None:
    assert entry_of(a_router(priority=priority)).priority == above


def test_the_forward_auth_is_the_one_that_traefik_itself_shows() -> None:
    definition = {"forwardAuth": {"address": "http://descope-auth:3000/verify?roles=ops", "maxBodySize": -1}}
    ours = a_middleware(VERIFY, options=json.dumps(definition), address="http://descope-auth:3000/verify?roles=ops")
    snapshot = replace(joined(a_router()), middlewares=(ours,))
    assert json.loads(to_cover(snapshot, HOST, OURS)[0].entry.auth) == definition["forwardAuth"]
    plain = json.loads(to_cover(replace(snapshot, middlewares=()), HOST, OURS)[0].entry.auth)
    assert plain["address"] == OURS.verify_url
    assert set(plain) == {"address", "authResponseHeaders", "trustForwardHeader"}
    secret = replace(ours, options=json.dumps({"forwardAuth": {"tls": {"key": MASK}}}))
    with pytest.raises(RefusedError, match="holds secrets"):
        to_cover(replace(snapshot, middlewares=(secret,)), HOST, OURS)


@pytest.mark.parametrize(
    ("router", "why"),
    [
        (a_router(middlewares=(VERIFY,)), "already"),
        (a_router(status=ConfigStatus.DISABLED), "does not mount it"),
        (a_router(rule=f"Host(`auth.{DOMAIN}`)"), "sign-in host"),
        (a_router(rule="Host(`a.example.com`)"), "outside the cookie domain"),
        (a_router(rule=f"{RULE} || HostRegexp(`.*`)"), "hosts that it does not name"),
        (a_router(protocol=Protocol.TCP, rule=f"HostSNI(`{HOST}`)"), "carries no sign-in"),
        (
            a_router(
                rule=f"{RULE} && Header(`X-Token`, `***`)", secret_rule=Secret(f"{RULE} && Header(`X-Token`, `a`)")
            ),
            "holds a secret",
        ),
        (a_router(parents=("p@docker",)), "parentRefs"),
        (a_router(middlewares=("a\u2551b@docker",)), "cut it in two"),
        (a_router(priority=9223372036854774807), "the highest"),
    ],
)
def test_refusals(router: Router, why: str) -> None:
    assert why in refusal(router, name=router.id)


def test_a_rival_with_the_very_next_priority_is_refused() -> None:
    rival = a_router("rival@docker", rule=f"{RULE} && PathPrefix(`/x`)", priority=len(RULE) + 1)
    assert "rival@docker has the very next priority" in refusal(a_router(), rival, name="app1@docker")
    assert len(to_cover(joined(a_router(), rival), HOST, OURS)) == 2  # both get one that stands before them
    elsewhere = replace(rival, rule=f"Host(`other.{DOMAIN}`)")
    assert to_cover(joined(a_router(), elsewhere), "app1@docker", OURS)


def test_every_provider_s_router_can_be_covered() -> None:
    assert entry_of(a_router("app1@file", rule=RULE, service="app1@file")).service == "app1@file"


def test_a_covered_host_is_protected_and_a_warning_until_labels_replace_it() -> None:
    snapshot = covered(a_router())
    assert host_of(snapshot).protection.state == "protected"
    assert "overlay-only" in codes(snapshot)
    assert missing(entry_of(a_router()), snapshot) == ""
    for name in (HOST, "app1@docker"):
        with pytest.raises(RefusedError, match="already"):
            to_cover(snapshot, name, OURS)
    guarded = covered(a_router())
    labelled = replace(route_of(guarded).router, middlewares=(VERIFY,))
    entry = entry_of(a_router())
    assert "overlay-only" not in codes(joined(labelled, shadow_of(entry), middlewares=[auth_of(entry)]))


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": "Host(`other.example.org`)"},
        {"priority": 1},
        {"entry_points": ("web",)},
        {"service": "b@docker"},
        {"middlewares": ()},
        {"tls": RouterTls("strict@file")},
    ],
)
def test_what_traefik_shows_otherwise_is_not_there(changes: dict[str, Any]) -> None:
    entry = entry_of(a_router())
    snapshot = joined(a_router(), shadow_of(entry, **changes), middlewares=[auth_of(entry)])
    assert "otherwise than it was written" in missing(entry, snapshot)


def test_a_router_that_traefik_does_not_mount_says_why() -> None:
    entry = entry_of(a_router())
    assert "does not show" in missing(entry, joined(a_router()))
    broken = shadow_of(entry, status=ConfigStatus.DISABLED, errors=("the service does not exist \x1b[31m",))
    assert "disabled: the service does not exist \\x1b[31m" in missing(entry, joined(a_router(), broken))


def test_uncovering_finds_what_the_file_has_of_a_host() -> None:
    snapshot = covered(a_router())
    entry = entry_of(a_router())
    for name in (HOST, "app1@docker", shadow_id("app1@docker")):
        (found,) = to_uncover(snapshot, name, [entry])
        assert found.entry == entry
    assert to_uncover(snapshot, HOST, [entry])[0].route.id == "app1@docker"
    with pytest.raises(RefusedError, match="not protected by the overlay"):
        to_uncover(joined(a_router()), HOST, [])
    with pytest.raises(NotFoundError):
        to_uncover(snapshot, "nobody.example.org", [entry])


@pytest.mark.parametrize(
    "name", ["app1@docker", "a/b@file", "[red]{{x}}: 'y'@docker", "é\x1b[31m@docker", "@docker", "x" * 300]
)
def test_names_are_plain_whatever_the_router_is_called(name: str) -> None:
    found = shadow_name(name)
    assert found.isascii()
    assert found.replace("-", "").isalnum()
    assert len(found) < 90
    assert is_shadow(shadow_id(name))
    assert shadow_id(name) != shadow_id(f"{name}x")


@pytest.mark.parametrize(
    "name", ["specter-app1@file", "specter-0123456789ab@docker", "app1@file", "specter-x@file@file"]
)
def test_others_names_are_not_taken_for_ours(name: str) -> None:
    assert not is_shadow(name)


def test_made_of_a_route_twice_is_the_same() -> None:
    snapshot = joined(a_router())
    assert made(route_of(snapshot), snapshot, "{}") == made(route_of(snapshot), snapshot, "{}")


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.yml", b"http: {}\n", ""),
        ("a.yml", b"", ""),
        ("a.toml", b"[http]\n", ""),
        ("a.yml", b"http:\n{{ range $i := until 3 }}\n", ""),
        ("a.yml", b"http:\n\tx: y\n", "a.yml can't be loaded"),
        ("b.toml", b"http: {}\n", "b.toml can't be loaded"),
        ("a.yml", b"- x\n", "no mapping"),
        ("a.yml", b"\xff", "can't be loaded"),
        ("\x1b[31m.yml", b"{", "\\x1b[31m.yml can't be loaded"),
    ],
)
def test_other_files_of_the_folder(name: str, content: bytes, why: str) -> None:
    assert (why in unloadable(name, content)) if why else unloadable(name, content) == ""

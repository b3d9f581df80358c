"""Ways to make an open host look protected: what a hostile author of labels or files may try."""

from __future__ import annotations

import json
from typing import Any

import pytest

from specter_tui.core.guard import takes_everyone
from specter_tui.core.model import ConfigStatus, Middleware, Protocol, Router, RouterTls
from specter_tui.core.snapshot import ProtectionState
from tests.builders import DOMAIN, a_middleware, a_router, an_entry_point, replace
from tests.core.joining import VERIFY, a_redirect_router, codes, host_of, joined

P = ProtectionState
APP = f"app1.{DOMAIN}"
SIGN_IN = f"Host(`auth.{DOMAIN}`)"
GUARDED = a_router(middlewares=(VERIFY,))


def another(rule: str, **changes: Any) -> Router:
    """An open router that outranks the guarded one."""
    return replace(a_router("other@docker", rule=rule, priority=999), **changes)


def address_list(*ranges: str) -> Middleware:
    """An ipAllowList of these ranges."""
    options = json.dumps({"ipAllowList": {"sourceRange": ranges}})
    return a_middleware("office@docker", type="ipallowlist", address="", options=options)


class TestTheSignInHost:
    @pytest.mark.parametrize("more", ["PathPrefix(`/`)", "HostRegexp(`.*`)", "!Host(`z.example`)", "Host(`*`)"])
    def test_is_no_cover_for_a_rule_that_answers_for_others(self, more: str) -> None:
        host = host_of(joined(GUARDED, another(f"{SIGN_IN} || {more}")))
        assert host.protection.state is P.BYPASSED
        assert "other@docker" in host.protection.reasons[0]

    @pytest.mark.parametrize("less", ["", " && !PathPrefix(`/verify`)", " && HostRegexp(`auth`)"])
    def test_is_exempt_by_itself(self, less: str) -> None:
        state = host_of(joined(another(SIGN_IN + less)), f"auth.{DOMAIN}").protection.state
        assert state is (P.UNPROTECTED if "Regexp" in less else P.NOT_APPLICABLE)


class TestTrailingDot:
    @pytest.mark.parametrize("rule", [r"HostRegexp(`^app1\.example\.org\.$`)", r"!HostRegexp(`^app1\.example\.org$`)"])
    def test_a_rule_that_sees_the_dot_is_a_way_in(self, rule: str) -> None:
        assert host_of(joined(GUARDED, another(rule))).protection.state is P.BYPASSED

    def test_a_rule_for_another_host_is_none(self) -> None:
        assert host_of(joined(GUARDED, another(r"HostRegexp(`^app2\.`)"))).protection.state is P.PROTECTED


def test_guarded_paths_leave_the_others_to_an_open_router() -> None:
    named = f"Host(`{APP}`)"
    paths = ["Path(`/a`)", "PathPrefix(`/a/`)", "PathPrefix(`/ax`)"]  # the rest: /ab
    guarded = [replace(GUARDED, name=f"g{path}@docker", rule=f"{named} && {path}") for path in paths]
    host = host_of(joined(*guarded, a_router("rest@docker", rule=f"{named} && PathPrefix(`/a`)", priority=1)))
    assert host.protection.state is P.BYPASSED
    assert "rest@docker" in host.protection.reasons[0]


def test_what_answers_instead_of_a_disabled_router_counts() -> None:
    off = replace(GUARDED, status=ConfigStatus.DISABLED)
    assert host_of(joined(off, another("PathPrefix(`/`)"))).protection.state is P.UNPROTECTED
    assert host_of(joined(off)).protection.state is P.NOT_APPLICABLE
    assert host_of(joined(off, another("HostRegexp(`^z`)"))).protection.state is P.NOT_APPLICABLE


class TestRedirects:
    """redirectScheme lets through whoever says X-Forwarded-Proto: https; the entry point decides whom to believe."""

    @pytest.mark.parametrize(
        ("trusted", "state"),
        [((), P.PROTECTED), (("173.245.48.0/20",), P.UNKNOWN), (("0.0.0.0/0",), P.BYPASSED), (("::/0",), P.BYPASSED)],
    )
    def test_to_https_counts_as_far_as_nobody_else_is_believed(self, trusted: tuple[str, ...], state: P) -> None:
        plain = a_router(
            "plain@docker", rule=f"Host(`{APP}`)", entry_points=("web",), tls=None, middlewares=("https@docker",)
        )
        to_https = a_middleware("https@docker", type="redirectscheme", address="", scheme="https")
        points = [an_entry_point("web", trusted_ips=trusted), an_entry_point()]
        snapshot = joined(GUARDED, plain, middlewares=[to_https], entry_points=points)
        assert host_of(snapshot).protection.state is state

    def test_of_the_entry_point_itself_lets_nobody_through(self) -> None:
        points = [an_entry_point("web", trusted_ips=("173.245.48.0/20",)), an_entry_point()]
        snapshot = joined(GUARDED, a_redirect_router(), entry_points=points)
        assert host_of(snapshot).protection.state is P.PROTECTED


class TestAddressLists:
    @pytest.mark.parametrize("ranges", [("0.0.0.0/0",), ("0.0.0.0/1", "128.0.0.0/1"), ("10.0.0.0/8", "::/0")])
    def test_one_that_takes_everyone_guards_nothing(self, ranges: tuple[str, ...]) -> None:
        open_to_all = a_router(middlewares=("office@docker",))
        assert host_of(joined(open_to_all, middlewares=[address_list(*ranges)])).protection.state is P.UNPROTECTED

    def test_one_that_does_not_guards(self) -> None:
        office = a_router(middlewares=("office@docker",))
        assert host_of(joined(office, middlewares=[address_list("10.0.0.0/8")])).protection.state is P.OTHER_AUTH

    def test_what_is_no_range_takes_nobody(self) -> None:
        assert not takes_everyone(["", "everyone", "0.0.0.0/99", "10.0.0.0/8", "fd00::/8"])


class TestTcpRouters:
    def test_one_with_its_own_list_does_not_hide_an_open_http_router(self) -> None:
        """With TLS Traefik gives a connection to HTTP first where a Host() names it."""
        office = address_list("10.0.0.0/8")
        tcp = a_router(
            "raw@docker",
            protocol=Protocol.TCP,
            rule=f"HostSNI(`{APP}`)",
            tls=RouterTls(passthrough=True),
            middlewares=("office@docker",),
        )
        guard = replace(office, protocol=Protocol.TCP)
        elsewhere = replace(GUARDED, entry_points=("web",), tls=None)
        host = host_of(joined(elsewhere, tcp, another(f"Host(`{APP}`)"), middlewares=[office, guard]))
        assert host.protection.state is P.BYPASSED
        assert host.weakest == "other@docker"

    def test_one_that_only_some_addresses_reach_leaves_the_rest_to_http(self) -> None:
        office = replace(address_list("10.0.0.0/8"), protocol=Protocol.TCP)
        tcp = a_router(
            "raw@docker",
            protocol=Protocol.TCP,
            rule="HostSNI(`*`) && ClientIP(`10.0.0.0/8`)",
            entry_points=("web",),
            tls=None,
            middlewares=("office@docker",),
        )
        plain = another(f"Host(`{APP}`)", entry_points=("web",), tls=None)
        assert host_of(joined(GUARDED, tcp, plain, middlewares=[office])).weakest == "other@docker"

    def test_one_that_takes_every_plain_connection_leaves_none(self) -> None:
        office = replace(address_list("10.0.0.0/8"), protocol=Protocol.TCP)
        tcp = a_router(
            "raw@docker",
            protocol=Protocol.TCP,
            rule="HostSNI(`*`)",
            entry_points=("web",),
            tls=None,
            middlewares=("office@docker",),
        )
        plain = another(f"Host(`{APP}`)", entry_points=("web",), tls=None)
        assert host_of(joined(GUARDED, tcp, plain, middlewares=[office])).protection.state is P.OTHER_AUTH


def test_a_tcp_router_lends_its_name_to_no_parent() -> None:
    parent = a_router("gate@file", rule=f"Host(`{APP}`)", service="")
    namesake = replace(
        parent, protocol=Protocol.TCP, rule="HostSNI(`z.example`)", middlewares=(VERIFY,), service="z@file"
    )
    child = a_router("child@file", rule=f"Host(`{APP}`)", parents=("gate@file",))
    assert host_of(joined(parent, namesake, child)).protection.state is P.UNPROTECTED


class TestWhatStandsBeforeTheGuard:
    """Seen on Traefik 3.7.15: strangers got the application's pages, with 200 where credentials were written."""

    @staticmethod
    def a_middle(options: object, kind: str = "headers") -> Middleware:
        return a_middleware(
            "before@docker", type=kind.lower(), address="http://x/", options=json.dumps({kind: options})
        )

    @pytest.mark.parametrize(
        ("kind", "options"),
        [
            ("headers", {"customRequestHeaders": {"authorization": "***"}}),
            ("headers", {"customRequestHeaders": {"Cookie": "***"}}),
            ("forwardAuth", {"authResponseHeaders": ["X-User", "Cookie"]}),
            ("forwardAuth", {"authResponseHeadersRegex": ".*"}),
            ("errors", {"status": ["300-499"], "service": "app1", "query": "/"}),
            ("errors", {"status": ["401"], "service": "app1@docker", "query": "/"}),
        ],
    )
    def test_what_answers_or_signs_in_for_strangers_leaves_it_unknown(self, kind: str, options: object) -> None:
        before = self.a_middle(options, kind)
        router = a_router(middlewares=(before.name, VERIFY))
        host = host_of(joined(router, middlewares=[before]))
        assert host.protection.state is P.UNKNOWN
        assert "before@docker" in host.protection.reasons[0]

    @pytest.mark.parametrize(
        ("kind", "options"),
        [
            ("headers", {"customRequestHeaders": {"X-Tenant": "a", "Cookie": ""}}),
            ("headers", {"stsSeconds": 1}),
            ("headers", None),
            ("forwardAuth", {"authResponseHeaders": ["X-User"]}),
            ("errors", {"status": ["500-599"], "service": "app1", "query": "/"}),
            ("errors", {"status": ["400-499"], "service": "pages", "query": "/"}),
        ],
    )
    def test_what_does_neither_leaves_it_protected(self, kind: str, options: object) -> None:
        before = self.a_middle(options, kind)
        router = a_router(middlewares=(before.name, VERIFY))
        assert host_of(joined(router, middlewares=[before])).protection.state is P.PROTECTED

    def test_behind_the_guard_it_is_the_backends_business(self) -> None:
        behind = self.a_middle({"customRequestHeaders": {"Authorization": "***"}})
        router = a_router(middlewares=(VERIFY, behind.name))
        assert host_of(joined(router, middlewares=[behind])).protection.state is P.PROTECTED


@pytest.mark.parametrize("service", ["api@internal", "dashboard@internal", "rest@internal"])
def test_what_controls_traefik_is_an_error_where_strangers_reach_it(service: str) -> None:
    router = a_router("control@file", service=service, rule="PathPrefix(`/`)", entry_points=("web",), tls=None)
    assert "api-public" in codes(joined(router))


def test_a_plugin_may_authenticate_and_nobody_tells() -> None:
    plugin = a_middleware("bouncer@file", type="plugin:bouncer", address="")
    router = a_router(middlewares=("bouncer@file",))
    assert host_of(joined(router, middlewares=[plugin])).protection.state is ProtectionState.UNKNOWN
    guarded = a_router(middlewares=("bouncer@file", VERIFY))
    assert host_of(joined(guarded, middlewares=[plugin])).protection.state is ProtectionState.PROTECTED

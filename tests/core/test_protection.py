"""Protection of routes and hosts, by `architecture.md`'s definition, through the real join."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specter_tui.core.model import ConfigStatus, Protocol, RouterTls, Server
from specter_tui.core.protection import Candidate, judge_host, winners
from specter_tui.core.routing import rule_of
from specter_tui.core.rules import Request
from specter_tui.core.settings import ProtectionSettings, Settings
from specter_tui.core.snapshot import ProtectionState
from tests.builders import DOMAIN, a_middleware, a_router, a_service, an_entry_point, replace
from tests.core.joining import VERIFY, a_redirect_router, an_answer, codes, host_of, joined, route_of

P = ProtectionState
APP = f"app1.{DOMAIN}"
GUARDED = a_router(middlewares=(VERIFY,))
OPEN = a_router()


def test_a_route_with_our_forward_auth_is_protected() -> None:
    host = host_of(joined(GUARDED))
    assert host.protection.state is P.PROTECTED
    assert host.protection.by == (VERIFY,)


def test_a_route_without_middleware_is_open() -> None:
    snapshot = joined(OPEN)
    assert host_of(snapshot).protection.state is P.UNPROTECTED
    assert "host-unprotected" in codes(snapshot)


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ("http://descope-auth:3000/verify", P.PROTECTED),
        ("http://descope-auth:3000/verify?roles=admin", P.PROTECTED),
        ("HTTP://DESCOPE-AUTH:3000/verify", P.PROTECTED),
        ("https://descope-auth:3000/verify", P.OTHER_AUTH),
        ("http://descope-auth:3001/verify", P.OTHER_AUTH),
        ("http://descope-auth:3000/verify/", P.OTHER_AUTH),
        ("http://descope-auth:3000/", P.OTHER_AUTH),
        ("http://descope-auth.evil.example:3000/verify", P.OTHER_AUTH),
        ("http://[descope-auth:3000/verify", P.OTHER_AUTH),
        ("", P.OTHER_AUTH),
    ],
)
def test_the_address_decides_not_the_name(address: str, state: ProtectionState) -> None:
    named_alike = a_middleware("x@file", address=address)
    router = a_router(middlewares=("x@file",))
    assert host_of(joined(router, middlewares=[named_alike])).protection.state is state


@pytest.mark.parametrize("kind", ["basicauth", "digestauth", "ipallowlist", "ipwhitelist"])
def test_other_ways_to_turn_strangers_away(kind: str) -> None:
    router = a_router(middlewares=("x@file",))
    other = a_middleware("x@file", type=kind, address="")
    assert host_of(joined(router, middlewares=[other])).protection.state is P.OTHER_AUTH


def test_inside_chains_of_chains() -> None:
    outer = a_middleware("outer@file", type="chain", address="", chain=("inner@file",))
    inner = a_middleware("inner@file", type="chain", address="", chain=("headers@file", VERIFY))
    headers = a_middleware("headers@file", type="headers", address="")
    snapshot = joined(a_router(middlewares=("outer@file",)), middlewares=[outer, inner, headers])
    assert host_of(snapshot).protection.state is P.PROTECTED
    assert [link.name for link in route_of(snapshot).chain] == ["headers@file", VERIFY]


def test_a_disabled_middleware_does_not_protect() -> None:
    broken = a_middleware("x@file", status=ConfigStatus.DISABLED)
    snapshot = joined(a_router(middlewares=("x@file",)), middlewares=[broken])
    assert host_of(snapshot).protection.state is P.UNPROTECTED


def test_a_missing_middleware_does_not_protect() -> None:
    assert host_of(joined(a_router(middlewares=("gone@file",)))).protection.state is P.UNPROTECTED


def test_client_certificates_may_be_asked_for_and_nobody_tells() -> None:
    router = a_router(tls=RouterTls(options="mtls@file"))
    snapshot = joined(router)
    assert host_of(snapshot).protection.state is P.UNKNOWN
    assert "protection-unknown" in codes(snapshot)


class TestBypasses:
    def test_a_longer_rule_without_the_middleware_wins_its_paths(self) -> None:
        other = a_router("api@docker", rule=f"Host(`{APP}`) && PathPrefix(`/api`)")
        snapshot = joined(GUARDED, other)
        host = host_of(snapshot)
        assert host.protection.state is P.BYPASSED
        assert host.weakest == "api@docker"
        assert "/api" in host.protection.reasons[0]
        assert route_of(snapshot).protection.state is P.BYPASSED
        assert route_of(snapshot, "api@docker").protection.state is P.UNPROTECTED
        assert "host-bypassed" in codes(snapshot)

    def test_paths_that_the_protected_rule_leaves_over(self) -> None:
        admin = replace(GUARDED, rule=f"Host(`{APP}`) && PathPrefix(`/admin`)")
        rest = a_router("rest@docker", rule=f"Host(`{APP}`)")
        assert host_of(joined(admin, rest)).protection.state is P.BYPASSED

    def test_methods_that_the_protected_rule_leaves_over(self) -> None:
        reading = replace(GUARDED, rule=f"Host(`{APP}`) && Method(`GET`)")
        rest = a_router("rest@docker", rule=f"Host(`{APP}`)")
        assert host_of(joined(reading, rest)).protection.state is P.BYPASSED

    def test_headers_that_the_protected_rule_may_leave_over(self) -> None:
        some = replace(GUARDED, rule=f"Host(`{APP}`) && Header(`X-Tenant`, `a`)")
        rest = a_router("rest@docker", rule=f"Host(`{APP}`)")
        assert host_of(joined(some, rest)).protection.state is P.BYPASSED

    def test_a_lower_priority_that_never_wins_is_none(self) -> None:
        shadowed = a_router("old@file", rule=f"Host(`{APP}`)", priority=1)
        assert host_of(joined(GUARDED, shadowed)).protection.state is P.PROTECTED

    def test_equal_priorities_may_go_either_way(self) -> None:
        twin = a_router("twin@file", rule=GUARDED.rule)
        assert host_of(joined(GUARDED, twin)).protection.state is P.BYPASSED

    def test_a_router_without_host_and_with_priority_counts_for_every_host(self) -> None:
        status = a_router("status@file", rule="PathPrefix(`/status`)", priority=1000)
        host = host_of(joined(GUARDED, status))
        assert host.protection.state is P.BYPASSED
        assert host.weakest == "status@file"
        assert "status@file" in host.routes

    def test_a_router_without_host_and_without_priority_is_covered(self) -> None:
        status = a_router("status@file", rule="PathPrefix(`/s`)")
        assert host_of(joined(GUARDED, status)).protection.state is P.PROTECTED

    def test_a_host_regexp_that_matches_counts(self) -> None:
        every = a_router("all@file", rule="HostRegexp(`^.+[.]example[.]org$`)", priority=500)
        assert host_of(joined(GUARDED, every)).protection.state is P.BYPASSED

    def test_a_host_regexp_for_another_domain_does_not(self) -> None:
        other = a_router("all@file", rule="HostRegexp(`^.+[.]example[.]com$`)", priority=500)
        assert host_of(joined(GUARDED, other)).protection.state is P.PROTECTED

    def test_only_post_requests_count_too(self) -> None:
        hook = a_router("hook@file", rule="PathPrefix(`/hook`) && Method(`POST`)", priority=500)
        assert host_of(joined(GUARDED, hook)).protection.state is P.BYPASSED

    def test_the_plain_entry_point_without_redirect(self) -> None:
        plain = a_router("plain@docker", rule=GUARDED.rule, entry_points=("web",), tls=None)
        host = host_of(joined(GUARDED, plain))
        assert host.protection.state is P.BYPASSED
        assert "without TLS" in host.protection.reasons[0]

    def test_a_redirecting_entry_point_is_none(self) -> None:
        plain = a_router("plain@docker", rule=GUARDED.rule, entry_points=("web",), tls=None)
        assert host_of(joined(GUARDED, plain, a_redirect_router())).protection.state is P.PROTECTED

    def test_plain_and_tls_routers_of_one_entry_point_do_not_cover_each_other(self) -> None:
        plain = a_router("plain@docker", rule=f"Host(`{APP}`)", tls=None)
        assert host_of(joined(GUARDED, plain)).protection.state is P.BYPASSED

    def test_a_disabled_router_is_none(self) -> None:
        dead = a_router("dead@file", rule=GUARDED.rule, priority=900, status=ConfigStatus.DISABLED, errors=("no",))
        assert host_of(joined(GUARDED, dead)).protection.state is P.PROTECTED

    def test_a_tcp_router_takes_the_connection_before_http(self) -> None:
        tcp = a_router("raw@docker", protocol=Protocol.TCP, rule=f"HostSNI(`{APP}`)", tls=RouterTls(passthrough=True))
        host = host_of(joined(GUARDED, tcp))
        assert host.protection.state is P.BYPASSED
        assert host.weakest == "tcp:raw@docker"

    def test_a_rule_that_is_not_understood_makes_unknown_not_protected(self) -> None:
        odd = a_router("odd@file", rule="Sorcery(`x`)", priority=900)
        snapshot = joined(GUARDED, odd)
        assert host_of(snapshot).protection.state is P.UNKNOWN
        assert "rule-not-understood" in codes(snapshot)

    def test_a_guarded_pattern_route_below_an_open_one_for_any_host(self) -> None:
        pattern = a_router("p@file", rule="HostRegexp(`^.+[.]example[.]org$`)", middlewares=(VERIFY,))
        any_host = a_router("any@file", rule="PathPrefix(`/`)", priority=900)
        assert route_of(joined(pattern, any_host), "p@file").protection.state is P.BYPASSED


class TestNotApplicable:
    def test_the_sign_in_host(self) -> None:
        router = a_router("auth@docker")
        assert host_of(joined(router), f"auth.{DOMAIN}").protection.state is P.NOT_APPLICABLE

    def test_redirects_of_an_entry_point(self) -> None:
        assert route_of(joined(a_redirect_router()), "web-to-websecure@internal").protection.state is P.NOT_APPLICABLE

    def test_a_redirect_to_https_of_a_plain_router(self) -> None:
        to_https = a_middleware("https@file", type="redirectscheme", address="", scheme="https")
        router = a_router(entry_points=("web",), tls=None, middlewares=("https@file",))
        assert host_of(joined(router, middlewares=[to_https])).protection.state is P.NOT_APPLICABLE

    def test_but_not_where_clients_choose_the_scheme(self) -> None:
        to_https = a_middleware("https@file", type="redirectscheme", address="", scheme="https")
        router = a_router(entry_points=("web",), tls=None, middlewares=("https@file",))
        trusting = an_entry_point("web", insecure_forwarded=True)
        snapshot = joined(router, middlewares=[to_https], entry_points=[trusting])
        assert host_of(snapshot).protection.state is P.UNPROTECTED

    def test_acme_challenges(self) -> None:
        router = a_router("acme-http@internal", service="acme-http@internal", rule="PathPrefix(`/.well-known/`)")
        assert route_of(joined(router), "acme-http@internal").protection.state is P.NOT_APPLICABLE

    @pytest.mark.parametrize(
        ("address", "state"),
        [("127.0.0.1:8080", P.NOT_APPLICABLE), (":8080", P.UNPROTECTED), ("10.0.0.1:8080", P.UNPROTECTED)],
    )
    def test_the_api_on_its_own_entry_point(self, address: str, state: ProtectionState) -> None:
        api = a_router(
            "api@internal", service="api@internal", rule="PathPrefix(`/api`)", entry_points=("traefik",), tls=None
        )
        snapshot = joined(api, entry_points=[an_entry_point("traefik", address=address)])
        assert route_of(snapshot, "api@internal").protection.state is state
        assert ("api-public" in codes(snapshot)) is (state is P.UNPROTECTED)


def test_a_tcp_router_for_any_name_counts_on_a_shared_entry_point_only() -> None:
    raw = a_router("raw@file", protocol=Protocol.TCP, rule="HostSNI(`*`)", entry_points=("database",), tls=None)
    plain = replace(GUARDED, entry_points=("web",), tls=None)
    database = a_service("raw@file", protocol=Protocol.TCP, servers=(Server("10.0.0.9:5432"),))
    services = [a_service(), database]
    assert host_of(joined(plain, raw, services=services)).protection.state is P.PROTECTED
    shared = replace(raw, entry_points=("web",))
    assert host_of(joined(plain, shared, services=services)).protection.state is P.BYPASSED


def test_a_tcp_router_that_leads_to_the_hosts_own_server_is_a_bypass_on_any_entry_point() -> None:
    raw = a_router("raw@file", protocol=Protocol.TCP, rule="HostSNI(`*`)", entry_points=("database",), tls=None)
    same = a_service("raw@file", protocol=Protocol.TCP, servers=(Server("172.18.0.7:8000"),))
    host = host_of(joined(GUARDED, raw, services=[a_service(), same]))
    assert host.protection.state is P.BYPASSED
    assert host.weakest == "tcp:raw@file"


def test_a_tcp_router_for_any_name_comes_after_the_http_routers_of_a_host() -> None:
    raw = a_router("raw@file", protocol=Protocol.TCP, rule="HostSNI(`*`)", tls=RouterTls(passthrough=True))
    assert host_of(joined(GUARDED, raw)).protection.state is P.PROTECTED
    unread = replace(raw, rule="HostSNI(")
    assert host_of(joined(GUARDED, unread)).protection.state is P.BYPASSED


def test_what_is_not_known_of_a_route_that_never_answers_does_not_count() -> None:
    shadowed = a_router("mtls@file", rule=GUARDED.rule, priority=1, tls=RouterTls(options="mtls@file"))
    assert host_of(joined(GUARDED, shadowed)).protection.state is P.PROTECTED
    assert host_of(joined(GUARDED, replace(shadowed, priority=900))).protection.state is P.UNKNOWN


def test_traefiks_own_api_for_any_host_is_no_way_into_an_application() -> None:
    api = a_router("api@file", service="api@internal", rule="PathPrefix(`/api`)", priority=900)
    snapshot = joined(GUARDED, api)
    assert host_of(snapshot).protection.state is P.PROTECTED
    assert "api-public" in codes(snapshot)
    own = a_router("traefik@docker", service="api@internal", middlewares=(VERIFY,))
    assert host_of(joined(own, api), f"traefik.{DOMAIN}").protection.state is P.BYPASSED


class TestProofs:
    def test_an_open_proof_beats_the_configuration(self) -> None:
        snapshot = joined(GUARDED, probes=[an_answer(200)])
        assert host_of(snapshot).protection.state is P.UNPROTECTED
        assert "protection-contradicted" in codes(snapshot)

    def test_an_open_proof_of_one_route_beats_the_guard_of_another(self) -> None:
        both = (GUARDED, a_router("api@docker", rule=f"Host(`{APP}`) && PathPrefix(`/api`)", middlewares=(VERIFY,)))
        assert host_of(joined(*both, probes=[an_answer(200)])).protection.state is P.UNPROTECTED

    def test_turned_away_by_the_verify_service(self) -> None:
        location = f"https://auth.{DOMAIN}/?redirect=https%3A%2F%2F{APP}%2F"
        proof = host_of(joined(GUARDED, probes=[an_answer(307, location=location)])).protection.proof
        assert proof is not None
        assert proof.verdict == "turned_away"

    def test_an_unknown_proof_leaves_the_configuration(self) -> None:
        assert host_of(joined(GUARDED, probes=[an_answer(404)])).protection.state is P.PROTECTED


def test_without_auth_host_nothing_is_exempt() -> None:
    settings = Settings(protection=ProtectionSettings())
    assert (
        host_of(joined(a_router("auth@docker"), settings=settings), f"auth.{DOMAIN}").protection.state is P.UNPROTECTED
    )


# Property: whoever wins a concrete request is among the winners that the judgement looked at.

_PATHS = st.sampled_from(["/", "/a", "/a/b", "/ab", "/api", "/api/v1"])
_RULES = st.one_of(
    st.just(f"Host(`{APP}`)"),
    _PATHS.map(lambda path: f"Host(`{APP}`) && PathPrefix(`{path}`)"),
    _PATHS.map(lambda path: f"Host(`{APP}`) && Path(`{path}`)"),
    _PATHS.map(lambda path: f"Host(`{APP}`) && !PathPrefix(`{path}`)"),
    _PATHS.map(lambda path: f"PathPrefix(`{path}`)"),
    st.sampled_from(["GET", "POST"]).map(lambda method: f"Host(`{APP}`) && Method(`{method}`)"),
)


def _candidate(index: int, rule: str, priority: int, *, guarded: bool) -> Candidate:
    router = a_router(f"r{index}@file", rule=rule)
    parsed, _ = rule_of(router, "3.7.15", "")
    state = P.PROTECTED if guarded else P.UNPROTECTED
    return Candidate(router.id, Protocol.HTTP, state, (), (), priority, parsed, (("websecure", True),), (), None)


@given(
    st.lists(st.tuples(_RULES, st.integers(1, 5), st.booleans()), min_size=1, max_size=6),
    st.sampled_from(["/", "/a", "/a/b", "/ab", "/api", "/api/v1", "/api/v1/x", "/zzz", "/a/"]),
    st.sampled_from(["GET", "POST", "DELETE"]),
)
def test_no_winner_is_overlooked(specs: list[tuple[str, int, bool]], path: str, method: str) -> None:
    candidates = [
        _candidate(index, rule, priority, guarded=guarded) for index, (rule, priority, guarded) in enumerate(specs)
    ]
    request = Request(host=APP, path=path, method=method, headers={}, query=(), client_ip="192.0.2.1")
    matching = [one for one in candidates if one.rule is not None and one.rule.matches(request)]
    if not matching:
        return
    top = max(one.priority for one in matching)
    for one in matching:
        if one.priority == top:
            assert one.route_id in winners(APP, candidates)
            if one.state is P.UNPROTECTED:
                assert judge_host(APP, candidates).protection.state is not P.PROTECTED


def test_where_too_many_requests_would_have_to_be_looked_at_any_route_may_win() -> None:
    """The open router loses every request that is looked at; nobody has looked at all of them."""
    paths = " || ".join(f"PathPrefix(`/p{number}`)" for number in range(300))
    many = a_router("many@docker", rule=f"Host(`{APP}`) && ({paths} || PathPrefix(`/`))", middlewares=(VERIFY,))
    shadowed = a_router("open@docker", rule=f"Host(`{APP}`) && PathPrefix(`/admin`)", priority=1)
    assert host_of(joined(many, shadowed)).protection.state is P.BYPASSED
    few = replace(many, rule=f"Host(`{APP}`) && (PathPrefix(`/p1`) || PathPrefix(`/`))")
    assert host_of(joined(few, shadowed)).protection.state is P.PROTECTED

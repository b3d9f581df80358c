"""Orders of certificates that fail, certificates that are missing, and those that nobody needs."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specter_tui.core.acme_log import OrderFailure, OrderProblem, order_failures
from specter_tui.core.findings.model import Finding, Severity
from specter_tui.core.findings.orders import CHECKS
from specter_tui.core.model import AcmeFile, Certificate, EntryPoint, RouterTls, TlsDomain
from specter_tui.core.snapshot import CertificateState, CertificateStatus, SourceName, SourceState, SourceStatus
from specter_tui.core.traefik_log import LogEntry, LogRead, parse_entry
from tests.builders import NOW, a_certificate, a_certificate_status, a_route, a_router, a_snapshot

ORDER = "Unable to obtain ACME certificate for domains"
LIMITED = (
    "unable to generate a certificate for the domains [app1.example.org]: acme: error: 429 :: POST :: "
    "https://acme-v02.api.letsencrypt.org/acme/new-order :: urn:ietf:params:acme:error:rateLimited :: too many "
    "certificates (5) already issued for this exact set of domains in the last 168h0m0s, retry after "
    "2026-11-23 17:03:11 UTC: see https://letsencrypt.org/docs/rate-limits/"
)
# What 3.7.15 wrote against Pebble, a stopped Pebble, and a Cloudflare that refuses the token.
UNREACHABLE = (
    "cannot get ACME client get directory at 'https://localhost:14999/dir': unable to communicate with the API "
    'server: error: Get "https://localhost:14999/dir": dial tcp 127.0.0.1:14999: connect: connection refused'
)
CHALLENGE = (
    "unable to generate a certificate for the domains [b.other.test]: resolver: one or more domains had a problem: "
    "[b.other.test: invalid authorization: acme: error: 400 :: urn:ietf:params:acme:error:connection :: Get "
    '"http://b.other.test/.well-known/acme-challenge/vDD": error occurred while resolving URL]'
)
ZONE = (
    "resolver: one or more domains had a problem: [example.org: dns01: "
    "error presenting token (example.org): cloudflare: could not find "
    'zone for domain "example.org": [fqdn=_acme-challenge.example.org.] could not find the '
    "start of authority: DNS call error: read udp 127.0.0.1:4->127.0.0.1:8053: read: connection refused]"
)
TOKEN = (
    'dns01: error presenting token (example.org): cloudflare: could not find zone for domain "example.org": '
    "[status code 403] 9109: Invalid access token"
)
# What 3.7.15 wrote where the emulated Cloudflare answered so.
PRESENTED = "dns01: error presenting token (example.org): cloudflare: failed to create TXT record: "
TOO_OFTEN = PRESENTED + "[status code 429] 971: as the switch says"
DOWN = PRESENTED + "[status code 503] 10000: as the switch says"
PAGE = PRESENTED + "unable to unmarshal response: [status code: 200] body: <!doctype html> error: invalid character '<'"
# And what 3.4.3 wrote of the same; its provider's name looks like a token to the masking.
OLDER = "acme: error presenting token: *** failed to create TXT record: "
OLDER_TOO_OFTEN = OLDER + "exceeded available rate limit retries"
OLDER_DOWN = OLDER + "received service unavailable response (HTTP 503), please try again later"
OLDER_PAGE = OLDER + "error unmarshalling the JSON response: invalid character '<' looking for beginning of value"


def a_line(error: str, domains: list[str], resolver: str = "letsencrypt", minutes: int = 5) -> LogEntry:
    found = parse_entry(
        json.dumps(
            {
                "level": "error",
                "providerName": f"{resolver}.acme",
                "routerName": "app1@docker",
                "error": error,
                "domains": domains,
                "time": (NOW - timedelta(minutes=minutes)).isoformat(),
                "message": ORDER,
            }
        )
    )
    assert found is not None
    return found


def a_status(certificate: Certificate, **changes: Any) -> CertificateStatus:
    return a_certificate_status(certificate=certificate, **changes)


def the_failure(line: str) -> OrderFailure:
    entry = parse_entry(line)
    assert entry is not None
    (found,) = order_failures([entry])
    return found


def found_in(*lines: LogEntry, **parts: Any) -> list[Finding]:
    snapshot = a_snapshot(traefik_log=LogRead(errors=lines), **parts)
    return [finding for check in CHECKS for finding in check(snapshot)]


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (LIMITED, OrderProblem.RATE_LIMITED),
        (UNREACHABLE, OrderProblem.UNREACHABLE),
        (CHALLENGE, OrderProblem.CHALLENGE),
        (ZONE, OrderProblem.DNS_ZONE),
        (TOKEN, OrderProblem.DNS_TOKEN),
        (TOO_OFTEN, OrderProblem.DNS_LIMITED),
        (DOWN, OrderProblem.DNS_FAILED),
        (PAGE, OrderProblem.DNS_FAILED),
        (OLDER_TOO_OFTEN, OrderProblem.DNS_LIMITED),
        (OLDER_DOWN, OrderProblem.DNS_FAILED),
        (OLDER_PAGE, OrderProblem.DNS_FAILED),
        ("acme: error: 403 :: urn:ietf:params:acme:error:caa :: CAA record forbids", OrderProblem.CAA),
        ("something new", OrderProblem.OTHER),
    ],
)
def test_the_cause_is_told(error: str, problem: OrderProblem) -> None:
    (found,) = order_failures([a_line(error, ["app1.example.org"])])
    assert (found.problem, found.resolver, found.domains) == (problem, "letsencrypt", ("app1.example.org",))
    assert found.cause
    assert found.remedy


def test_the_rate_limit_is_named_with_its_end() -> None:
    (found,) = order_failures([a_line(LIMITED, ["app1.example.org"])])
    assert "5 certificates for the same names in 7 days" in found.limit
    assert "after 2026-11-23 17:03:11 UTC" in found.limit
    (found,) = order_failures([a_line(CHALLENGE, ["b.other.test"])])
    assert "5 failed authorizations" in found.limit
    (found,) = order_failures([a_line(UNREACHABLE, ["b.other.test"])])
    assert found.limit == ""


@pytest.mark.parametrize(
    "line",
    [
        f'2026-11-22T13:55:00Z ERR {ORDER} error="refused" domains=["a.test","*.a.test"] providerName=le.acme',
        f'time="2026-11-22T13:55:00Z" level=error msg="{ORDER} \\"a.test,*.a.test\\": refused" providerName=le.acme',
        json.dumps(
            {
                "level": "error",
                "providerName": "le.acme",
                "error": "refused",
                "time": "2026-11-22T13:55:00Z",
                "message": "Error renewing ACME certificate: {a.test [*.a.test]}",
            }
        ),
        (
            '2026-11-22T13:55:00Z ERR Error renewing certificate from LE: {a.test [*.a.test]} error="refused" '
            "providerName=le.acme"
        ),
        (
            '2026-11-22T13:55:00Z INF Error renewing ACME certificate: {Main:a.test SANs:[*.a.test]} error="refused" '
            "acmeCA=https://127.0.0.1:1/directory providerName=le.acme"
        ),
        (
            "2026-11-22T13:55:00Z INF Error renewing certificate from LE : {Main:a.test SANs:[*.a.test]} "
            'error="refused" '
            "ACME CA=https://127.0.0.1:1/directory providerName=le.acme"
        ),
    ],
)
def test_other_shapes_tell_the_same(line: str) -> None:
    found = the_failure(line)
    assert (found.domains, found.resolver) == (("a.test", "*.a.test"), "le")


def test_a_renewal_of_one_name_alone() -> None:
    found = the_failure(
        '{"level":"error","time":"2026-11-22T13:55:00Z","message":"Error renewing ACME certificate: {a.test []}"}'
    )
    assert (found.domains, found.resolver) == (("a.test",), "")


@given(st.text(max_size=200), st.lists(st.text(max_size=30), max_size=4))
def test_any_text_is_read_without_harm(error: str, domains: list[str]) -> None:
    for failure in order_failures([a_line(error, domains)]):
        assert failure.domains
        assert failure.cause


def test_only_the_last_failure_of_the_same_names_counts() -> None:
    lines = [a_line(ZONE, ["a.test", "b.test"], minutes=5), a_line(LIMITED, ["b.test", "a.test"], minutes=50)]
    (found,) = order_failures(lines)
    assert found.problem is OrderProblem.DNS_ZONE


def test_a_failed_order_without_a_certificate_is_an_error() -> None:
    route = a_route(certificate=None)
    (found,) = found_in(a_line(LIMITED, ["app1.example.org"]), routes=(route,))
    assert (found.code, found.severity) == ("acme-order-failed", Severity.ERROR)
    assert "no valid certificate for app1.example.org" in found.evidence


def test_with_a_certificate_that_still_holds_it_is_a_warning() -> None:
    old = a_status(a_certificate(sans=("app1.example.org",)), state=CertificateState.DUE)
    (found,) = [
        one
        for one in found_in(a_line(TOKEN, ["app1.example.org"]), certificates=(old,))
        if one.code == "acme-order-failed"
    ]
    assert found.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("certificate", "settled"),
    [
        (a_certificate(), True),
        (a_certificate(resolver="another"), False),
        (a_certificate(main="other.example.org", sans=("other.example.org",)), False),
        (a_certificate(sans=("app1.example.org",)), True),
    ],
)
def test_a_good_certificate_settles_the_order(certificate: Any, settled: bool) -> None:
    status = a_status(certificate, used_by=("app1@docker",))
    found = found_in(a_line(TOKEN, ["app1.example.org"]), certificates=(status,))
    assert ([one.code for one in found] == []) is settled


def test_a_wildcard_settles_no_renewal_of_another_certificate() -> None:
    """Traefik goes on trying, and its visitors get the old one (observed on 3.7.15)."""
    old = a_status(a_certificate(main="app1.example.org", sans=()), state=CertificateState.EXPIRED)
    wildcard = a_status(a_certificate(main="*.example.org", sans=("*.example.org",)), used_by=("app1@docker",))
    codes = [one.code for one in found_in(a_line(TOKEN, ["app1.example.org"]), certificates=(old, wildcard))]
    assert "acme-order-failed" in codes
    assert "acme-order-failed" not in [
        one.code for one in found_in(a_line(TOKEN, ["app1.example.org"]), certificates=(wildcard,))
    ]


def test_a_certificate_that_came_later_settles_it_though_it_is_due() -> None:
    short = a_certificate(sans=("app1.example.org",), not_before=NOW, not_after=NOW + timedelta(days=6))
    status = a_status(short, state=CertificateState.DUE, used_by=("app1@docker",))
    assert found_in(a_line(TOKEN, ["app1.example.org"], minutes=1), certificates=(status,)) == []


def test_a_host_without_a_certificate_is_unknown_until_its_order_failed() -> None:
    route = a_route(certificate=None)
    (found,) = found_in(routes=(route,))
    assert (found.code, found.severity, found.subject.id) == ("certificate-missing", Severity.UNKNOWN, route.id)
    passing = a_route(router=a_router(tls=RouterTls(cert_resolver="le", passthrough=True)))
    own = a_route(router=a_router(tls=RouterTls()))
    assert found_in(routes=(passing, own, a_route(router=a_router(tls=None)))) == []


@pytest.mark.parametrize(
    "unread",
    [
        {"sources": {SourceName.ACME: SourceState(SourceStatus.STALE)}},
        {"sources": {}},
        {"acme_files": (AcmeFile("/acme.json", 0o600, error="is not JSON"),)},
    ],
)
def test_nothing_is_missing_while_acme_json_is_not_read(unread: Any) -> None:
    assert found_in(routes=(a_route(certificate=None),), **unread) == []


def test_a_resolver_that_does_not_exist() -> None:
    line = parse_entry(
        '{"level":"error","routerName":"app1@docker","certificateResolver":"nope","time":"2026-11-22T13:55:00Z",'
        '"message":"Router uses a nonexistent certificate resolver"}'
    )
    assert line is not None
    route = a_route(router=a_router(tls=RouterTls(cert_resolver="nope")))
    (found,) = found_in(line, routes=(route,))
    assert (found.code, found.severity) == ("resolver-missing", Severity.ERROR)
    mended = a_route(certificate=None)
    assert [one.code for one in found_in(line, routes=(mended,))] == ["certificate-missing"]


def test_an_unused_certificate_unless_an_entry_point_orders_it() -> None:
    status = a_status(a_certificate(main="old.test", sans=("old.test",)))
    (found,) = found_in(certificates=(status,))
    assert (found.code, found.severity) == ("certificate-unused", Severity.INFO)
    entry_point = EntryPoint("websecure", ":443", tls_domains=(TlsDomain("Old.test"),))
    assert found_in(certificates=(status,), entry_points=(entry_point,)) == []
    asking = a_router(tls=RouterTls(domains=(TlsDomain("x", ("old.test",)),)))
    assert found_in(certificates=(status,), routes=(a_route(router=asking, hosts=()),)) == []


def test_hostile_text_is_made_visible() -> None:
    (found,) = found_in(a_line("\x1b[2J[red]\u202e", ["app1.example.org"]))
    assert not any("\x1b" in one or "\u202e" in one for one in (found.title, *found.evidence))

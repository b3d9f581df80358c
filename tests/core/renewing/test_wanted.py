"""What Traefik orders when a certificate is gone."""

from __future__ import annotations

from typing import Any

import pytest

from specter_tui.core.model import Certificate, ConfigStatus, Router, RouterTls, TlsDomain
from specter_tui.core.renewing.wanted import wanted_without
from tests.builders import a_certificate, a_router
from tests.core.joining import joined

WILD = a_certificate("example.org", sans=("example.org", "*.example.org"), fingerprint="aa" * 32)
APP = a_certificate("app1.example.org", sans=("app1.example.org",), fingerprint="bb" * 32)
APEX = RouterTls(cert_resolver="letsencrypt", domains=(TlsDomain("Example.org", ("*.example.org",)),))


def ordered(gone: Certificate, *routers: Router, others: tuple[Certificate, ...] = ()) -> list[tuple[str, ...]]:
    snapshot = joined(*routers, certificates=(gone, *others))
    return [tuple(sorted(one.names)) for one in wanted_without(snapshot, gone)]


def test_the_hosts_of_a_rule_are_one_order() -> None:
    both = a_router(rule="Host(`B.example.org`) || (Host(`a.example.org`) && !Host(`no.example.org`))")
    gone = a_certificate("a.example.org", sans=("a.example.org",))
    assert ordered(gone, both) == [("a.example.org", "b.example.org", "no.example.org")]


def test_domains_of_the_router_are_an_order_each_and_stand_for_its_rule() -> None:
    assert ordered(WILD, a_router(tls=APEX)) == [("*.example.org", "example.org")]


def test_a_router_that_the_wildcard_covered_orders_one_of_its_own() -> None:
    found = ordered(WILD, a_router(tls=APEX), a_router("app2@docker"))
    assert sorted(found) == [("*.example.org", "example.org"), ("app2.example.org",)]


def test_what_another_certificate_covers_is_not_ordered() -> None:
    assert ordered(APP, a_router(), others=(WILD,)) == []
    assert ordered(WILD, a_router(tls=APEX), others=(APP,)) == [("*.example.org", "example.org")]
    partly = a_router(rule="Host(`app1.example.org`) || Host(`other.net`)")
    assert ordered(APP, partly, others=(a_certificate("other.net", fingerprint="cc" * 32),)) == [("app1.example.org",)]


@pytest.mark.parametrize(
    "changes",
    [
        {"tls": None},
        {"tls": RouterTls()},
        {"tls": RouterTls(cert_resolver="another")},
        {"tls": RouterTls(cert_resolver="letsencrypt", passthrough=True)},
        {"status": ConfigStatus.DISABLED},
        {"rule": "HostRegexp(`^app1[.]example[.]org$`)"},
        {"rule": "Host(`app1.example.org`"},
    ],
)
def test_routers_that_order_nothing(changes: dict[str, Any]) -> None:
    assert ordered(APP, a_router(**changes)) == []

"""The verdict on a host, by every way its records can stand."""

from __future__ import annotations

import pytest

from specter_tui.core.dns.addresses import Origin
from specter_tui.core.dns.model import CloudflareRead, DnsFlag, DnsState, HostDns, Record, Zone
from specter_tui.core.dns.states import DnsIndex
from tests.core.dns.records import OTHER, OURS, ZONE, a_read, a_record

HOST = "app.example.org"
V6, OTHER_V6 = "2001:db8::10", "2001:db8::66"


def judged(*records: Record, host: str = HOST, expected: tuple[str, ...] = (OURS,)) -> HostDns:
    return DnsIndex(a_read(*records), expected).of(host)


@pytest.mark.parametrize(
    ("records", "state", "flags"),
    [
        ([a_record(HOST)], DnsState.OK, ()),
        ([a_record(HOST, proxied=True)], DnsState.PROXIED, ()),
        ([], DnsState.MISSING, ()),
        ([a_record(HOST, "hello", "TXT")], DnsState.MISSING, ()),
        ([a_record(HOST, OTHER)], DnsState.WRONG_TARGET, ()),
        ([a_record(HOST, OTHER, proxied=True)], DnsState.WRONG_TARGET, ()),
        ([a_record(HOST), a_record(HOST, OTHER)], DnsState.WRONG_TARGET, ()),
        ([a_record(HOST, "127.0.0.1")], DnsState.WRONG_TARGET, ()),
        ([a_record(HOST, "not an address")], DnsState.WRONG_TARGET, ()),
        ([a_record("*.example.org")], DnsState.OK, (DnsFlag.WILDCARD,)),
        ([a_record("*.example.org", proxied=True)], DnsState.PROXIED, (DnsFlag.WILDCARD,)),
        ([a_record("*.example.org", OTHER)], DnsState.WRONG_TARGET, (DnsFlag.WILDCARD,)),
        ([a_record("*.example.org", OTHER), a_record(HOST)], DnsState.OK, ()),
        ([a_record(HOST), a_record(HOST, OTHER_V6, "AAAA")], DnsState.OK, (DnsFlag.WRONG_AAAA,)),
        ([a_record(HOST, OTHER_V6, "AAAA")], DnsState.WRONG_TARGET, (DnsFlag.WRONG_AAAA,)),
        ([a_record(HOST), a_record("www.example.org", proxied=True)], DnsState.OK, (DnsFlag.GREY_CLOUD,)),
        ([a_record(HOST, "example.org", "CNAME"), a_record("example.org")], DnsState.OK, ()),
        ([a_record(HOST, "Example.ORG.", "CNAME"), a_record("example.org", proxied=True)], DnsState.PROXIED, ()),
        ([a_record(HOST, "gone.example.org", "CNAME")], DnsState.WRONG_TARGET, (DnsFlag.DANGLING_CNAME,)),
        ([a_record(HOST, HOST, "CNAME")], DnsState.WRONG_TARGET, (DnsFlag.DANGLING_CNAME,)),
        ([a_record(HOST, "pages.example.net", "CNAME")], DnsState.UNKNOWN, ()),
        ([a_record(HOST, "ns1.example.net", "NS")], DnsState.UNKNOWN, ()),
        ([a_record(HOST, "whatever", "NEWTYPE")], DnsState.MISSING, ()),
    ],
)
def test_states_and_flags(records: list[Record], state: DnsState, flags: tuple[DnsFlag, ...]) -> None:
    verdict = judged(*records)
    assert (verdict.state, verdict.flags) == (state, flags), verdict.reason
    if state not in {DnsState.OK, DnsState.PROXIED}:
        assert verdict.reason


def test_a_wildcard_answers_for_no_name_that_exists_or_has_something_below_it() -> None:
    wildcard, below = a_record("*.example.org"), a_record(f"_acme-challenge.{HOST}", '"token"', "TXT")
    assert judged(wildcard, below).state is DnsState.MISSING
    assert judged(wildcard, a_record("b.example.org"), host="a.b.example.org").state is DnsState.MISSING
    assert judged(wildcard, host="a.b.example.org").flags == (DnsFlag.WILDCARD,)


def test_a_name_below_a_delegation_is_not_known() -> None:
    verdict = judged(a_record("lab.example.org", "ns.lab.example.net", "NS"), host="x.lab.example.org")
    assert verdict.state is DnsState.UNKNOWN


def test_the_apex_is_not_delegated_by_its_own_name_servers() -> None:
    apex = [a_record("example.org", "ns1.example.net", "NS"), a_record("example.org")]
    assert judged(*apex, host="example.org").state is DnsState.OK


@pytest.mark.parametrize(
    "host",
    [
        "app.elsewhere.net",
        "203.0.113.10",
        f"{'a' * 64}.example.org",
        ".".join(["a" * 62] * 4) + ".example.org",
        "a..example.org",
        "",
        "[::1]",
    ],
)
def test_hosts_of_no_zone_are_not_known(host: str) -> None:
    verdict = judged(a_record("*.example.org"), host=host)
    assert verdict.state is DnsState.UNKNOWN
    assert verdict.reason


def test_a_name_of_253_characters_is_a_name() -> None:
    host = ".".join(["a" * 60] * 3 + ["b" * 58]) + ".example.org"
    assert len(host) == 253
    assert judged(a_record(host), host=host).state is DnsState.OK


def test_other_scripts_meet_in_ascii() -> None:
    assert judged(a_record("xn--bcher-kva.example.org"), host="bücher.example.org").state is DnsState.OK


@pytest.mark.parametrize("zone", [Zone("z1", "example.org", "pending"), Zone("z1", "example.org", error="not read")])
def test_a_zone_that_is_not_active_or_not_read_tells_nothing(zone: Zone) -> None:
    verdict = DnsIndex(a_read(a_record(HOST), zones=(zone,)), (OURS,)).of(HOST)
    assert verdict.state is DnsState.UNKNOWN


def test_a_paused_zone_proxies_nothing() -> None:
    zone = Zone("z1", "example.org", paused=True)
    assert DnsIndex(a_read(a_record(HOST, proxied=True), zones=(zone,)), (OURS,)).of(HOST).state is DnsState.OK


def test_the_longest_zone_counts() -> None:
    zones = (ZONE, Zone("z2", "lab.example.org"))
    read = CloudflareRead(zones, (a_record("*.example.org"),))
    assert DnsIndex(read, (OURS,)).of("x.lab.example.org").state is DnsState.MISSING


def test_addresses_come_from_the_configuration_first() -> None:
    index = DnsIndex(a_read(a_record("example.org", OTHER), interfaces=(OTHER,)), (OURS,))
    assert (index.ours(ZONE).v4, index.ours(ZONE).origin) == ((OURS,), Origin.CONFIGURED)


def test_then_from_the_interfaces() -> None:
    index = DnsIndex(a_read(a_record("example.org", OTHER), interfaces=(OURS, V6)))
    ours = index.ours(ZONE)
    assert (ours.v4, ours.v6, ours.origin) == ((OURS,), (V6,), Origin.INTERFACES)


def test_behind_nat_the_apex_is_assumed_and_said_so() -> None:
    index = DnsIndex(a_read(a_record("example.org"), a_record(HOST, OTHER), interfaces=(V6,)))
    ours = index.ours(ZONE)
    assert (ours.v4, ours.v6, ours.assumed) == ((OURS,), (V6,), True)
    assert "assumed" in index.of(HOST).reason


def test_without_any_address_nothing_is_called_right() -> None:
    verdict = judged(a_record(HOST), expected=())
    assert verdict.state is DnsState.UNKNOWN
    assert "expected_ips" in verdict.reason
    assert judged(a_record(HOST), expected=(V6,)).state is DnsState.UNKNOWN


def test_an_address_is_the_same_in_any_spelling() -> None:
    record = a_record(HOST, "2001:0DB8:0::0010", "AAAA")
    assert judged(record, expected=(V6,)).state is DnsState.OK

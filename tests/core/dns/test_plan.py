"""What `dns plan` decides: table, and the properties that hold for any zone."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specter_tui.core.dns.model import CloudflareRead, DnsState, Record
from specter_tui.core.dns.owners import MARKER, is_ours
from specter_tui.core.dns.plan import DnsPlan, applied, plan_records
from specter_tui.core.dns.states import DnsIndex
from tests.core.dns.records import OTHER, OURS, a_read, a_record

HOST = "app.example.org"
OUR_V6, OTHER_V6 = "2001:db8::10", "2001:db8::66"


def planned(*records: Record, host: str = HOST, adopt: bool = False, expected: tuple[str, ...] = (OURS,)) -> DnsPlan:
    return plan_records(a_read(*records), [host], expected, adopt=adopt)


def test_a_missing_record_is_created_with_our_marker() -> None:
    (change,) = planned().changes
    after = change.after
    assert (change.before, after.type, after.name, after.content, after.proxied) == (None, "A", HOST, OURS, False)
    assert is_ours(after)


def test_a_new_record_does_not_tell_what_others_hide() -> None:
    (change,) = planned(a_record("www.example.org", proxied=True)).changes
    assert change.after.proxied


def test_our_own_record_is_corrected_and_nothing_else_of_it_changed() -> None:
    before = a_record(HOST, OTHER, proxied=True, ttl=1, comment=f"wiki {MARKER}", tags=("a:b",), settings='{"x": 1}')
    (change,) = planned(before).changes
    assert change.after == msgspec.structs.replace(before, content=OURS)
    assert not change.adopted


def test_a_record_without_our_marker_is_left_unless_adopted() -> None:
    before = a_record(HOST, OTHER, comment="by hand")
    left = planned(before)
    assert left.changes == ()
    assert "only when it is adopted" in left.skipped[0].reason
    (change,) = planned(before, adopt=True).changes
    assert (change.adopted, change.after.comment) == (True, f"by hand {MARKER}")


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([a_record(HOST, OTHER, comment="managed by terraform")], "terraform"),
        ([a_record(HOST, OTHER), a_record(f"a-{HOST}", '"heritage=external-dns,x=y"', "TXT")], "external-dns"),
        ([a_record(HOST, '"heritage=external-dns,x=y"', "TXT")], "external-dns"),
        ([a_record(HOST, OTHER), a_record(HOST, "198.51.100.8")], "2 records"),
        ([a_record(HOST), a_record(HOST, OTHER)], "2 records"),
        ([a_record(HOST, OTHER, comment="x" * 100)], "no room"),
        ([a_record(HOST), a_record(HOST, OTHER_V6, "AAAA")], "no address of ours"),
        ([a_record(HOST, "gone.example.org", "CNAME")], "does not lead only here"),
    ],
)
def test_what_is_left_alone_even_when_adopting(records: list[Record], words: str) -> None:
    plan = planned(*records, adopt=True)
    assert plan.changes == ()
    assert words in plan.skipped[0].reason


def test_a_dangling_alias_is_led_to_the_zone_itself() -> None:
    (change,) = planned(a_record(HOST, "gone.example.org", "CNAME", comment=MARKER), a_record("example.org")).changes
    assert (change.after.type, change.after.content) == ("CNAME", "example.org")


def test_a_wrong_aaaa_is_corrected_where_our_ipv6_address_is_known() -> None:
    (change,) = planned(
        a_record(HOST), a_record(HOST, OTHER_V6, "AAAA", comment=MARKER), expected=(OURS, OUR_V6)
    ).changes
    assert (change.after.type, change.after.content) == ("AAAA", OUR_V6)


def test_a_wrong_wildcard_is_left_and_the_host_gets_a_record_of_its_own() -> None:
    (change,) = planned(a_record("*.example.org", OTHER)).changes
    assert (change.before, change.after.name) == (None, HOST)


def test_the_apex_and_assumed_addresses_need_force() -> None:
    assert planned(host="example.org").force == ("example.org is a zone's own name",)
    assert "assumed" in planned(a_record("example.org"), expected=()).force[0]


def test_many_changes_need_force() -> None:
    hosts = [f"h{number}.example.org" for number in range(11)]
    assert "more than 10" in plan_records(a_read(), hosts, (OURS,)).force[0]
    assert not plan_records(a_read(), hosts[:10], (OURS,)).force
    wrong = [a_record(host, OTHER, comment=MARKER) for host in hosts[:4]]
    others = [a_record(f"o{number}.example.org") for number in range(6)]
    assert "30%" in plan_records(a_read(*wrong, *others), hosts[:4], (OURS,)).force[0]


def test_what_is_right_unknown_or_elsewhere_is_not_touched() -> None:
    records = (a_record(HOST), a_record("cname.example.org", "x.example.net", "CNAME"))
    plan = plan_records(a_read(*records), [HOST, "cname.example.org", "a.example.net", "10.0.0.1"], (OURS,))
    assert plan == DnsPlan()


_names = st.sampled_from(["example.org", "a.example.org", "b.example.org", "c.a.example.org", "*.example.org"])
_contents = {
    "A": st.sampled_from([OURS, OTHER, "nonsense"]),
    "AAAA": st.sampled_from([OUR_V6, OTHER_V6]),
    "CNAME": st.sampled_from(["example.org", "a.example.org", "gone.example.org", "x.example.net"]),
    "TXT": st.just('"heritage=external-dns"'),
    "MX": st.just("mail.example.net"),
    "NS": st.just("ns.example.net"),
    "CAA": st.just('0 issue "letsencrypt.org"'),
}


@st.composite
def _records(draw: st.DrawFn) -> tuple[Record, ...]:
    found: dict[str, Record] = {}
    for number in range(draw(st.integers(0, 8))):
        kind = draw(st.sampled_from(sorted(_contents)))
        found[str(number)] = a_record(
            draw(_names),
            draw(_contents[kind]),
            kind,
            id=str(number),
            proxied=draw(st.booleans()),
            comment=draw(st.sampled_from(["", MARKER, "managed by terraform"])),
        )
    return tuple(found.values())


_hosts = st.lists(st.sampled_from(["example.org", "a.example.org", "b.example.org", "c.a.example.org"]), max_size=4)
_expected = st.sampled_from([(OURS,), (OURS, OUR_V6), (OUR_V6,), ()])


def test_an_alias_of_a_name_with_an_address_elsewhere_is_left_to_that_name() -> None:
    """Written anew it would lead to the same place, and be written again with every plan."""
    read = a_read(
        a_record("a.example.org", "example.org", "CNAME"),
        a_record("example.org"),
        a_record("example.org", OTHER_V6, "AAAA"),
    )
    plan = plan_records(read, ["a.example.org"], (OURS,), adopt=True)
    assert plan.changes == ()
    assert [one.host for one in plan.skipped] == ["a.example.org"]
    assert "the zone's own name does not lead only here" in plan.skipped[0].reason


def test_an_alias_is_led_to_the_zones_own_name_that_the_same_plan_creates_before_it() -> None:
    read = a_read(a_record("c.a.example.org", "a.example.org", "CNAME", comment=MARKER))
    plan = plan_records(read, ["c.a.example.org", "example.org"], (OURS,))
    assert [(one.host, one.after.type, one.after.content) for one in plan.changes] == [
        ("example.org", "A", OURS),
        ("c.a.example.org", "CNAME", "example.org"),
    ]


def test_addresses_of_this_machine_are_not_assumed_because_the_plan_creates_the_zones_own_name() -> None:
    plan = plan_records(a_read(interfaces=("2606:4700::1",)), ["a.example.org", "example.org"])
    assert [(one.host, one.after.content) for one in plan.changes] == [
        ("example.org", "2606:4700::1"),
        ("a.example.org", "2606:4700::1"),
    ]
    assert plan.force == ("example.org is a zone's own name",)


@given(_records(), _hosts, _expected, st.booleans())
def test_applying_twice_changes_nothing_the_second_time(
    records: tuple[Record, ...], hosts: list[str], expected: tuple[str, ...], adopt: bool
) -> None:
    read = a_read(*records)
    first = plan_records(read, hosts, expected, adopt=adopt)
    after = applied(read, first.changes)
    again = plan_records(after, hosts, expected, adopt=adopt)
    assert again.changes == ()


@given(_records(), _hosts, _expected, st.booleans())
def test_only_addresses_and_aliases_of_routed_hosts_are_written_and_undo_restores(
    records: tuple[Record, ...], hosts: list[str], expected: tuple[str, ...], adopt: bool
) -> None:
    read = a_read(*records)
    plan = plan_records(read, hosts, expected, adopt=adopt)
    for one in plan.changes:
        assert one.after.type in {"A", "AAAA", "CNAME"}
        assert one.host == one.after.name
        assert one.host in hosts
        assert is_ours(one.after)
        assert one.before is None or (one.before.type, one.before.proxied) == (one.after.type, one.after.proxied)
        assert one.before is None or adopt or is_ours(one.before)
        assert one.before is None or "terraform" not in one.before.comment
    undone = _undone(applied(read, plan.changes), plan)
    assert set(undone.records) == set(read.records)


def _undone(read: CloudflareRead, plan: DnsPlan) -> CloudflareRead:
    befores = {one.before.id: one.before for one in plan.changes if one.before is not None}
    kept = [befores.get(record.id, record) for record in read.records if not record.id.startswith("new:")]
    return CloudflareRead(read.zones, tuple(kept))


@given(_records(), _hosts)
def test_a_host_whose_record_was_written_leads_here(records: tuple[Record, ...], hosts: list[str]) -> None:
    read = a_read(*records)
    plan = plan_records(read, hosts, (OURS, OUR_V6), adopt=True)
    index = DnsIndex(applied(read, plan.changes), (OURS, OUR_V6))
    for one in plan.changes:
        if len([record for record in read.records if record.name == one.host]) <= 1:
            assert index.of(one.host).state in {DnsState.OK, DnsState.PROXIED}

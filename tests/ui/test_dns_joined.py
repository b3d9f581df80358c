"""DNS beside the routes and the hosts and on the first screen: there where it is read, unknown where that failed."""

from __future__ import annotations

import pytest

from specter_tui.core.dns.model import DnsFlag
from specter_tui.core.snapshot import Snapshot, SourceStatus
from specter_tui.ui.present.base import UNICODE, plain
from specter_tui.ui.present.home import home_entries
from specter_tui.ui.present.kinds.every import RESOURCES
from specter_tui.ui.views.table_view import TableView
from tests.builders import a_source, all_sources, replace
from tests.core.dns.records import OTHER, a_record
from tests.ui.dns_world import FINE, MISSING, UNMARKED, WRONG, dns_world
from tests.ui.driver import WIDE, running
from tests.ui.fakes import assert_shows, screen_lines


def unread(status: SourceStatus) -> Snapshot:
    """The same hosts where Cloudflare was never read."""
    whole = dns_world()
    routes = tuple(replace(route, dns=()) for route in whole.routes)
    hosts = tuple(replace(host, dns=None) for host in whole.hosts)
    sources = all_sources(cloudflare=a_source(status))
    return replace(whole, routes=routes, hosts=hosts, cloudflare=None, own_addresses={}, sources=sources)


def cells(snapshot: Snapshot, kind: str) -> dict[str, str]:
    resource = RESOURCES[kind]
    column = next(one for one in resource.columns if one.id == "dns")
    return {resource.name(item): plain(column.cell(item, UNICODE)) for item in resource.items(snapshot)}


@pytest.mark.parametrize("kind", ["routes", "hosts"])
def test_each_row_has_the_verdict_on_its_records(kind: str) -> None:
    found = cells(dns_world(), kind)
    assert (found[MISSING], found[WRONG], found[UNMARKED], found[FINE]) == (
        "missing",
        "elsewhere",
        "elsewhere",
        "proxied",
    )
    wrong = (a_record(FINE, proxied=True), a_record(FINE, "2001:db8::66", "AAAA", proxied=True))
    snapshot = dns_world(*wrong, hosts=(FINE,))
    assert snapshot.hosts[0].dns is not None
    assert DnsFlag.WRONG_AAAA in snapshot.hosts[0].dns.flags
    assert cells(snapshot, kind) == {FINE: "proxied!"}


@pytest.mark.parametrize("kind", ["routes", "hosts"])
def test_what_was_not_read_is_unknown(kind: str) -> None:
    assert set(cells(unread(SourceStatus.FAILED), kind).values()) == {"?"}


@pytest.mark.parametrize("kind", ["routes", "hosts"])
@pytest.mark.parametrize(("status", "there"), [(SourceStatus.OFF, False), (SourceStatus.FAILED, True)])
async def test_the_column_is_absent_where_cloudflare_is_not_configured(
    kind: str, status: SourceStatus, there: bool
) -> None:
    async with running(unread(status), size=WIDE, view=kind) as one:
        assert ("dns" in one.table.shown_columns) is there
        await one.give(dns_world())
        assert "dns" in one.table.shown_columns, "it comes with the source"


async def test_the_routes_give_dns_up_before_backends_and_behind_the_service() -> None:
    gone: list[str] = []
    async with running(dns_world(), size=WIDE, view="routes") as one:
        assert isinstance(one.view, TableView)
        for width in range(119, 40, -1):
            await one.pilot.resize_terminal(width, 24)
            shown = one.table.shown_columns
            gone += [each.id for each in RESOURCES["routes"].columns if each.id not in (*shown, *gone)]
    assert gone == ["rule", "entry", "service", "dns", "backends"]


@pytest.mark.parametrize("kind", ["routes", "hosts"])
async def test_the_detail_tells_the_records_and_why(kind: str) -> None:
    async with running(dns_world(), size=(120, 60), view=kind) as one:
        await one.press("slash", *WRONG, "enter")
        assert_shows(one.app, "DNS", "✖ elsewhere", f"A {OTHER}", "it points at")
        await one.give(unread(SourceStatus.FAILED))
        assert_shows(one.app, "unknown: Cloudflare was not read")
        await one.give(unread(SourceStatus.OFF))
        assert not [line for line in screen_lines(one.app)[4:] if "Cloudflare was not" in line]


@pytest.mark.parametrize(
    ("snapshot", "row"),
    [
        (dns_world(), " DNS           5  ● 1 proxied  ✖ 1 missing  ✖ 3 elsewhere"),
        (unread(SourceStatus.FAILED), " DNS              ✖ not read"),
    ],
)
def test_home_counts_the_hosts_by_their_records(snapshot: Snapshot, row: str) -> None:
    entries = home_entries(snapshot, (), (30, 100), {}, UNICODE)
    found = [(plain(one.line).rstrip(), one.target) for one in entries if plain(one.line).startswith(" DNS")]
    assert [line for line, _ in found] == [row]
    assert found[0][1] is not None
    assert found[0][1].kind == "dns"


def test_home_has_no_line_for_what_is_not_configured() -> None:
    entries = home_entries(unread(SourceStatus.OFF), (), (30, 100), {}, UNICODE)
    assert not [one for one in entries if plain(one.line).startswith(" DNS")]

"""The DNS board: what each verdict and each part of the plan looks like, and that hostile records stay text."""

from __future__ import annotations

import pytest

from specter_tui.core.dns.model import DnsState, HostDns, Record
from specter_tui.core.dns.owners import MARKER
from specter_tui.core.model import ConfigStatus
from specter_tui.core.snapshot import Snapshot
from specter_tui.ui.present.base import UNICODE, plain
from specter_tui.ui.present.dns import mending_of
from specter_tui.ui.present.kinds.dns import DNS_BOARD, DnsRow
from tests.builders import a_router, replace
from tests.core.dns.records import OTHER, OURS, a_record
from tests.core.joining import joined
from tests.ui.dns_world import FINE, MISSING, OTHERS, UNMARKED, WRONG, dns_world
from tests.ui.driver import WIDE, running
from tests.ui.fakes import assert_shows, screen_lines

HOST = "app.example.org"
ELSEWHERE = a_record("other.example.org")
HOSTILE = "\x1b[31m[bold]evil[/]"


def board(*records: Record) -> Snapshot:
    return dns_world(*records, ELSEWHERE, hosts=(HOST,))


def row_of(snapshot: Snapshot, host: str = HOST) -> DnsRow:
    found = DNS_BOARD.find(snapshot, host)
    assert found is not None
    return found


def text_of(snapshot: Snapshot, host: str = HOST) -> str:
    row = row_of(snapshot, host)
    cells = [plain(column.cell(row, UNICODE)) for column in DNS_BOARD.columns]
    page = [plain(line) for line in DNS_BOARD.detail(row, snapshot, UNICODE)]
    return "\n".join([" | ".join(cells), *page])


def test_a_record_elsewhere_says_where_and_where_we_are() -> None:
    text = text_of(board(a_record(HOST, OTHER)))
    assert "elsewhere" in text
    assert OTHER in text
    assert OURS in text


def test_a_missing_record_is_said_to_be() -> None:
    text = text_of(board())
    assert "missing" in text
    assert "none" in text


def test_hostile_records_are_shown_as_text() -> None:
    text = text_of(board(a_record(HOST, HOSTILE, comment=HOSTILE)))
    assert "\x1b" not in text
    assert "\\x1b[31m[bold]evil[/]" in text


def test_the_worst_comes_first_and_all_are_counted() -> None:
    snapshot = board(a_record(HOST))
    missing = DnsRow(HostDns("b.example.org", DnsState.MISSING))
    order = sorted([row_of(snapshot), missing], key=DNS_BOARD.columns[0].sort)
    assert [one.dns.host for one in order] == ["b.example.org", HOST]
    assert "1 ok" in plain(DNS_BOARD.counts(snapshot, UNICODE))


def test_without_cloudflare_the_board_says_why() -> None:
    snapshot = joined(a_router())
    assert DNS_BOARD.items(snapshot) == ()


@pytest.mark.parametrize(
    ("host", "cell", "page"),
    [
        (MISSING, f"create A {OURS}, proxied", [f" + A {OURS}", f" + comment {MARKER}"]),
        (WRONG, f"correct to {OURS}", [f" - A {OTHER}", f" + A {OURS}", "   ttl automatic"]),
        (UNMARKED, f"adopt, to {OURS}", ["not marked as ours", f" - A {OTHER}", f" + comment by hand {MARKER}"]),
        (OTHERS, "left: terraform manages this record", ["left alone: terraform manages this record"]),
    ],
)
def test_the_plan_stands_on_each_row_and_in_its_detail(host: str, cell: str, page: list[str]) -> None:
    text = text_of(dns_world(), host)
    assert f"| {cell} |" in text
    for line in page:
        assert line in text


def test_a_host_whose_router_is_disabled_is_left_and_says_so() -> None:
    snapshot = dns_world()
    off = tuple(
        replace(one, router=replace(one.router, status=ConfigStatus.DISABLED)) if MISSING in one.hosts else one
        for one in snapshot.routes
    )
    assert "left: Traefik has disabled its router" in text_of(replace(snapshot, routes=off), MISSING)


def test_what_is_right_has_no_plan() -> None:
    text = text_of(dns_world(), FINE)
    assert "plan" not in text
    assert "| - |" in text


def test_the_whole_plan_is_counted() -> None:
    counts = plain(DNS_BOARD.counts(dns_world(), UNICODE))
    assert counts.endswith("elsewhere  3 to mend, 1 left")


def test_the_zone_s_own_name_is_said_to_be() -> None:
    zone = "example.org"
    assert "the zone's own name" in text_of(dns_world(a_record(zone, OTHER, comment=MARKER), hosts=(zone,)), zone)


def test_the_plan_is_worked_out_once_for_the_same_records() -> None:
    snapshot = dns_world()
    assert mending_of(snapshot) is mending_of(replace(snapshot, findings=()))
    assert mending_of(snapshot) is not mending_of(replace(snapshot, routes=snapshot.routes[:1]))


@pytest.mark.parametrize("size", [(80, 24), WIDE])
async def test_the_board_shows_each_change_and_the_key_for_it(size: tuple[int, int]) -> None:
    async with running(dns_world(), size=size, view="dns") as one:
        assert_shows(one.app, "PLAN", f"create A {OURS}", f"correct to {OURS}", f"adopt, to {OURS}", "left: terra")
        assert_shows(one.app, "m mend")
        assert all(len(line.rstrip()) <= size[0] for line in screen_lines(one.app))
    async with running(dns_world(a_record(FINE), hosts=(FINE,)), size=size, view="dns") as one:
        assert not any("m mend" in line for line in screen_lines(one.app))

"""The DNS board: what each verdict looks like, and that hostile records stay text."""

from __future__ import annotations

from specter_tui.core.dns.addresses import Origin, OwnAddresses
from specter_tui.core.dns.model import DnsState, HostDns
from specter_tui.core.dns.states import DnsIndex
from specter_tui.core.snapshot import Snapshot
from specter_tui.ui.present.base import UNICODE, plain
from specter_tui.ui.present.kinds.dns import DNS_BOARD
from tests.builders import a_router, a_source, all_sources, replace
from tests.core.dns.records import OTHER, OURS, ZONE, a_read, a_record
from tests.core.joining import joined

HOST = "app.example.org"
HOSTILE = "\x1b[31m[bold]evil[/]"


def board(*records: object) -> tuple[Snapshot, HostDns]:
    read = a_read(*records)  # type: ignore[arg-type]  # records, given by the test
    snapshot = joined(replace(a_router(), rule=f"Host(`{HOST}`)"), states=all_sources(cloudflare=a_source()))
    verdict = DnsIndex(read, (OURS,)).of(HOST)
    hosts = tuple(replace(host, dns=verdict) for host in snapshot.hosts)
    ours = {ZONE.id: OwnAddresses((OURS,), (), Origin.CONFIGURED)}
    return replace(snapshot, hosts=hosts, cloudflare=read, own_addresses=ours), verdict


def text_of(*records: object) -> str:
    snapshot, verdict = board(*records)
    cells = [plain(column.cell(verdict, UNICODE)) for column in DNS_BOARD.columns]
    page = [plain(line) for line in DNS_BOARD.detail(verdict, snapshot, UNICODE)]
    return "\n".join([" | ".join(cells), *page])


def test_a_record_elsewhere_says_where_and_where_we_are() -> None:
    text = text_of(a_record(HOST, OTHER))
    assert "elsewhere" in text
    assert OTHER in text
    assert OURS in text


def test_a_missing_record_is_said_to_be() -> None:
    assert "missing" in text_of()
    assert "none" in text_of()


def test_hostile_records_are_shown_as_text() -> None:
    text = text_of(a_record(HOST, HOSTILE, comment=HOSTILE))
    assert "\x1b" not in text
    assert "\\x1b[31m[bold]evil[/]" in text


def test_the_worst_comes_first_and_all_are_counted() -> None:
    snapshot, verdict = board(a_record(HOST))
    missing = HostDns("b.example.org", DnsState.MISSING)
    order = sorted([verdict, missing], key=DNS_BOARD.columns[0].sort)
    assert [one.host for one in order] == ["b.example.org", HOST]
    assert "1 ok" in plain(DNS_BOARD.counts(snapshot, UNICODE))


def test_without_cloudflare_the_board_says_why() -> None:
    snapshot = joined(a_router())
    assert DNS_BOARD.items(snapshot) == ()

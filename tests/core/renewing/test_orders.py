"""Orders for the same names, counted from Traefik's log, the journal and the certificate itself.

The lines were observed on 3.4.3 (with lego v4) and 3.7.15 (lego v5).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from specter_tui.core.actions import Entry, Plan, Result
from specter_tui.core.renewing.orders import Budget, OrderLog, budget, lock_of, orders_said
from specter_tui.core.traefik_log import LogEntry, parse_entry
from tests.builders import NOW, a_certificate

NAMES = ("starfleet.test", "*.starfleet.test")
OLD = a_certificate("starfleet.test", sans=NAMES, resolver="le", not_before=NOW - timedelta(days=40))
DAY = timedelta(days=1)
NEW_ORDER = 'INF Obtaining bundled SAN certificate. domains="starfleet.test, *.starfleet.test" lib=lego'
OTHER_ORDER = "INF Obtaining bundled SAN certificate. domains=starfleet.test lib=lego"
OLD_ORDER = (
    "DBG github.com/go-acme/lego/v4@v4.23.1/log/logger.go:48 > [INFO] [starfleet.test, *.starfleet.test] acme: "
    "Obtaining bundled SAN certificate lib=lego"
)
NEW_RENEWAL = (
    "INF Renewing ACME certificate: {Main:starfleet.test SANs:[*.starfleet.test]} acmeCA=https://ca/dir "
    "providerName=le.acme"
)
OLD_RENEWAL = (
    "INF Renewing certificate from LE : {Main:starfleet.test SANs:[*.starfleet.test]} acmeCA=https://ca/dir "
    "providerName=le.acme"
)
FAILED = (
    'ERR Unable to obtain ACME certificate for domains error="unable to generate a certificate for the domains '
    '[starfleet.test *.starfleet.test]: acme: error: 400 :: urn:ietf:params:acme:error:dns" '
    'domains=["starfleet.test","*.starfleet.test"] providerName=le.acme'
)
OTHER_FAILED = FAILED.replace("starfleet", "elsewhere")
START = "INF Traefik version {0} built on 2026-10-15T14:33:48Z version={0}"


def log(
    *lines: tuple[timedelta, str], begins: datetime | None = NOW - 30 * DAY, unread: str = "", level: str = "info"
) -> OrderLog:
    """A log with these lines, each so long ago, and one that stands for its level."""
    entries = [LogEntry(NOW - DAY, level, "Testing certificate renew...")]
    for ago, line in lines:
        entry = parse_entry(f"{(NOW - ago).strftime('%Y-%m-%dT%H:%M:%SZ')} {line}")
        assert entry is not None
        assert orders_said(entry)
        entries.append(entry)
    return OrderLog("the log", begins, tuple(entries), unread)


def counted(told: OrderLog, *journal: Entry, said: int | None = None, certificate: object = OLD) -> Budget:
    assert certificate is OLD or certificate is YOUNG
    return budget(YOUNG if certificate is YOUNG else OLD, told, journal, NOW, said)


YOUNG = a_certificate("starfleet.test", sans=NAMES, resolver="le", not_before=NOW - 2 * DAY)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ([], 0),
        ([(DAY, NEW_ORDER)], 1),
        ([(8 * DAY, NEW_ORDER)], 0),
        ([(DAY, OTHER_ORDER)], 0),
        ([(DAY, OLD_ORDER), (2 * DAY, OLD_ORDER)], 2),
        ([(DAY, OLD_RENEWAL)], 1),
        ([(DAY, NEW_RENEWAL), (DAY - timedelta(seconds=1), NEW_ORDER)], 1),
        ([(2 * DAY, NEW_RENEWAL), (DAY, NEW_ORDER)], 2),
        ([(DAY, NEW_ORDER), (DAY - HOUR, FAILED)], 0),
        ([(2 * DAY, NEW_ORDER), (DAY, NEW_ORDER), (DAY - HOUR, FAILED)], 1),
        ([(DAY, NEW_ORDER), (DAY - HOUR, OTHER_FAILED)], 1),
        ([(DAY, START.format("3.4.3"))], 1),
        ([(DAY, START.format("3.7.15"))], 0),
        ([(DAY, START.format("3.6.24"))], 0),
        ([(DAY, START.format("3.6.23"))], 1),
        ([(DAY, START.format("2.11.53"))], 0),
        ([(DAY, START.format("2.11.40"))], 1),
        ([(DAY, START.format("3.4.3")), (DAY - HOUR, OLD_ORDER)], 1),
    ],
)
def test_orders_of_the_log(lines: list[tuple[timedelta, str]], count: int) -> None:
    found = counted(log(*lines))
    assert len(found.orders) == count
    assert found.unknown == ""


def test_the_certificate_itself_is_an_order_unless_one_is_known_that_brought_it() -> None:
    assert counted(log(), certificate=YOUNG).orders == (YOUNG.not_before,)
    shortly = 2 * DAY - timedelta(minutes=1)
    assert len(counted(log((shortly, NEW_ORDER)), certificate=YOUNG).orders) == 1
    backdated = 2 * DAY - timedelta(minutes=61)
    assert len(counted(log((backdated, NEW_ORDER)), certificate=YOUNG).orders) == 1
    assert len(counted(log((DAY, NEW_ORDER)), certificate=YOUNG).orders) == 2


def journalled(ago: timedelta, **changes: str) -> Entry:
    began = (NOW - ago).strftime("%Y-%m-%dT%H:%M:%SZ")
    plan = Plan(
        changes.get("action", "renew"),
        "starfleet.test",
        "f",
        locks=(changes.get("lock", lock_of(OLD)),),
        undoes=changes.get("undoes", ""),
    )
    return Entry("20261101-000000-000000", plan, "ops", "default", began, result=Result.DONE, ended_at=began)


def test_the_journal_counts_what_the_log_does_not_tell() -> None:
    assert len(counted(log(), journalled(DAY)).orders) == 1
    assert len(counted(log((DAY - timedelta(seconds=9), NEW_ORDER)), journalled(DAY)).orders) == 1
    assert len(counted(log((2 * DAY, NEW_ORDER)), journalled(DAY)).orders) == 2
    start = START.format("3.4.3")
    assert len(counted(log((DAY, start)), journalled(DAY)).orders) == 1, "it was us who started it"
    assert len(counted(log((2 * DAY, start), (DAY, start)), journalled(DAY)).orders) == 2
    assert counted(log((DAY, start)), journalled(DAY, undoes="x")).orders == ()
    assert counted(log(), journalled(8 * DAY)).orders == ()
    assert counted(log(), journalled(DAY, undoes="x"), journalled(DAY, action="restart")).orders == ()
    assert counted(log(), journalled(DAY, lock="certificate:le:starfleet.test")).orders == ()


@pytest.mark.parametrize(
    ("told", "unknown"),
    [
        (log(begins=NOW - 6 * DAY), "begins at 2026-11-16 14:00 UTC, less than 7 days ago"),
        (log(begins=None), "holds nothing yet"),
        (log(unread="Traefik's log /x can't be read (Permission denied)"), "can't be read (Permission denied)"),
        (log((DAY, OTHER_FAILED), level="error"), "holds no line of level INFO"),
    ],
)
def test_a_log_that_does_not_tell_leaves_it_unknown(told: OrderLog, unknown: str) -> None:
    assert unknown in counted(told).unknown
    assert bool(counted(told, said=0).unknown) is bool(told.unread), "what a person counted makes it known"


def test_what_a_person_counted_is_never_less_than_what_is_known() -> None:
    assert len(counted(log((DAY, NEW_ORDER)), said=0).orders) == 1
    assert len(counted(log((DAY, NEW_ORDER)), said=3).orders) == 3


def test_the_fifth_order_is_the_last_one() -> None:
    told = [(place * DAY, NEW_ORDER) for place in range(1, 6)]
    assert counted(log(*told[:4])).again_at is None
    assert counted(log(*told)).again_at == NOW + 2 * DAY
    assert counted(log(), said=5).again_at == NOW + 7 * DAY


def test_the_last_order_failed_until_a_better_one_or_a_newer_certificate_came() -> None:
    failed = counted(log((DAY, NEW_ORDER), (DAY - HOUR, FAILED))).failed
    assert failed is not None
    assert failed.at == NOW - DAY + HOUR
    assert counted(log((DAY, FAILED), (HOUR, NEW_ORDER))).failed is None
    assert counted(log((3 * DAY, FAILED)), certificate=YOUNG).failed is None
    assert counted(log((DAY, FAILED)), certificate=YOUNG).failed is not None
    assert counted(log((DAY, OTHER_FAILED))).failed is None
    assert counted(log((DAY, FAILED), (HOUR, START.format("3.4.3")))).failed is not None, "a start is no order"


def test_a_line_that_is_hostile_counts_as_nothing() -> None:
    for text in ("Obtaining bundled SAN certificate", "Renewing : {Main:\x1b[31m SANs:[" + "x," * 5000 + "]}"):
        entry = LogEntry(NOW, "info", text, (("domains", "\x00, *, ]"),))
        assert budget(OLD, OrderLog("l", NOW - 9 * DAY, (entry,)), (), NOW).orders == ()

"""How many certificates for the same names were ordered in 7 days, and whether the last order failed.

Let's Encrypt issues 5 certificates for exactly the same names in 7 days (letsencrypt.org/docs/rate-limits, "New
Certificates per Exact Set of Identifiers", 2025-06); failed orders do not count against that, but against 5 failed
authorizations in an hour.

What Traefik logs was observed on 3.4.3 and 3.7.15. From lego v5 on (3.7.9, 3.6.24, 2.11.53) each order stands there at
level INFO; before, at INFO only renewals do, and an order when Traefik starts stands there at DEBUG alone. So a start
of such a Traefik counts as an order, unless it logs at DEBUG.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from specter_tui.core.acme_log import OrderFailure, order_failures
from specter_tui.core.actions.model import Entry
from specter_tui.core.model import Certificate
from specter_tui.core.traefik_log import LogEntry, parse_time
from specter_tui.core.versions import at_least

WINDOW: Final = timedelta(days=7)
MOST: Final = 5  # certificates for the same names in that time
RENEW: Final = "renew"  # the action's name in the journal
_BACKDATED: Final = timedelta(hours=1)  # Let's Encrypt lets a certificate begin an hour before it issues it
_LOG_STEP: Final = timedelta(seconds=1)  # the log's times and the journal's have whole seconds
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)  # of a line in the journal without a time
_SLACK: Final = timedelta(minutes=5)  # between an order's begin and what is seen of it
_ORDER: Final = re.compile(r"(?:\[INFO\] \[(?P<names>[^\]]+)\] acme: )?Obtaining (?:bundled )?SAN certificate")
_RENEWAL: Final = re.compile(r"Renewing .*: \{Main:(?P<main>\S+) SANs:\[(?P<sans>[^\]]*)\]\}")
_START: Final = re.compile(r"Traefik version (?P<version>\S+) built on")
_NAME: Final = re.compile(r"[^\s,\[\]]+")
_QUIET_LEVELS: Final = frozenset({"warn", "error", "fatal", "panic"})


@dataclass(frozen=True, slots=True)
class OrderLog:
    """What Traefik's log tells of orders: the lines that matter since some days; `begins` is its first line's time."""

    where: str = ""
    begins: datetime | None = None
    entries: tuple[LogEntry, ...] = ()
    unread: str = ""  # why it could not be read, one sentence


@dataclass(frozen=True, slots=True)
class Budget:
    """The orders of the last 7 days, oldest first; `unknown` says why there may be more, and how that is made known."""

    orders: tuple[datetime, ...]
    unknown: str = ""
    failed: OrderFailure | None = None  # the last order, where that failed

    @property
    def again_at(self) -> datetime | None:
        """When a place is free again; None when one is."""
        return self.orders[-MOST] + WINDOW if len(self.orders) >= MOST else None


def budget(
    certificate: Certificate, log: OrderLog, journal: Iterable[Entry], now: datetime, said: int | None = None
) -> Budget:
    """What is known of the orders for this certificate's names; `said`: how many a person says there were."""
    names = names_of(certificate)
    since = now - WINDOW
    entries = sorted(log.entries, key=lambda one: one.at)
    failures = [failure for entry in entries for failure in order_failures((entry,))]
    failed = [one.at for one in failures if frozenset(one.domains) == names]
    told = [at for at in _issued(entries, names, failed) if at > since]
    ours = [one for one in journal if one.plan.action == RENEW and lock_of(certificate) in one.plan.locks]
    starts = [at for at in _starts(entries) if at > since and not any(_is_within(at, one) for one in ours)]
    orders = [*told, *starts, *_journalled(ours, told, since)]
    if certificate.not_before > since - _BACKDATED and not any(_fits(certificate, one) for one in orders):
        orders.append(certificate.not_before)
    orders.sort()
    if said is not None and said > len(orders):
        orders = [now] * (said - len(orders)) + orders
        orders.sort()
    newer = [one for one in failures if one.at > certificate.not_before and names & set(one.domains)]
    last = newer[-1] if newer else None
    later = last is not None and any(at > last.at for at in told)  # a start is no order that is known
    unknown = "" if said is not None and not log.unread else _unknown(log, entries, since)
    return Budget(tuple(orders), unknown, None if later else last)


def names_of(certificate: Certificate) -> frozenset[str]:
    """The names that it is for, lower case."""
    return frozenset(name.lower() for name in certificate.sans or (certificate.main,))


def lock_of(certificate: Certificate) -> str:
    """What stands in a plan's locks for the certificate: by it the journal's orders are found again."""
    return f"certificate:{certificate.source}:{certificate.resolver}:{','.join(sorted(names_of(certificate)))}"


def orders_said(entry: LogEntry) -> bool:
    """Whether a line of the log has anything to do with orders."""
    return bool(entry.is_error or _ORDER.match(entry.text) or _RENEWAL.match(entry.text) or _START.match(entry.text))


def _issued(entries: Sequence[LogEntry], names: frozenset[str], failed: Sequence[datetime]) -> list[datetime]:
    """When orders for these names began that did not fail, as far as the log tells."""
    begun: list[datetime] = []
    renewals: list[datetime] = []
    for entry in entries:
        if _ordered(entry) == names:
            begun.append(entry.at)
        elif _renewed(entry) == names:
            renewals.append(entry.at)
    # From lego v5 on a renewal is told as an order too.
    begun += [at for at in renewals if not any(at <= one <= at + _SLACK for one in begun)]
    begun.sort()
    for at in failed:
        place = next((place for place in range(len(begun) - 1, -1, -1) if begun[place] <= at), None)
        if place is not None:
            del begun[place]
    return begun


def _starts(entries: Sequence[LogEntry]) -> Iterator[datetime]:
    """The starts of Traefiks that do not tell of the orders that they made then."""
    if any(one.level == "debug" for one in entries):
        return
    for entry in entries:
        found = _START.match(entry.text)
        if found is not None and not _tells(found["version"]):
            yield entry.at


def _tells(version: str) -> bool:
    """Whether this Traefik logs its orders at level INFO."""
    if version.startswith("2."):
        return at_least(version, "2.11.53")
    return at_least(version, "3.7.9") or (version.startswith("3.6.") and at_least(version, "3.6.24"))


def _ordered(entry: LogEntry) -> frozenset[str]:
    found = _ORDER.match(entry.text)
    return _names(found["names"] or entry.field("domains")) if found else frozenset()


def _renewed(entry: LogEntry) -> frozenset[str]:
    found = _RENEWAL.match(entry.text)
    return _names(f"{found['main']} {found['sans']}") if found else frozenset()


def _names(text: str) -> frozenset[str]:
    return frozenset(name.lower() for name in _NAME.findall(text))


def _journalled(ours: Iterable[Entry], told: Sequence[datetime], since: datetime) -> Iterator[datetime]:
    """Our own renewals of which the log does not tell; one that was taken back may have been issued all the same."""
    for entry in ours:
        begun, ended = _span(entry)
        if not entry.plan.undoes and begun > since and not any(begun - _SLACK <= at <= ended + _SLACK for at in told):
            yield begun


def _is_within(start: datetime, entry: Entry) -> bool:
    """Whether it was us who started Traefik, so that the journal's line counts in its place."""
    begun, ended = _span(entry)
    return begun - _LOG_STEP <= start <= ended + _LOG_STEP


def _span(entry: Entry) -> tuple[datetime, datetime]:
    begun = parse_time(entry.started_at) or _NEVER
    return begun, parse_time(entry.ended_at) or begun


def _fits(certificate: Certificate, order: datetime) -> bool:
    """Whether the certificate may be what this order brought."""
    return certificate.not_before - _SLACK <= order <= certificate.not_before + _BACKDATED + _SLACK


def _unknown(log: OrderLog, entries: Sequence[LogEntry], since: datetime) -> str:
    if log.unread:
        return log.unread
    if log.begins is None or log.begins > since:
        reach = f"begins at {log.begins:%Y-%m-%d %H:%M} UTC" if log.begins else "holds nothing yet"
        return f"Traefik's log ({log.where}) {reach}, less than 7 days ago"
    if all(one.level in _QUIET_LEVELS for one in entries):
        return f"Traefik's log ({log.where}) holds no line of level INFO, at which orders are told, of these 7 days"
    return ""

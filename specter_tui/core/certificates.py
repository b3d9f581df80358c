"""Certificates against the clock and against Traefik's own renewal window, and which one answers for a host."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from specter_tui.core.model import Certificate
from specter_tui.core.snapshot import CertificateState, CertificateStatus
from specter_tui.core.versions import at_least

DEFAULT_DURATION: Final = timedelta(hours=2160)  # acme.certificatesDuration's default
_PATIENCE: Final = timedelta(hours=1)  # an order may take its time before it counts as overdue
_BACKDATED: Final = timedelta(hours=1)  # Let's Encrypt lets a certificate begin an hour before it issues it
_SOON: Final = timedelta(days=30)  # what is renewed by hand should be by then, or in the last third of a short life


@dataclass(frozen=True, slots=True)
class RenewalWindow:
    """Traefik renews at its first check, one every `interval`, with less than `period` left."""

    period: timedelta
    interval: timedelta


def renewal_window(duration: timedelta, traefik_version: str = "") -> RenewalWindow:
    """The window that Traefik derives from `certificatesDuration`, never from the certificate itself.

    Source: Traefik's acme provider, 2.11.53 and 3.7.9; the step for six days came with 3.6.8, where earlier
    versions had one for seven.
    """
    if duration >= timedelta(days=365):
        return RenewalWindow(timedelta(days=120), timedelta(days=7))
    if duration >= timedelta(days=90):
        return RenewalWindow(timedelta(days=30), timedelta(days=1))
    if duration >= timedelta(days=30):
        return RenewalWindow(timedelta(days=10), timedelta(hours=12))
    if at_least(traefik_version, "3.6.8"):
        if duration >= timedelta(days=6):
            return RenewalWindow(timedelta(days=2), timedelta(hours=2))
    elif duration >= timedelta(days=7):
        return RenewalWindow(timedelta(days=1), timedelta(hours=1))
    if duration >= timedelta(days=1):
        return RenewalWindow(timedelta(hours=6), timedelta(minutes=10))
    return RenewalWindow(timedelta(minutes=20), timedelta(minutes=1))


def status_of(certificate: Certificate, window: RenewalWindow | None, now: datetime) -> CertificateStatus:
    """The certificate's state at `now`; without a window for one that Traefik does not renew."""
    days_left = (certificate.not_after - now) // timedelta(days=1)
    if window is None:
        return CertificateStatus(certificate, _state_by_hand(certificate, now), days_left, None)
    renews_at = _before(certificate.not_after, window.period)
    return CertificateStatus(certificate, _state(certificate, renews_at, window, now), days_left, renews_at)


def _before(moment: datetime, span: timedelta) -> datetime:
    try:
        return moment - span
    except OverflowError:  # a certificate may claim any year
        return datetime.min.replace(tzinfo=UTC)


def _state(certificate: Certificate, renews_at: datetime, window: RenewalWindow, now: datetime) -> CertificateState:
    if ended := _ended(certificate, now):
        return ended
    # A window that is longer than the certificate's life was open before it was issued.
    open_since = max(renews_at, certificate.not_before)
    if now - open_since > window.interval + _PATIENCE + (_BACKDATED if open_since > renews_at else timedelta(0)):
        return CertificateState.OVERDUE
    return CertificateState.DUE if now >= renews_at else CertificateState.VALID


def _state_by_hand(certificate: Certificate, now: datetime) -> CertificateState:
    if ended := _ended(certificate, now):
        return ended
    soon = min(_SOON, (certificate.not_after - certificate.not_before) / 3)
    return CertificateState.DUE if certificate.not_after - now < soon else CertificateState.VALID


def _ended(certificate: Certificate, now: datetime) -> CertificateState | None:
    if now >= certificate.not_after:
        return CertificateState.EXPIRED
    return CertificateState.NOT_YET_VALID if now < certificate.not_before else None


def covers(names: Iterable[str], host: str) -> bool:
    """Whether a certificate with these names answers for the host; a wildcard stands for exactly one label."""
    wildcard = f"*.{host.partition('.')[2]}"
    return any(name.lower() in (host, wildcard) for name in names)


def only_held(held: Iterable[Certificate], stored: Iterable[Certificate]) -> tuple[Certificate, ...]:
    """Those that Traefik holds and acme.json does not: its file provider's.

    Of several with the same names Traefik holds one (observed, 3.7.15), so one with the names of a stored certificate
    is left out: it was just renewed, or the triangle of its hosts tells what is wrong.
    """
    known = {_names(one) for one in stored}
    return tuple(one for one in held if _names(one) not in known)


def _names(one: Certificate) -> frozenset[str]:
    return frozenset(name.lower() for name in one.sans or (one.main,))


class CertificateIndex:
    """Finds the certificate that answers for a host: an exact name before a wildcard, the longest-lived of several."""

    def __init__(self, statuses: Iterable[CertificateStatus]) -> None:
        self._by_name: dict[str, CertificateStatus] = {}
        for status in statuses:
            for name in (*status.certificate.sans, status.certificate.main):
                known = self._by_name.get(name.lower())
                if known is None or known.certificate.not_after < status.certificate.not_after:
                    self._by_name[name.lower()] = status

    def find(self, host: str) -> CertificateStatus | None:
        """The certificate for a host name; a wildcard stands for exactly one label."""
        exact = self._by_name.get(host)
        if exact is not None:
            return exact
        _, dot, parent = host.partition(".")
        return self._by_name.get(f"*.{parent}") if dot else None


def with_users(
    statuses: Iterable[CertificateStatus], uses: Iterable[tuple[str, CertificateStatus]]
) -> tuple[CertificateStatus, ...]:
    """The statuses, each with the ids of the routes that use it."""
    users: defaultdict[str, list[str]] = defaultdict(list)
    for route_id, status in uses:
        users[status.key].append(route_id)
    return tuple(replace(status, used_by=tuple(users.get(status.key, ()))) for status in statuses)

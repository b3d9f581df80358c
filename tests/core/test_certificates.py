"""Renewal windows, states at the clock's edges, and the certificate that answers for a host."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from specter_tui.core.certificates import CertificateIndex, RenewalWindow, renewal_window, status_of
from specter_tui.core.snapshot import CertificateState
from tests.builders import NOW, a_certificate

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WINDOW = RenewalWindow(period=30 * DAY, interval=DAY)


@pytest.mark.parametrize(
    ("hours", "version", "period", "interval"),
    [
        (24 * 365, "3.7.15", 120 * DAY, 7 * DAY),
        (2160, "2.11.53", 30 * DAY, DAY),
        (2160, "3.7.15", 30 * DAY, DAY),
        (2159, "3.7.15", 10 * DAY, 12 * HOUR),
        (1080, "3.7.15", 10 * DAY, 12 * HOUR),
        (720, "3.7.15", 10 * DAY, 12 * HOUR),
        (719, "2.11.53", DAY, HOUR),
        (144, "3.7.15", 2 * DAY, 2 * HOUR),
        (167, "2.11.53", 6 * HOUR, timedelta(minutes=10)),
        (160, "3.6.8", 2 * DAY, 2 * HOUR),
        (160, "3.6.7", 6 * HOUR, timedelta(minutes=10)),
        (160, "2.11.53", 6 * HOUR, timedelta(minutes=10)),
        (168, "2.11.53", DAY, HOUR),
        (24, "3.7.15", 6 * HOUR, timedelta(minutes=10)),
        (23, "3.7.15", timedelta(minutes=20), timedelta(minutes=1)),
    ],
)
def test_the_window_follows_traefik(hours: int, version: str, period: timedelta, interval: timedelta) -> None:
    assert renewal_window(timedelta(hours=hours), version) == RenewalWindow(period, interval)


@pytest.mark.parametrize(
    ("left", "state"),
    [
        (31 * DAY, CertificateState.VALID),
        (30 * DAY, CertificateState.DUE),
        (29 * DAY, CertificateState.DUE),
        (29 * DAY - HOUR, CertificateState.DUE),
        (29 * DAY - 2 * HOUR, CertificateState.OVERDUE),
        (timedelta(seconds=1), CertificateState.OVERDUE),
        (timedelta(0), CertificateState.EXPIRED),
        (-DAY, CertificateState.EXPIRED),
    ],
)
def test_states(left: timedelta, state: CertificateState) -> None:
    assert status_of(a_certificate(not_after=NOW + left), WINDOW, NOW).state is state


@pytest.mark.parametrize(
    ("age", "state"),
    [
        (2 * HOUR, CertificateState.DUE),
        (26 * HOUR, CertificateState.DUE),
        (28 * HOUR, CertificateState.OVERDUE),
        (160 * HOUR, CertificateState.EXPIRED),
    ],
)
def test_a_life_that_is_shorter_than_the_window_is_overdue_only_after_a_check(
    age: timedelta, state: CertificateState
) -> None:
    """Six days with the default certificatesDuration: Traefik renews it at every daily check."""
    short = a_certificate(not_before=NOW - age, not_after=NOW - age + 160 * HOUR)
    assert status_of(short, WINDOW, NOW).state is state


@pytest.mark.parametrize(
    ("hours", "life", "left", "state"),
    [
        (160, 160 * HOUR, 49 * HOUR, CertificateState.VALID),
        (160, 160 * HOUR, 48 * HOUR, CertificateState.DUE),
        (160, 160 * HOUR, 44 * HOUR, CertificateState.OVERDUE),
        (1080, 45 * DAY, 11 * DAY, CertificateState.VALID),
        (1080, 45 * DAY, 10 * DAY, CertificateState.DUE),
        (1080, 45 * DAY, 9 * DAY, CertificateState.OVERDUE),
        (2160, 45 * DAY, 31 * DAY, CertificateState.VALID),
        (2160, 45 * DAY, 30 * DAY, CertificateState.DUE),
    ],
)
def test_states_of_the_shorter_profiles(hours: int, life: timedelta, left: timedelta, state: CertificateState) -> None:
    one = a_certificate(not_before=NOW + left - life, not_after=NOW + left)
    assert status_of(one, renewal_window(timedelta(hours=hours), "3.7.15"), NOW).state is state


@pytest.mark.parametrize(
    ("life", "left", "state"),
    [
        (365 * DAY, 31 * DAY, CertificateState.VALID),
        (365 * DAY, 29 * DAY, CertificateState.DUE),
        (6 * DAY, 2 * DAY, CertificateState.VALID),
        (6 * DAY, DAY, CertificateState.DUE),
        (6 * DAY, timedelta(0), CertificateState.EXPIRED),
    ],
)
def test_states_of_what_traefik_does_not_renew(life: timedelta, left: timedelta, state: CertificateState) -> None:
    status = status_of(a_certificate(not_before=NOW + left - life, not_after=NOW + left), None, NOW)
    assert (status.state, status.renews_at) == (state, None)


def test_not_yet_valid() -> None:
    future = a_certificate(not_before=NOW + DAY, not_after=NOW + 90 * DAY)
    assert status_of(future, WINDOW, NOW).state is CertificateState.NOT_YET_VALID


@given(st.timedeltas(min_value=-400 * DAY, max_value=400 * DAY))
def test_days_left_is_rounded_down(left: timedelta) -> None:
    days = status_of(a_certificate(not_after=NOW + left), WINDOW, NOW).days_left
    assert timedelta(days=days) <= left < timedelta(days=days + 1)


@given(st.datetimes())
@example(datetime.min)  # noqa: DTZ901  the property gives it its zone
@example(datetime.max)  # noqa: DTZ901
def test_any_year_is_survived(moment: datetime) -> None:
    one = status_of(a_certificate(not_after=moment.replace(tzinfo=NOW.tzinfo)), WINDOW, NOW)
    assert (one.state is CertificateState.EXPIRED) == (moment.replace(tzinfo=NOW.tzinfo) <= NOW)


def _index(*names: str) -> CertificateIndex:
    return CertificateIndex([status_of(a_certificate(name), WINDOW, NOW) for name in names])


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("app.example.org", "*.example.org"),
        ("own.example.org", "own.example.org"),
        ("example.org", None),
        ("a.b.example.org", None),
        ("localhost", None),
        ("", None),
    ],
)
def test_an_exact_name_before_a_wildcard_for_one_label(host: str, found: str | None) -> None:
    one = _index("*.example.org", "own.example.org").find(host)
    assert (one.certificate.main if one else None) == found


def test_the_longest_lived_of_several() -> None:
    old, new = (a_certificate(not_after=NOW + days * DAY, fingerprint=str(days)) for days in (3, 60))
    index = CertificateIndex([status_of(one, WINDOW, NOW) for one in (new, old)])
    found = index.find("x.example.org")
    assert found is not None
    assert found.certificate.fingerprint == "60"

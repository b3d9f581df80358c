"""Certificates on an axis of time, and the three corners of a name in every detail that shows one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from specter_tui.core.certificates import RenewalWindow, status_of
from specter_tui.core.dns.model import DnsState, HostDns
from specter_tui.core.model import Certificate
from specter_tui.core.snapshot import CertificateStatus, Seen, Served, Snapshot, SourceStatus
from specter_tui.ui.present.base import ASCII, UNICODE, Line, plain, width_of
from specter_tui.ui.present.detail import route_detail
from specter_tui.ui.present.kinds.certificates import CERTIFICATES
from specter_tui.ui.present.kinds.hosts import HOSTS
from specter_tui.ui.present.routes import route_rows
from specter_tui.ui.present.timeline import AXIS, life, until_the_end
from specter_tui.ui.present.triangle import of_hosts
from tests.builders import NOW, a_certificate, a_host, a_route, a_snapshot, a_source, all_sources, replace

DAY = timedelta(days=1)
WINDOW = RenewalWindow(30 * DAY, DAY)
HOST = "wiki.example.org"
STORED = a_certificate(HOST, fingerprint="aa" * 32)
OTHER = replace(STORED, main="\x1b[2Jown", issuer="Own CA", fingerprint="bb" * 32, resolver="", source="handshake")


def ends_in(days: float, window: RenewalWindow | None = WINDOW) -> CertificateStatus:
    end = NOW + days * DAY
    return status_of(a_certificate(not_before=end - 90 * DAY, not_after=end), window, NOW)


DEFAULT = replace(OTHER, main="TRAEFIK DEFAULT CERT")


@pytest.mark.parametrize(
    ("days", "drawn"),
    [
        (-1, "✖"),
        (0.5, "◐"),
        (12, "━━◐"),
        (29, "━━━━━◐"),
        (60, "──────━━━━━━●"),
        (89, "───────────━━━━━━●"),
        (200, "──────────────────" + UNICODE.then),
    ],
)  # fmt: skip
def test_the_line_of_time_ends_where_the_certificate_does(days: float, drawn: str) -> None:
    line = until_the_end(ends_in(days), UNICODE)
    assert plain(line) == drawn
    assert width_of(line) <= len(AXIS)
    assert plain(until_the_end(ends_in(days), ASCII)).isascii()


def test_what_traefik_does_not_renew_has_no_thick_part() -> None:
    assert plain(until_the_end(ends_in(60, None), UNICODE)) == "────────────●"
    assert "━" not in plain(life(ends_in(60, None), NOW, UNICODE))


@pytest.mark.parametrize("days", [-400, -1, 0, 1, 60, 90, 4000])
def test_a_life_is_one_line_of_one_width(days: int) -> None:
    assert width_of(life(ends_in(days), NOW, UNICODE)) == 36


def test_a_certificate_that_ends_before_it_begins_does_no_harm() -> None:
    odd = status_of(a_certificate(not_before=NOW, not_after=NOW - DAY), WINDOW, NOW)
    assert width_of(life(odd, NOW, UNICODE)) == 36
    assert plain(until_the_end(odd, UNICODE)) == "✖"


def looked_at(
    served: Served | None, *, stored: tuple[Certificate, ...] = (STORED,), dns: DnsState | None = None
) -> Snapshot:
    found = tuple(replace(status_of(one, WINDOW, NOW), used_by=("wiki@docker",)) for one in stored)
    certificate = found[0] if found else None
    host = a_host(HOST, certificate=certificate, dns=HostDns(HOST, dns) if dns else None)
    route = a_route("wiki@docker", certificate=certificate)
    return replace(
        a_snapshot(route, hosts=(host,), certificates=found), served={HOST: served} if served is not None else {}
    )


def text(lines: tuple[Line, ...] | list[Line]) -> str:
    return "\n".join(plain(line) for line in lines)


def seen(leaf: Certificate | None, **changes: object) -> Seen:
    return replace(Seen(NOW, "127.0.0.1:443", leaf.fingerprint if leaf else "", leaf), **changes)


@pytest.mark.parametrize(
    ("snapshot", "wanted"),
    [
        (looked_at(None), ("● wiki.example.org until 2027-01-21", "? not looked at", "? not known whether")),
        (looked_at(Served(seen(STORED))), ("● the same",)),
        (looked_at(Served(seen(OTHER))), ("◐ \\x1b[2Jown until", "Own CA")),
        (
            looked_at(Served(seen(replace(OTHER, main="TRAEFIK DEFAULT CERT")))),
            ("✖ TRAEFIK DEFAULT CERT", "self-signed"),
        ),
        (looked_at(Served(seen(None, error="ended the handshake", refused=True))), ("✖ ended the handshake",)),
        (looked_at(Served(seen(None, error="did not answer"))), ("? did not answer",)),
        (looked_at(Served(seen(None, fingerprint="cc" * 32))), ("another, SHA-256 cccccccccccccccc",)),
        (looked_at(Served(edge=seen(OTHER))), ("● \\x1b[2Jown until",)),
        (looked_at(Served(edge=seen(None, error="ended the handshake", refused=True))), ("✖ ended the handshake",)),
        (looked_at(None, dns=DnsState.PROXIED), ("edge = true in [probe]",)),
        (looked_at(None, dns=DnsState.OK), ("○ not proxied",)),
        (looked_at(Served(seen(OTHER)), stored=()), ("○ none", "● \\x1b[2Jown")),
    ],
)
def test_each_corner_says_what_it_knows(snapshot: Snapshot, wanted: tuple[str, ...]) -> None:
    shown = text(list(of_hosts((HOST,), snapshot, UNICODE)))
    for one in wanted:
        assert one in shown
    assert "\x1b" not in shown


def test_hosts_with_the_same_corners_stand_together() -> None:
    shown = text(list(of_hosts([f"a{number}.test" for number in range(9)], looked_at(None, stored=()), UNICODE)))
    assert "a0.test, a1.test, a2.test and 6 more" in shown
    assert shown.count("acme.json") == 1


def test_every_detail_of_the_name_shows_the_corners() -> None:
    snapshot = looked_at(Served(seen(STORED)))
    (row,) = route_rows(snapshot)
    details = (
        route_detail(row, snapshot, UNICODE),
        tuple(CERTIFICATES.detail(snapshot.certificates[0], snapshot, UNICODE)),
        tuple(HOSTS.detail(HOSTS.items(snapshot)[0], snapshot, UNICODE)),
    )
    for lines in details:
        assert "● the same" in text(lines)


def test_rows_of_traefik_alone_are_not_old_where_acme_json_was_never_read() -> None:
    foreign = status_of(replace(OTHER, source="traefik"), None, NOW)
    for status, old in ((SourceStatus.FAILED, False), (SourceStatus.STALE, True)):
        snapshot = replace(a_snapshot(certificates=(foreign,)), sources=all_sources(acme=a_source(status)))
        assert bool(CERTIFICATES.dimmed(snapshot)) is old
        assert ("acme.json not read" in plain(CERTIFICATES.counts(snapshot, UNICODE))) is not old
    detail = text(tuple(CERTIFICATES.detail(foreign, looked_at(None), UNICODE)))
    assert "not by Traefik" in detail

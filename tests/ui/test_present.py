"""From the model to text: glyphs, ages, cuts, columns; hostile strings made visible."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specter_tui.core.model import ConfigStatus, ContainerHealth, Protocol, ServerHealth
from specter_tui.core.settings import RefreshSettings
from specter_tui.core.snapshot import (
    CertificateState,
    Health,
    ProtectionState,
    RouteService,
    SourceStatus,
)
from specter_tui.ui.present.base import (
    ASCII,
    UNICODE,
    Glyphs,
    Piece,
    Role,
    age,
    clock,
    fit,
    glyphs_for,
    outside,
    plain,
    width_of,
)
from specter_tui.ui.present.detail import raw_route, route_detail
from specter_tui.ui.present.routes import (
    RouteRow,
    backends_cell,
    by_health,
    by_protection,
    certificate_column,
    chain_line,
    health_cell,
    host_text,
    protection_cell,
    route_rows,
    rule_shape,
    service_cell,
)
from specter_tui.ui.present.sources import sources_line, summary_line, trouble_lines
from specter_tui.ui.present.states import certificate_cell
from specter_tui.ui.present.welcome import empty_page
from specter_tui.ui.present.wrap import wrapped, wrapped_to
from tests.builders import (
    NOW,
    a_certificate_status,
    a_chain_link,
    a_container,
    a_finding,
    a_protection,
    a_route,
    a_router,
    a_server,
    a_snapshot,
    a_source,
    all_sources,
)

HOSTILE = "[/x][@click=app.quit]\x1b[31m\x07\u202eevil\u2066\x9b2J"


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def row(name: str = "app1@docker", **changes: object) -> RouteRow:
    return RouteRow(a_route(name, **changes), (), certificates_known=True)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0s"), (9, "0s"), (45, "40s"), (60, "1m"), (299, "4m"), (3600, "1h"), (86399, "23h"), (86400, "1d")],
)
def test_an_age_is_one_unit_rounded_down(seconds: int, text: str) -> None:
    assert age(timedelta(seconds=seconds)) == text


def test_a_moment_of_another_day_names_the_day() -> None:
    assert clock(NOW, NOW) == "14:00"
    assert clock(NOW - timedelta(days=1), NOW) == "2026-11-21 14:00"


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_every_glyph_is_one_cell_but_the_arrow_in_ascii(glyphs: Glyphs) -> None:
    for name in Glyphs.__slots__:
        text = getattr(glyphs, name)
        assert width_of((Piece(text),)) == (2 if glyphs is ASCII and name == "arrow" else 1)
        assert glyphs is UNICODE or text.isascii()


@pytest.mark.parametrize(
    ("environ", "utf8_mode", "expected"),
    [
        ({"LANG": "en_US.UTF-8"}, False, UNICODE),
        ({"LANG": "C"}, False, ASCII),
        ({}, False, ASCII),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, True, ASCII),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, True, ASCII),  # what PEP 538 makes of LANG=C
        ({"LC_CTYPE": "C.UTF-8", "LANG": "de_DE.utf8"}, True, UNICODE),  # a locale that is not installed
        ({"LC_CTYPE": "C.UTF-8"}, False, UNICODE),
        ({"LANG": "de_DE.ISO-8859-1"}, False, ASCII),
    ],
)
def test_the_glyphs_follow_the_locale(environ: dict[str, str], utf8_mode: bool, expected: Glyphs) -> None:
    assert glyphs_for(environ, utf8_mode=utf8_mode) is expected


@given(st.text(max_size=40), st.integers(0, 30))
def test_fit_is_exact_for_any_text(text: str, width: int) -> None:
    assert width_of(fit((outside(text),), width, "~")) == width


@given(st.text(max_size=200), st.integers(6, 40))
def test_wrapping_keeps_every_character_and_the_width(text: str, width: int) -> None:
    line = (outside(text),)
    rows = wrapped(line, width)
    assert all(width_of(one) <= width for one in rows)
    assert "".join(plain(rows_) for rows_ in rows).replace(" ", "") == plain(line).replace(" ", "")


@given(st.text(max_size=200), st.integers(6, 40), st.integers(1, 4))
def test_wrapping_to_fewer_rows_ends_with_an_ellipsis(text: str, width: int, most: int) -> None:
    line = (outside(text),)
    all_rows, rows = wrapped(line, width), wrapped_to(line, width, most, "…")
    assert len(rows) == min(len(all_rows), most)
    assert all(width_of(one) <= width for one in rows)
    if len(all_rows) > most:
        assert plain(rows[-1]).endswith("…")
    else:
        assert rows == all_rows


def test_a_host_name_is_cut_at_its_end_never_at_its_front() -> None:
    cut = plain(fit((outside("wiki.starfleet-command.dev"),), 10, "…"))
    assert cut == "wiki.star…"


def test_hosts_of_every_kind_have_a_name() -> None:
    assert host_text(a_route("a@docker", hosts=("a.example.org", "b.example.org"))) == "a.example.org +1"
    assert host_text(a_route("a@docker", paths=("/v1", "/v2"))) == "a.example.org/v1"
    assert host_text(a_route("a@docker", hosts=(), host_patterns=("^x$",))) == "(regexp) ^x$"
    assert host_text(a_route("a@docker", hosts=(), paths=("/api",))) == "(any host) /api"
    assert host_text(a_route("a@docker", hosts=(), rule_error="unbalanced")) == "(rule not understood) a@docker"
    assert host_text(a_route("d", router=a_router("d@file", protocol=Protocol.UDP), hosts=())) == "(udp) d@file"


@pytest.mark.parametrize(
    ("rule", "shape"),
    [
        ("Host(`a.b`) && PathPrefix(`/x`)", "Host && PathPrefix"),
        ("(Host(`a`) || Host(`b(c)`)) && !Path(`/y`)", "(Host || Host) && !Path"),
        ("HostRegexp(`^[a-z]+$`)", "HostRegexp"),
        ("", ""),
    ],
)
def test_the_shape_of_a_rule(rule: str, shape: str) -> None:
    assert rule_shape(rule) == shape


def test_the_shape_of_a_hostile_rule_is_bounded() -> None:
    assert len(rule_shape("(" * 100_000)) <= 256
    assert len(rule_shape("Host(`" + "a" * 100_000 + "`)")) <= 256


def servers(*health: ServerHealth) -> RouteService:
    return RouteService(
        "app1@docker",
        "loadbalancer",
        tuple(a_server(f"http://10.0.0.{place}", one) for place, one in enumerate(health)),
        ConfigStatus.ENABLED,
    )


UP, DOWN, UNCHECKED = ServerHealth.UP, ServerHealth.DOWN, ServerHealth.UNCHECKED


@pytest.mark.parametrize(
    ("health", "text", "role"),
    [
        ((UP, UP), "● 2/2", Role.OK),
        ((UP, DOWN), "◐ 1/2", Role.WARN),
        ((DOWN,), "✖ 0/1", Role.BAD),
        ((UNCHECKED,), "? unchecked", Role.OFF),
        ((), "-", Role.MUTED),
    ],
)
def test_backends_from_traefiks_checks(health: tuple[ServerHealth, ...], text: str, role: Role) -> None:
    line = backends_cell(row(service=servers(*health)), UNICODE)
    assert (plain(line), line[-1].role) == (text, role)


def test_backends_from_dockers_checks_where_traefik_has_none() -> None:
    healthy = a_container("a")
    ill = a_container("b", health=ContainerHealth.UNHEALTHY)
    unchecked = a_container("c", health=ContainerHealth.NONE)
    one = row(service=servers(UNCHECKED))._replace(containers=(healthy, ill))
    assert plain(backends_cell(one, UNICODE)) == "◐ 1/2"
    assert plain(backends_cell(one._replace(containers=(unchecked,)), UNICODE)) == "? unchecked"
    exited = replace(unchecked, state="exited")
    assert plain(backends_cell(one._replace(containers=(exited,)), UNICODE)) == "✖ 0/1"


def test_a_missing_service_is_red() -> None:
    line = backends_cell(row(service=RouteService("gone@docker", "")), UNICODE)
    assert line == (Piece("✖ missing", Role.BAD),)


def test_unknown_is_never_green_and_open_is_red() -> None:
    roles = {state: protection_cell(row(protection=a_protection(state)), UNICODE)[-1].role for state in ProtectionState}
    assert roles[ProtectionState.UNKNOWN] is Role.OFF
    assert roles[ProtectionState.UNPROTECTED] is roles[ProtectionState.BYPASSED] is Role.BAD
    assert {state for state, role in roles.items() if role is Role.OK} == {
        ProtectionState.PROTECTED,
        ProtectionState.OTHER_AUTH,
    }
    assert health_cell(row(health=Health.UNKNOWN), UNICODE) == (Piece("?", Role.OFF),)


def test_the_certificate_column_tells_no_tls_from_not_known() -> None:
    none = row(certificate=None)
    assert plain(certificate_column(none, UNICODE)) == "? none"
    assert plain(certificate_column(none._replace(certificates_known=False), UNICODE)) == "?"
    plaintext = row(certificate=None, router=a_router(tls=None))
    assert plain(certificate_column(plaintext, UNICODE)) == "-"
    expired = a_certificate_status(days_left=-2, state=CertificateState.EXPIRED)
    assert certificate_cell(expired) == (Piece("expired", Role.BAD),)
    overdue = a_certificate_status(days_left=12, state=CertificateState.OVERDUE)
    assert certificate_cell(overdue) == (Piece("12d", Role.WARN),)


def test_the_service_leaves_out_the_routers_own_provider() -> None:
    assert plain(service_cell(row("wiki@docker"), UNICODE)) == "wiki"
    other = RouteService("api@internal", "", (), ConfigStatus.ENABLED)
    assert plain(service_cell(row("wiki@docker", service=other), UNICODE)) == "api@internal"


def test_the_chain_shows_what_is_missing_in_red() -> None:
    links = (a_chain_link("headers@file"), a_chain_link("gone@file", type="", status=None))
    line = chain_line(a_route("wiki@docker", chain=links), UNICODE)
    assert plain(line).split(f" {UNICODE.then} ") == ["websecure", "headers@file", "gone@file", "wiki@docker"]
    assert Piece("gone@file", Role.BAD) in line


def test_sorting_puts_the_broken_and_the_open_first() -> None:
    rows = [
        row("c@docker"),
        row("b@docker", health=Health.DOWN),
        row("a@docker", protection=a_protection(ProtectionState.UNPROTECTED)),
    ]
    assert [one.key for one in sorted(rows, key=by_health)] == ["b@docker", "a@docker", "c@docker"]
    assert [one.key for one in sorted(rows, key=by_protection)] == ["a@docker", "b@docker", "c@docker"]


# Sources


def test_fresh_sources_have_no_age_and_old_ones_do() -> None:
    sources = all_sources(docker=a_source(SourceStatus.STALE), acme=a_source(SourceStatus.FAILED))
    line = sources_line(a_snapshot(sources=sources), NOW, RefreshSettings(), UNICODE, 30)
    assert plain(line) == "T ●  D ◐ 4m  A ✖  C ○  P ●"


def test_a_fresh_source_that_nobody_read_again_gets_an_age() -> None:
    line = sources_line(a_snapshot(), NOW + timedelta(seconds=50), RefreshSettings(), UNICODE, 30)
    assert plain(line).startswith("T ◐ 50s  D ◐ 50s  A ●")


@pytest.mark.parametrize(
    ("room", "expected"),
    [
        (80, "Traefik ●  Docker ●  acme.json ●  Cloudflare ○  probe ●"),
        (54, "Traefik ● Docker ● ACME ● DNS ○ probe ●"),
        (38, "T ●  D ●  A ●  C ○  P ●"),
        (0, "T ●  D ●  A ●  C ○  P ●"),
    ],
)
def test_sources_have_their_names_where_there_is_room(room: int, expected: str) -> None:
    assert plain(sources_line(a_snapshot(), NOW, RefreshSettings(), UNICODE, room)) == expected


def test_a_dead_source_names_itself_its_error_since_when_and_the_next_try() -> None:
    sources = all_sources(docker=a_source(SourceStatus.STALE, error="the engine does not answer"))
    (line,) = trouble_lines(a_snapshot(sources=sources), NOW, UNICODE)
    assert plain(line) == " ◐ Docker as of 13:56, 4m old: the engine does not answer; next try in 30s"


def test_nothing_needs_you_is_never_said_while_a_source_is_dead() -> None:
    assert plain(summary_line(a_snapshot(), UNICODE)) == " ● nothing needs you"
    dead = a_snapshot(sources=all_sources(acme=a_source(SourceStatus.FAILED)))
    assert plain(summary_line(dead, UNICODE)) == " ? not everything is known right now"
    found = a_snapshot(findings=(a_finding(), a_finding("x.y")))
    assert plain(summary_line(found, UNICODE)) == " ✖ 2 need you now"


def test_without_routes_the_page_says_why_and_what_to_paste() -> None:
    sources = all_sources(traefik=a_source(SourceStatus.FAILED, error="nothing listens on 127.0.0.1:8080"))
    page = "\n".join(plain(line) for line in empty_page(a_snapshot(sources=sources), ('api_url = "x"',), UNICODE))
    assert "✖ Traefik    nothing listens on 127.0.0.1:8080; next try at 14:00:30" in page
    assert "○ Cloudflare not configured" in page
    assert 'api_url = "x"' in page
    other = "\n".join(plain(line) for line in empty_page(a_snapshot(), (), UNICODE))
    assert "Traefik answers, and has no routers." in other


# Hostile strings


def hostile_row() -> RouteRow:
    router = a_router(
        HOSTILE,
        rule=HOSTILE * 3000,
        service=HOSTILE,
        entry_points=(HOSTILE,),
        status=ConfigStatus.DISABLED,
        errors=(HOSTILE,),
    )
    route = a_route(
        HOSTILE,
        router=router,
        hosts=(HOSTILE,),
        rule_error=HOSTILE,
        health_reason=HOSTILE,
        chain=(a_chain_link(HOSTILE, status=None),),
        service=RouteService(HOSTILE, HOSTILE, (a_server(HOSTILE),), ConfigStatus.ENABLED),
        protection=a_protection(by=(HOSTILE,), reasons=(HOSTILE,)),
        certificate=a_certificate_status(HOSTILE),
    )
    return RouteRow(route, (a_container(HOSTILE, state=HOSTILE),), certificates_known=True)


def test_no_line_of_a_hostile_route_holds_a_control_character() -> None:
    one = hostile_row()
    snapshot = a_snapshot(one.route, findings=(a_finding(title=HOSTILE, evidence=(HOSTILE,)),))
    text = "\n".join(plain(line) for line in route_detail(one, snapshot, UNICODE))
    assert not {"\x1b", "\x07", "\u202e", "\u2066", "\x9b"} & set(text)
    assert "[/x][@click=app.quit]" in text
    assert len(text) < 30_000, "a 100 kB rule is cut in the detail"
    assert raw_route(one).isascii()


def test_rows_find_their_containers() -> None:
    route = a_route("wiki@docker", containers=("wiki-id", "gone-id"))
    (one,) = route_rows(a_snapshot(route, containers=(a_container("wiki"),)))
    assert [container.name for container in one.containers] == ["wiki"]

"""The first screen: the answer first, and unknown is never fine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from specter_tui.core.changes import Change, Tone
from specter_tui.core.findings.model import Finding, Severity, Subject, SubjectKind
from specter_tui.core.model import Container, ContainerHealth
from specter_tui.core.proof import ProofVerdict
from specter_tui.core.snapshot import ProtectionState, Snapshot, SourceStatus
from specter_tui.ui.present.base import UNICODE, plain
from specter_tui.ui.present.home import home_entries
from specter_tui.ui.screens.item_pages import ItemPage
from tests.builders import (
    NOW,
    a_certificate_status,
    a_container,
    a_finding,
    a_host,
    a_middleware,
    a_proof,
    a_protection,
    a_route,
    a_snapshot,
    a_source,
    all_sources,
)
from tests.ui.driver import WIDE, running
from tests.ui.fakes import assert_shows, screen_lines, screen_text
from tests.ui.worlds import world

KEYS = {"doctor": "8", "hosts": "3"}


def shown(snapshot: Snapshot, *changes: Change, height: int = 21, width: int = 80) -> list[str]:
    return [plain(entry.line).rstrip() for entry in home_entries(snapshot, changes, (height, width), KEYS, UNICODE)]


def test_when_all_is_well_it_says_so() -> None:
    assert shown(a_snapshot(a_route()))[0] == " ● Nothing needs you."


@pytest.mark.parametrize("status", [SourceStatus.STALE, SourceStatus.FAILED])
def test_what_is_not_known_is_never_fine(status: SourceStatus) -> None:
    lines = shown(a_snapshot(a_route(), sources=all_sources(docker=a_source(status))))
    assert lines[0] == " ? Nothing is known to need you, but not everything is known: Docker"
    assert "●" not in lines[0]


def test_findings_stand_by_how_soon_they_matter() -> None:
    found = [
        a_finding(severity=severity, subject=Subject(SubjectKind.HOST, f"{severity}.example.org"), title="is bad")
        for severity in Severity
    ]
    lines = shown(a_snapshot(a_route(), findings=tuple(found)))
    assert lines[:7] == [
        " ✖ 1 needs you now",
        "   ✖ error.example.org    is bad",
        " ◐ 1 soon",
        "   ◐ warning.example.org  is bad",
        " ? 1 unknown",
        "   ? unknown.example.org  is bad",
        "",
    ], "and what is only to know is none of the three"


def test_many_findings_leave_room_for_how_things_stand() -> None:
    found = tuple(a_finding(subject=Subject(SubjectKind.HOST, f"h{number}.example.org")) for number in range(100))
    lines = shown(a_snapshot(a_route(), findings=found))
    assert lines[0] == " ✖ 100 need you now   91 more, 8 shows all"
    assert len(lines) <= 21
    assert any(line.startswith(" Last") for line in lines)


def test_a_route_is_named_by_its_host_and_a_source_by_its_word() -> None:
    found = (a_finding(), a_finding(subject=Subject(SubjectKind.SOURCE, "acme"), title="too open"))
    lines = shown(a_snapshot(a_route(), findings=found))
    assert lines[1].startswith("   ✖ app1.example.org  no server")
    assert lines[2].startswith("   ✖ acme.json         too open")


def test_how_things_stand() -> None:
    snapshot = a_snapshot(
        a_route(),
        hosts=(a_host(), a_host("b.example.org", protection=a_protection(ProtectionState.UNPROTECTED))),
        containers=(a_container(), a_container("b", state="restarting", health=ContainerHealth.NONE)),
        certificates=(a_certificate_status(days_left=23, used_by=("app1@docker",)), a_certificate_status(days_left=2)),
    )
    assert shown(snapshot)[2:7] == [
        " Hosts         2  ▣ 1 protected  □ 1 open",
        " Routes        1  ● 1",
        " Containers    2  ● 1  ◐ 1   restarting: b",
        " Certs         2  ● next expiry in 23 d, *.example.org",
        " Verify           ? health unknown  ● turns away in 4.0 ms, 1 host hangs on it",
    ]


def test_sources_that_were_never_read_have_no_numbers() -> None:
    sources = all_sources(docker=a_source(SourceStatus.FAILED), acme=a_source(SourceStatus.OFF))
    lines = shown(a_snapshot(a_route(), sources=sources))
    assert " Containers       ✖ not read" in lines
    assert " Certs            ○ off" in lines


@pytest.mark.parametrize(
    ("protections", "expected"),
    [
        ([], "○ no host is protected by it"),
        ([a_protection(proof=None)], "? health unknown  ? not probed yet, 1 host hangs on it"),
        (
            [a_protection(), a_protection(proof=a_proof(ProofVerdict.UNKNOWN))],
            "? health unknown  ? 1 of 2 not proved, 2 hosts hang on it",
        ),
    ],
)
def test_verify_is_fine_only_where_it_was_seen_to_be(protections: list[object], expected: str) -> None:
    hosts = tuple(a_host(f"h{place}.example.org", protection=one) for place, one in enumerate(protections))
    assert f" Verify           {expected}" in shown(a_snapshot(a_route(), hosts=hosts))


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        (a_container("descope-auth"), "● healthy"),
        (a_container("descope-auth", health=ContainerHealth.UNHEALTHY), "✖ unhealthy"),
        (a_container("descope-auth", health=ContainerHealth.NONE), "? no health check"),
        (a_container("descope-auth", state="exited", health=ContainerHealth.NONE), "✖ exited"),
        (a_container("stack-verify-1", labels=(("com.docker.compose.service", "descope-auth"),)), "● healthy"),
        (a_container("another"), "? health unknown"),
    ],
)
def test_how_the_verify_service_is_by_itself(container: Container, expected: str) -> None:
    snapshot = a_snapshot(a_route(), hosts=(a_host(),), middlewares=(a_middleware(),), containers=(container,))
    assert f" Verify           {expected}  ● turns away in 4.0 ms, 1 host hangs on it" in shown(snapshot)


def test_the_verify_service_is_also_known_by_its_address() -> None:
    container = a_container("any")
    asked = a_middleware(address=f"http://{container.networks[0].ip}:3000/verify")
    snapshot = a_snapshot(a_route(), hosts=(a_host(),), middlewares=(asked,), containers=(container,))
    assert any(line.startswith(" Verify           ● healthy") for line in shown(snapshot))


def test_the_worst_replica_of_the_verify_service_counts() -> None:
    replicas = (a_container("descope-auth"), a_container("descope-auth", health=ContainerHealth.UNHEALTHY))
    snapshot = a_snapshot(a_route(), hosts=(a_host(),), middlewares=(a_middleware(),), containers=replicas)
    assert any(line.startswith(" Verify           ✖ unhealthy") for line in shown(snapshot))


def test_a_verify_service_of_which_docker_tells_nothing_new_is_unknown() -> None:
    old = all_sources(docker=a_source(SourceStatus.STALE))
    parts = {"hosts": (a_host(),), "middlewares": (a_middleware(),), "containers": (a_container("descope-auth"),)}
    assert any(
        line.startswith(" Verify           ? health unknown")
        for line in shown(a_snapshot(a_route(), sources=old, **parts))
    )


def _opened(*names: str) -> tuple[Finding, ...]:
    return tuple(
        a_finding(
            code="host-unprotected",
            severity=Severity.INFO,
            subject=Subject(SubjectKind.HOST, name),
            title="open to everyone",
            evidence=("an anonymous request got 200",),
        )
        for name in names
    )


def test_open_hosts_are_listed_and_are_no_alarm() -> None:
    lines = shown(a_snapshot(a_route(), findings=_opened("grafana.example.org")))
    assert lines[:4] == [
        " ● Nothing needs you.",
        " □ 1 open to everyone",
        "   □ grafana.example.org  an anonymous request got 200",
        "",
    ]


def test_many_open_hosts_leave_room_for_what_is_broken() -> None:
    broken = tuple(a_finding(subject=Subject(SubjectKind.HOST, f"h{number}.example.org")) for number in range(20))
    lines = shown(
        a_snapshot(a_route(), findings=(*broken, *_opened(*(f"o{number}.example.org" for number in range(9)))))
    )
    assert " □ 9 open to everyone   3 shows all" in lines
    assert len([line for line in lines if line.startswith("   ✖ ")]) >= 3
    assert len(lines) <= 21


async def test_what_does_not_fit_is_cut_with_an_ellipsis() -> None:
    told = a_finding(subject=Subject(SubjectKind.HOST, "wiki.example.org"), title="word " * 30 + "end")
    async with running(a_snapshot(a_route(), findings=(told,)), view="home") as one:
        line = screen_lines(one.app)[3]
        assert "wiki.example.org" in line
        assert line.rstrip().endswith("…")


def test_the_newest_changes_stand_below() -> None:
    subject = Subject(SubjectKind.ROUTE, "app1@docker")
    changes = [
        Change(NOW - timedelta(minutes=number), Tone.BAD, f"app{number}", "down", subject) for number in range(30)
    ]
    lines = shown(a_snapshot(a_route()), *changes)
    last = next(place for place, line in enumerate(lines) if line.startswith(" Last"))
    assert lines[last].endswith("app0 down")
    assert lines[last + 1].endswith("app1 down")
    assert len(lines) == 21


async def test_enter_explains_and_esc_comes_back() -> None:
    async with running(view="home") as one:
        assert screen_lines(one.app)[3].startswith("▌  ✖ wiki.example.org"), "the cursor is on what comes first"
        await one.press("enter")
        assert isinstance(one.app.screen, ItemPage)
        assert_shows(one.app, "networks: [traefik-proxy] in wiki/compose.yml, then recreate")
        await one.press("u")
        assert (one.view.kind, one.cursor) == ("routes", "wiki@docker")
        await one.press("escape")
        assert one.view.kind == "home"


async def test_a_count_leads_to_its_view() -> None:
    async with running(view="home") as one:
        await one.press("j", "j", "j", "enter")
        assert one.view.kind == "hosts"


async def test_the_detail_stands_beside_it_where_there_is_room() -> None:
    async with running(size=WIDE, view="home") as one:
        assert_shows(one.app, "container.wrong_network")
        await one.press("enter", "j", "escape", "j", "j")
        assert_shows(one.app, "give the token DNS:Edit")


async def test_changes_are_told_as_they_happen() -> None:
    async with running(view="home") as one:
        assert_shows(one.app, "nothing has changed since the start")
        later = replace(world(), taken_at=NOW + timedelta(minutes=2), routes=world().routes[1:])
        await one.give(later)
        assert_shows(one.app, "auth.example.org route vanished")
        await one.give(replace(later, sources=all_sources(docker=a_source(SourceStatus.STALE))))
        assert_shows(one.app, "Docker can't be read", "Docker as of")
        lines = screen_lines(one.app)
        newest = next(place for place, line in enumerate(lines) if line.startswith(" Last"))
        assert "Docker" in lines[newest]
        assert "auth.example.org" in lines[newest + 1]


async def test_the_banner_does_not_say_it_twice() -> None:
    async with running(view="home") as one:
        assert screen_text(one.app).count("wiki is not on traefik-proxy") == 1
        await one.press("2")
        assert_shows(one.app, "✖ 1 needs you now  ◐ 1 soon")


async def test_the_cursor_stays_on_its_line_while_the_lines_move() -> None:
    async with running(view="home") as one:
        await one.press("G")
        before = next(line for line in screen_lines(one.app) if line.startswith("▌") and "Home" not in line)
        more = tuple(a_finding(title=f"more {number}") for number in range(3))
        await one.give(replace(world(), findings=(*world().findings, *more)))
        assert before in screen_lines(one.app)


async def test_without_anything_read_it_says_why() -> None:
    failed = a_source(SourceStatus.FAILED, error="it is away; start it")
    async with running(a_snapshot(sources=all_sources(traefik=failed)), view="home") as one:
        assert_shows(one.app, "Traefik's API is not readable", "it is away; start it")


async def test_a_click_chooses_a_line_and_a_second_one_opens_it() -> None:
    async with running(view="home") as one:
        line = next(y for y, text in enumerate(screen_lines(one.app)) if "Containers" in text and "4" not in text)
        await one.pilot.click(offset=(5, line))
        await one.pilot.click(offset=(5, line))
        await one.until(lambda: one.view.kind == "containers")

"""What happened between two snapshots."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from specter_tui.core.changes import MOST, Change, Tone, changes, folded, remembered
from specter_tui.core.findings.model import Subject, SubjectKind
from specter_tui.core.model import ContainerHealth
from specter_tui.core.snapshot import Health, ProtectionState, Snapshot, SourceStatus
from tests.builders import (
    NOW,
    a_certificate_status,
    a_container,
    a_host,
    a_protection,
    a_route,
    a_snapshot,
    a_source,
    all_sources,
)

LATER = NOW + timedelta(seconds=2)


def told(before: Snapshot, after: Snapshot) -> list[tuple[str, str, str]]:
    return [(one.name, one.what, str(one.tone)) for one in changes(before, replace(after, taken_at=LATER))]


def with_containers(*containers: Any, **more: Any) -> Snapshot:
    return a_snapshot(containers=containers, **more)


def test_nothing_happened() -> None:
    snapshot = a_snapshot(a_route(), hosts=(a_host(),))
    assert told(snapshot, snapshot) == []
    assert told(snapshot, a_snapshot(a_route(), hosts=(a_host(),))) == [], "made anew, and the same"


def test_a_change_has_the_time_of_the_later_snapshot_and_its_subject() -> None:
    before, after = a_snapshot(), a_snapshot(a_route())
    (one, *_) = changes(replace(before, containers=after.containers), replace(after, taken_at=LATER))
    expected = Subject(SubjectKind.ROUTE, "app1@docker")
    assert one == Change(LATER, Tone.PLAIN, "app1.example.org", "route appeared", expected)


def test_routes_come_and_go() -> None:
    one, other = a_route("a@docker", containers=()), a_route("b@docker", containers=())
    assert told(a_snapshot(one), a_snapshot(other)) == [
        ("b.example.org", "route appeared", "plain"),
        ("a.example.org", "route vanished", "plain"),
    ]


def test_many_at_once_are_a_number() -> None:
    routes = [a_route(f"r{number}@docker", containers=()) for number in range(6)]
    assert told(a_snapshot(), a_snapshot(*routes)) == [("6", "routes appeared", "plain")]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (ProtectionState.UNPROTECTED, [("app1.example.org", "open to everyone", "bad")]),
        (ProtectionState.BYPASSED, [("app1.example.org", "bypassed", "bad")]),
        (ProtectionState.UNKNOWN, [("app1.example.org", "protection unknown", "warn")]),
        (ProtectionState.PROTECTED, []),
    ],
)
def test_protection(state: ProtectionState, expected: list[tuple[str, str, str]]) -> None:
    after = a_snapshot(hosts=(a_host(protection=a_protection(state)),))
    assert told(a_snapshot(hosts=(a_host(),)), after) == expected


def test_what_is_unknown_since_a_source_died_is_told_once() -> None:
    before = a_snapshot(hosts=(a_host(),))
    unknown = a_host(protection=a_protection(ProtectionState.UNKNOWN))
    after = a_snapshot(hosts=(unknown,), sources=all_sources(docker=a_source(SourceStatus.STALE)))
    assert told(before, after) == [("Docker", "can't be read", "bad")]
    assert told(after, before) == [("Docker", "is read again", "good")]


def test_a_source_that_was_never_read_makes_nothing_appear() -> None:
    failed = all_sources(traefik=a_source(SourceStatus.FAILED), docker=a_source(SourceStatus.FAILED))
    before = a_snapshot(sources=failed)
    after = a_snapshot(a_route(), hosts=(a_host(),))
    assert told(before, after) == [("Traefik", "is read again", "good"), ("Docker", "is read again", "good")]


def test_the_first_answer_of_a_source_is_no_news() -> None:
    awaited = all_sources(docker=a_source(SourceStatus.FAILED, next_try=None))
    assert told(a_snapshot(sources=awaited), a_snapshot()) == []


def test_health_of_routes() -> None:
    good, bad = a_route(), a_route(health=Health.DOWN)
    assert told(a_snapshot(good), a_snapshot(bad)) == [("app1.example.org", "down", "bad")]
    assert told(a_snapshot(bad), a_snapshot(good)) == [("app1.example.org", "answers again", "good")]
    assert told(a_snapshot(good), a_snapshot(a_route(health=Health.UNKNOWN))) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"id": "another"}, ("recreated", "plain")),
        ({}, {"state": "exited"}, ("exited", "bad")),
        ({}, {"state": "restarting"}, ("restarting", "warn")),
        ({"state": "exited"}, {}, ("running again", "good")),
        ({}, {"health": ContainerHealth.UNHEALTHY}, ("unhealthy", "bad")),
        ({"health": ContainerHealth.STARTING}, {}, ("healthy", "good")),
        ({}, {"health": ContainerHealth.STARTING}, None),
        ({"status": "Up 3 hours"}, {"status": "Up 4 seconds"}, ("restarted", "warn")),
        ({"status": "Up About an hour"}, {"status": "Up Less than a second"}, ("restarted", "warn")),
        ({"status": "Up 59 seconds"}, {"status": "Up About a minute"}, None),
        ({"status": "Up 47 hours"}, {"status": "Up 2 days"}, None),
        ({"status": "Up 13 days"}, {"status": "Up 2 weeks"}, None),
        ({"status": "something new"}, {"status": "Up 4 seconds"}, None),
    ],
)
def test_containers(before: dict[str, Any], after: dict[str, Any], expected: tuple[str, str] | None) -> None:
    found = told(with_containers(a_container(**before)), with_containers(a_container(**after)))
    assert found == ([] if expected is None else [("app1", *expected)])


def test_containers_come_and_go() -> None:
    found = told(with_containers(a_container("a")), with_containers(a_container("b")))
    assert found == [("b", "started", "plain"), ("a", "removed", "plain")]


def test_certificates() -> None:
    old, new = a_certificate_status(days_left=20), a_certificate_status(days_left=90)
    other = a_certificate_status("other.example.org")
    renewed = f"certificate renewed until {new.certificate.not_after:%Y-%m-%d}"
    assert told(a_snapshot(certificates=(old,)), a_snapshot(certificates=(new, other))) == [
        ("*.example.org", renewed, "good"),
        ("other.example.org", "certificate issued", "good"),
    ]
    assert told(a_snapshot(certificates=(new, old)), a_snapshot(certificates=(new,))) == []


def test_the_log_is_bounded_and_the_newest_stand_first() -> None:
    log: tuple[Change, ...] = ()
    for number in range(MOST + 10):
        log = remembered(log, [Change(NOW, Tone.PLAIN, str(number), "happened")])
    assert len(log) == MOST
    assert log[0].name == str(MOST + 9)


def test_what_happens_again_is_counted_and_moves_to_the_head() -> None:
    restarting = Change(NOW, Tone.WARN, "importer", "restarting")
    other = Change(NOW, Tone.PLAIN, "wiki", "recreated")
    log = remembered(remembered(remembered((), [restarting]), [other]), [replace(restarting, at=LATER)])
    assert log == (replace(restarting, at=LATER, times=2), other)
    assert remembered(log, [replace(restarting, at=LATER)])[0].times == 3


def test_what_repeats_in_turns_is_one_line_of_a_short_list() -> None:
    loop = [
        Change(NOW, Tone.WARN, "cron", "restarting", times=4),
        Change(NOW, Tone.GOOD, "wiki", "healthy"),
        Change(NOW, Tone.GOOD, "cron", "running again", times=3),
        Change(NOW, Tone.BAD, "wiki", "unhealthy"),
    ]
    assert [(one.name, one.what, one.times) for one in folded(loop)] == [
        ("cron", "restarting, running again", 4),
        ("wiki", "healthy", 1),
        ("wiki", "unhealthy", 1),
    ]

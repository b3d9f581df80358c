"""Protection that was asked for and does not hold is an error for as long as that lasts."""

from __future__ import annotations

from specter_tui.core.asked import Asked, AskedRead, asked_with, asked_without
from specter_tui.core.findings.asked import with_asked
from specter_tui.core.findings.model import Severity
from specter_tui.core.model import PublishedPort
from specter_tui.core.snapshot import Snapshot, SourceName, SourceState, SourceStatus
from tests.builders import DOMAIN, a_container, a_middleware, a_router, all_sources
from tests.core.joining import VERIFY, joined

HOST = f"app1.{DOMAIN}"
ASKED = AskedRead((Asked(HOST, "labels", "2026-11-22T10:00:00Z", "ops"),))


def lost(snapshot: Snapshot) -> list[str]:
    found = with_asked(snapshot, ASKED).findings
    assert all(one.severity is Severity.ERROR for one in found if one.code == "protection-lost")
    return [one.title for one in found if one.code == "protection-lost" and one.subject.id == HOST]


def test_protection_that_holds_is_no_finding() -> None:
    assert not lost(joined(a_router(middlewares=(VERIFY,))))


def test_open_bypassed_and_guarded_by_something_else() -> None:
    around = a_container(published=(PublishedPort("203.0.113.9", 8000, 8000, "tcp"),))
    basic = a_middleware("b@docker", type="basicauth", address="")
    assert "open to everyone" in lost(joined(a_router()))[0]
    assert "skipped" in lost(joined(a_router(middlewares=(VERIFY,)), containers=[around]))[0]
    assert "something else" in lost(joined(a_router(middlewares=("b@docker",)), middlewares=[basic]))[0]


def test_a_host_that_nothing_answers_for_is_closed() -> None:
    assert not lost(joined(a_router("other@docker")))


def test_an_old_read_of_traefik_tells_nothing_new() -> None:
    states = {**all_sources(), SourceName.TRAEFIK: SourceState(SourceStatus.STALE)}
    assert not lost(joined(a_router(), states=states))


def test_what_can_not_be_read_is_an_error_and_never_nothing() -> None:
    found = with_asked(joined(a_router()), AskedRead(problem="x is not understood")).findings
    assert found[0].code == "asked-unreadable"
    assert found[0].severity is Severity.ERROR


def test_one_entry_a_host() -> None:
    again = Asked(HOST, "overlay", "2026-11-23T10:00:00Z", "root")
    other = Asked(f"a.{DOMAIN}", "labels", "2026-11-23T10:00:00Z", "root")
    assert asked_with(ASKED.hosts, [again, other]) == (other, again)
    assert asked_without((other, again), [HOST], "default") == (other,)

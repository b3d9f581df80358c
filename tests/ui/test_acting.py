"""Changing things from the dashboard: nothing is done before it was shown and said, and the lock holds."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from textual.widgets import Button

from specter_tui.core.actions.model import Outcome, Phase, Plan, Result, Standing, Wish
from specter_tui.core.actions.ports import Progress
from specter_tui.core.findings.interrupted import with_interrupted
from specter_tui.core.findings.model import Subject, SubjectKind
from specter_tui.core.pending import PendingError
from specter_tui.core.protecting import OverlayNeeded
from specter_tui.core.snapshot import ProtectionState, Snapshot
from specter_tui.ui.acting.offers import offers, protecting, restarting
from specter_tui.ui.acting.permit import ARMED_FOR, Permit
from specter_tui.ui.present.kinds.findings import key_of
from specter_tui.ui.screens.action_menu import ActionMenu
from specter_tui.ui.screens.action_page import ActionPage, Stage
from specter_tui.ui.screens.journal_page import EntryPage, JournalPage
from tests.builders import a_container, a_finding, a_host, a_middleware, a_protection, a_route, a_snapshot, replace
from tests.ui.desk import FakeDesk, a_step, an_entry
from tests.ui.driver import WIDE, Driver, running
from tests.ui.fakes import assert_shows, screen_text


def snapshot_of(state: ProtectionState = ProtectionState.UNPROTECTED, container: str = "running") -> Snapshot:
    route = a_route("wiki@docker", protection=a_protection(state))
    host = a_host("wiki.example.org", protection=a_protection(state))
    return a_snapshot(route, hosts=(host,), containers=(a_container("wiki", state=container),))


async def asked(one: Driver) -> ActionPage:
    await one.until(lambda: isinstance(one.app.screen, ActionPage) and one.app.screen.stage is not Stage.PLANNING)
    page = one.app.screen
    assert isinstance(page, ActionPage)
    return page


async def ended(one: Driver, page: ActionPage) -> None:
    await one.until(lambda: page.stage is Stage.ENDED)


@pytest.mark.parametrize("size", [(80, 24), WIDE])
async def test_p_shows_the_plan_and_enter_on_cancel_does_nothing(size: tuple[int, int]) -> None:
    desk = FakeDesk()
    async with running(snapshot_of(), make_desk=lambda: desk, size=size) as one:
        await one.press("p")
        await asked(one)
        assert desk.wishes == [Wish("protect", "wiki@docker")]
        assert_shows(one.app, "Protect wiki@docker   by labels", "+   - m=verify@docker", "risk  about 3 s")
        assert_shows(one.app, "proof an anonymous request", "undo  puts the file back", "Cancel")
        await one.press("enter")
        assert not isinstance(one.app.screen, ActionPage)
        assert desk.done == []


async def test_the_second_answer_does_it_and_shows_the_proof() -> None:
    desk = FakeDesk()
    async with running(snapshot_of(), make_desk=lambda: desk) as one:
        before = one.collector.collections
        await one.press("p")
        page = await asked(one)
        await one.press("right", "enter")
        await ended(one, page)
        assert desk.done == ["protect wiki@docker"]
        assert_shows(one.app, "● wrote wiki.yml", "● done", "proof 307 to auth.example.org, 41 ms", "z undo")
        await one.until(lambda: one.collector.collections > before)  # and looks at once
        await one.press("escape")
        assert one.view.kind == "routes"


async def test_what_opens_a_host_has_to_be_typed() -> None:
    desk = FakeDesk(opens=("wiki.example.org",))
    async with running(snapshot_of(ProtectionState.PROTECTED), make_desk=lambda: desk) as one:
        await one.press("p")
        page = await asked(one)
        assert desk.wishes == [Wish("unprotect", "wiki@docker")]
        assert_shows(one.app, "□ opens wiki.example.org to everyone", "type wiki.example.org to open it")
        await one.press(*"wiki.example.or", "enter")
        assert one.app.focused is page.query_one("#cancel", Button)
        await one.press("right", "enter")
        assert desk.done == []
    async with running(snapshot_of(ProtectionState.PROTECTED), make_desk=lambda: desk) as one:
        await one.press("p")
        page = await asked(one)
        await one.press(*"wiki.example.org", "enter", "enter")
        await ended(one, page)
        assert desk.done == ["unprotect wiki@docker"]


async def test_leaving_the_page_only_stops_looking() -> None:
    desk = FakeDesk()
    desk.go.clear()
    async with running(snapshot_of(), make_desk=lambda: desk) as one:
        await one.press("p")
        page = await asked(one)
        await one.press("right", "enter")
        await one.until(lambda: "wrote wiki.yml" in screen_text(one.app))
        assert page.stage is Stage.RUNNING
        assert_shows(one.app, "leaving this page does not stop it")
        await one.press("escape")
        await one.until(lambda: desk.left == 1)
        assert one.view.kind == "routes"


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        (Outcome(Result.ROLLED_BACK, "Traefik did not take it up", (), "7"), "◐ failed, everything was put back"),
        (Outcome(Result.ROLLBACK_FAILED, "the disk is full", (), "7"), "✖ FAILED, and could not be put back"),
        (Outcome(Result.REFUSED, "the file was changed", ()), "◐ refused, nothing was changed"),
    ],
)
async def test_how_it_ended_is_said_with_the_reason(outcome: Outcome, shown: str) -> None:
    desk = FakeDesk()
    desk.progress = (a_step("wrote wiki.yml"), a_step("put wiki.yml back", Phase.ROLLBACK), outcome)
    async with running(snapshot_of(), make_desk=lambda: desk) as one:
        await one.press("p")
        page = await asked(one)
        await one.press("right", "enter")
        await ended(one, page)
        assert_shows(one.app, shown, outcome.reason, "putting back: put wiki.yml back")
        assert page.undoable == ""


async def test_a_refusal_stands_on_the_page() -> None:
    async with running(snapshot_of(), make_desk=lambda: FakeDesk(refuses="it is the sign-in host")) as one:
        await one.press("p")
        await ended(one, await asked(one))
        assert_shows(one.app, "it is the sign-in host; try something else")


async def test_a_plan_that_breaks_says_so_and_the_dashboard_goes_on() -> None:
    class Broken(FakeDesk):
        async def plan(self, wish: Wish, _snapshot: object) -> object:  # type: ignore[override]  # it never gives one
            raise RuntimeError("no such luck")

    async with running(snapshot_of(), make_desk=Broken) as one:
        await one.press("p")
        await ended(one, await asked(one))
        assert_shows(one.app, "RuntimeError: no such luck")
        await one.press("escape")
        assert one.view.kind == "routes"


async def test_progress_that_breaks_off_is_never_told_as_nothing_done() -> None:
    class Broken(FakeDesk):
        async def carry_out(self, plan: Plan) -> AsyncGenerator[Progress, None]:
            yield a_step("wrote wiki.yml")
            raise RuntimeError("no such luck")

    async with running(snapshot_of(), make_desk=Broken) as one:
        await one.press("p")
        page = await asked(one)
        await one.press("right", "enter")
        await ended(one, page)
        assert_shows(one.app, "wrote wiki.yml", "how it ended is not known here", "RuntimeError: no such luck")
        assert "nothing was changed" not in screen_text(one.app)


async def test_restart_asks_which_where_there_are_several() -> None:
    desk = FakeDesk()
    route = a_route("wiki@docker", containers=("a-id", "b-id"))
    both = a_snapshot(route, containers=(a_container("a"), a_container("b")))
    async with running(both, make_desk=lambda: desk) as one:
        await one.press("r")
        assert isinstance(one.app.screen, ActionMenu)
        await one.press("j", "enter")
        await asked(one)
        assert desk.wishes == [Wish("restart", "b")]


async def test_read_only_forbids_everything_and_no_key_lifts_it() -> None:
    desk = FakeDesk()
    async with running(snapshot_of(), make_desk=lambda: desk, read_only=True, locked=True) as one:
        assert_shows(one.app, "read-only")
        for keys in (("p",), ("z",), ("!",), ("p",)):
            await one.press(*keys)
            assert_shows(one.app, "no key lifts that")
        assert desk.wishes == []


async def test_locked_until_it_is_armed_with_the_time_in_sight() -> None:
    desk = FakeDesk()
    async with running(snapshot_of(), make_desk=lambda: desk, locked=True) as one:
        assert_shows(one.app, "locked")
        await one.press("p")
        assert_shows(one.app, "! arms it for 5 minutes")
        await one.press("!")
        assert_shows(one.app, "armed 5:00")
        await one.press("p")
        await asked(one)
        await one.press("escape", "!")
        assert_shows(one.app, "locked again")
        await one.press("p")
        assert len(desk.wishes) == 1


async def test_a_lock_that_comes_back_while_it_asks_still_holds() -> None:
    desk = FakeDesk()
    async with running(snapshot_of(), make_desk=lambda: desk, locked=True) as one:
        await one.press("!", "p")
        page = await asked(one)
        one.app.permit._until = 0.0
        await one.press("right", "enter")
        await ended(one, page)
        assert desk.done == []
        assert_shows(one.app, "this dashboard is locked")


def test_the_lock_counts_down() -> None:
    permit = Permit(locked=True)
    assert permit.refusal(0.0)
    permit.toggle(100.0)
    assert (permit.refusal(100.0), permit.left(100.0), permit.sign(160.5)) == ("", ARMED_FOR, "armed 4:00")
    assert permit.refusal(100.0 + ARMED_FOR)
    assert permit.sign(100.0 + ARMED_FOR) == "locked"
    assert Permit().refusal(0.0) == Permit().sign(0.0) == ""


async def test_the_journal_undoes_what_is_at_the_cursor() -> None:
    desk = FakeDesk()
    desk.entries = (an_entry("n2", undone_by="n9"), an_entry("n1"))
    async with running(snapshot_of(), make_desk=lambda: desk, size=WIDE) as one:
        await one.press("@")
        assert isinstance(one.app.screen, JournalPage)
        assert_shows(one.app, "protect wiki.example.org", "● done", "○ undone", "ops")
        await one.press("j", "enter")
        assert isinstance(one.app.screen, EntryPage)
        assert_shows(one.app, "m=verify@docker", "proof 307 to auth.example.org")
        await one.press("z")
        page = await asked(one)
        assert page.plan is not None
        assert page.plan.undoes == "n1"
        assert_shows(one.app, "type wiki.example.org")


async def test_an_interrupted_change_is_finished_or_taken_back() -> None:
    desk = FakeDesk()
    desk.entries = (an_entry("n3", standing=Standing.INTERRUPTED, result=Result.PLANNED),)
    async with running(snapshot_of(), make_desk=lambda: desk) as one:
        await one.press("@")
        assert_shows(one.app, "✖ interrupted")
        await one.press("x")
        assert_shows(one.app, "Finish", "Take back")
        await one.press("j", "enter")
        page = await asked(one)
        await one.press("right", "enter")
        await ended(one, page)
        assert desk.done == ["take back n3"]


async def test_without_a_desk_it_says_so() -> None:
    async with running(snapshot_of()) as one:
        await one.press("p")
        await one.until(lambda: "can't change anything" in screen_text(one.app))
        await one.press("@")
        assert_shows(one.app, "can't change anything")


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        (ProtectionState.UNPROTECTED, ["protect", "protect overlay"]),
        (ProtectionState.OTHER_AUTH, ["protect", "protect overlay"]),
        (ProtectionState.PROTECTED, ["unprotect"]),
        (ProtectionState.BYPASSED, ["protect", "protect overlay", "unprotect"]),
        (ProtectionState.UNKNOWN, ["protect", "protect overlay", "unprotect"]),
        (ProtectionState.NOT_APPLICABLE, []),
    ],
)
def test_what_is_offered_by_protection(state: ProtectionState, actions: list[str]) -> None:
    snapshot = snapshot_of(state)
    for kind, key in (("routes", "wiki@docker"), ("hosts", "wiki.example.org"), ("dns", "wiki.example.org")):
        found = offers(kind, key, snapshot)
        assert [f"{one.wish.action} {one.wish.via}".strip() for one in found] == [*actions, "restart", "stop"]
        assert [one.wish.action for one in protecting(found)] == actions[:1]


def test_what_the_overlay_guards_is_replaced_by_labels_or_taken_away() -> None:
    guard = a_protection(by=("specter-verify-0123456789ab@file",))
    snapshot = replace(snapshot_of(), hosts=(a_host("wiki.example.org", protection=guard),))
    found = offers("hosts", "wiki.example.org", snapshot)
    assert [(one.verb, one.wish.via) for one in found[:2]] == [("Protect", ""), ("Take the overlay away", "overlay")]
    assert protecting(found) == found[:1]


async def test_what_the_overlay_guards_says_so_in_the_table() -> None:
    guard = a_protection(by=("specter-verify-0123456789ab@file", "basic@docker"))
    snapshot = replace(snapshot_of(), hosts=(a_host("wiki.example.org", protection=guard),))
    async with running(snapshot, view="hosts", size=WIDE) as one:
        assert_shows(one.app, "the overlay, basic@docker")


@pytest.mark.parametrize("size", [(80, 24), WIDE])
async def test_what_waits_to_be_deployed_is_listed_and_can_be_included(size: tuple[int, int]) -> None:
    class Waiting(FakeDesk):
        async def plan(self, wish: Wish, snapshot: Snapshot) -> Plan:
            if not wish.include_pending:
                raise PendingError(("wiki: variable TOKEN: another value", "wiki: image: wiki:1 -> wiki:[red]2"))
            return await super().plan(wish, snapshot)

    desk = Waiting()
    async with running(snapshot_of(), make_desk=lambda: desk, size=size) as one:
        await one.press("p")
        page = await asked(one)
        assert page.stage is Stage.WAITING
        assert_shows(
            one.app, "other changes wait", "wiki: variable TOKEN: another value", "wiki:[red]2", "Include them"
        )
        await one.press("right", "enter")
        await one.until(lambda: page.stage is Stage.ASKING)
        assert desk.wishes == [Wish("protect", "wiki@docker", include_pending=True)]
        assert_shows(one.app, "Protect", "Cancel")
        await one.press("right", "enter")
        await ended(one, page)
        assert desk.done == ["protect wiki@docker"]


@pytest.mark.parametrize("size", [(80, 24), WIDE])
async def test_where_no_label_can_protect_the_overlay_is_offered_by_name(size: tuple[int, int]) -> None:
    class NotByLabels(FakeDesk):
        async def plan(self, wish: Wish, snapshot: Snapshot) -> Plan:
            if wish.via != "overlay":
                raise OverlayNeeded("the container [red]wiki was not made by Docker Compose")
            return await super().plan(wish, snapshot)

    desk = NotByLabels()
    async with running(snapshot_of(), make_desk=lambda: desk, size=size) as one:
        await one.press("p")
        page = await asked(one)
        assert page.stage is Stage.WAITING
        assert_shows(one.app, "labels can't protect it", "the container [red]wiki was not made", "By the overlay")
        await one.press("right", "enter")
        await one.until(lambda: page.stage is Stage.ASKING)
        assert desk.wishes == [Wish("protect", "wiki@docker", via="overlay")]
        await one.press("enter")  # the cursor is on Cancel again
        assert not desk.done


@pytest.mark.parametrize("size", [(80, 24), WIDE])
async def test_an_interrupted_change_is_told_at_the_start_and_ended_from_there(size: tuple[int, int]) -> None:
    entry = an_entry("20261122-140200-1a2b3c", standing=Standing.INTERRUPTED, result=Result.PLANNED, context="vps1")
    desk = FakeDesk()
    desk.entries = (entry,)
    snapshot = with_interrupted(snapshot_of(), desk.entries)
    async with running(snapshot, make_desk=lambda: desk, size=size, view="home") as one:
        assert_shows(one.app, "protect wiki.example.org was interrupted", "finishes it or takes it back")
        await one.until(lambda: one.app.check_action("actions", ()) is not False)
        await one.press("x")  # the cursor begins on it
        await one.until(lambda: isinstance(one.app.screen, ActionMenu))
        assert_shows(one.app, "Finish", "Take back")
        await one.press("enter")
        page = await asked(one)
        await one.press("right", "enter")
        await ended(one, page)
        assert desk.done == ["finish 20261122-140200-1a2b3c"]


@pytest.mark.parametrize(
    ("state", "actions"), [("running", ["restart"]), ("exited", ["start"]), ("paused", ["restart"])]
)
def test_what_is_offered_by_the_container_s_state(state: str, actions: list[str]) -> None:
    snapshot = snapshot_of(ProtectionState.NOT_APPLICABLE, state)
    found = offers("containers", "wiki-id", snapshot)
    assert [one.wish for one in restarting(found)] == [Wish(action, "wiki") for action in actions]


def test_nothing_is_offered_for_what_can_t_be_changed() -> None:
    snapshot = snapshot_of()
    assert offers("middlewares", "wiki@docker", snapshot) == offers("routes", "other@docker", snapshot) == ()


def test_a_finding_offers_what_its_subject_does() -> None:
    finding = a_finding(subject=Subject(SubjectKind.HOST, "wiki.example.org"))
    snapshot = replace(snapshot_of(), findings=(finding,))
    assert offers("doctor", key_of(finding), snapshot) == offers("hosts", "wiki.example.org", snapshot)
    source = a_finding(subject=Subject(SubjectKind.SOURCE, "traefik"))
    assert offers("doctor", key_of(source), replace(snapshot, findings=(source,))) == ()


async def test_a_verify_service_that_is_down_can_be_deployed_where_it_is_shown() -> None:
    finding = a_finding("verify-down", subject=Subject(SubjectKind.MIDDLEWARE, "descope-verify@docker"))
    container = a_container("descope-auth", state="exited")
    snapshot = a_snapshot(findings=(finding,), containers=(container,), middlewares=(a_middleware(),))
    wanted = Wish("deploy", "verify")
    assert [one.wish for one in offers("doctor", key_of(finding), snapshot)] == [wanted]
    assert [one.wish for one in offers("containers", container.id, snapshot)] == [wanted, Wish("start", "descope-auth")]
    other = a_snapshot(containers=(a_container("wiki"),), middlewares=(a_middleware(),))
    assert wanted not in [one.wish for one in offers("containers", "wiki-id", other)]

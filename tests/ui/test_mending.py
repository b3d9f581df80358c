"""Mending DNS from the dashboard: the plan first, each unmarked record by choice, limits by another yes."""

from __future__ import annotations

import pytest

from specter_tui.core.actions.model import Change, Outcome, Plan, Result, Wish
from specter_tui.core.dns.plan import LimitError
from specter_tui.core.findings.model import Subject, SubjectKind
from specter_tui.core.snapshot import Snapshot
from specter_tui.ui.acting.offers import MEND, mending, offers
from specter_tui.ui.present.kinds.findings import key_of
from specter_tui.ui.screens.action_page import ActionPage, Stage
from specter_tui.ui.screens.adopt_choice import AdoptChoice
from tests.builders import a_finding, replace
from tests.core.dns.records import OTHER, OURS, a_record
from tests.ui.desk import FakeDesk, a_step
from tests.ui.dns_world import FINE, MISSING, UNMARKED, WRONG, dns_world
from tests.ui.driver import WIDE, Driver, running
from tests.ui.fakes import assert_shows, screen_text

SIZES = [(80, 24), WIDE]
RECORD = Change(f"record {WRONG}", f"A {OTHER}\nproxied\n", f"A {OURS}\nproxied\n")


class DnsDesk(FakeDesk):
    """A desk whose plan has one record."""

    def __init__(self) -> None:
        super().__init__(changes=(RECORD,), via="", proof="Cloudflare is asked again", undo="puts it back")


class Limited(DnsDesk):
    """One that refuses what goes beyond a limit."""

    async def plan(self, wish: Wish, snapshot: Snapshot) -> Plan:
        if not wish.force:
            raise LimitError(("11 records would change, more than 10", "example.org is a zone's own name"))
        return await super().plan(wish, snapshot)


async def page_of(one: Driver) -> ActionPage:
    await one.until(lambda: isinstance(one.app.screen, ActionPage) and one.app.screen.stage is not Stage.PLANNING)
    assert isinstance(one.app.screen, ActionPage)
    return one.app.screen


async def choosing(one: Driver) -> None:
    await one.until(lambda: isinstance(one.app.screen, AdoptChoice))


@pytest.mark.parametrize("size", SIZES)
async def test_unmarked_records_are_listed_and_none_is_taken_unless_marked(size: tuple[int, int]) -> None:
    desk = DnsDesk()
    async with running(dns_world(), make_desk=lambda: desk, size=size, view="dns") as one:
        await one.press("m")
        await choosing(one)
        assert_shows(one.app, "Which of these may be taken over?", "None is marked as ours")
        assert_shows(one.app, f"[ ] {UNMARKED}", f"A {OTHER}", f"A {OURS}")
        assert WRONG not in screen_text(one.app), "what is ours needs no choice"
        await one.press("enter")
        page = await page_of(one)
        assert desk.wishes == [Wish("dns", "")]
        assert_shows(one.app, "Mend DNS of all hosts", f"record {WRONG}", f"- A {OTHER}", f"+ A {OURS}", "proof Cloud")
        assert page.stage is Stage.ASKING
        await one.press("enter")  # the cursor begins on Cancel
        assert desk.done == []


async def test_a_record_that_is_marked_is_taken_over_and_the_change_is_done_and_undone() -> None:
    desk = DnsDesk()
    async with running(dns_world(), make_desk=lambda: desk, view="dns") as one:
        await one.press("m")
        await choosing(one)
        await one.press("space")
        assert_shows(one.app, f"[x] {UNMARKED}", "1 marked")
        await one.press("enter")
        page = await page_of(one)
        assert desk.wishes == [Wish("dns", "", adopted=(UNMARKED,))]
        await one.press("right", "enter")
        await one.until(lambda: page.stage is Stage.ENDED)
        assert desk.done == ["dns "]
        assert_shows(one.app, "● done", "z undo")


async def test_leaving_the_choice_plans_nothing() -> None:
    desk = DnsDesk()
    async with running(dns_world(), make_desk=lambda: desk, view="dns") as one:
        await one.press("m")
        await choosing(one)
        await one.press("space", "escape")
        await one.until(lambda: not isinstance(one.app.screen, AdoptChoice))
        assert desk.wishes == []
        assert one.view.kind == "dns"


@pytest.mark.parametrize("size", SIZES)
async def test_what_goes_beyond_a_limit_is_said_and_asked_for_by_itself(size: tuple[int, int]) -> None:
    desk = Limited()
    snapshot = dns_world(a_record(WRONG, OTHER, comment="managed-by=specter"), hosts=(WRONG,))
    async with running(snapshot, make_desk=lambda: desk, size=size, view="dns") as one:
        await one.press("m")
        page = await page_of(one)
        assert page.stage is Stage.WAITING
        assert_shows(one.app, "11 records would change, more than 10", "example.org is a zone's own name")
        assert_shows(one.app, "Nothing was changed so far", "Show it all the same")
        await one.press("right", "enter")
        await one.until(lambda: page.stage is Stage.ASKING)
        assert desk.wishes == [Wish("dns", "", force=True)]
        await one.press("enter")  # on Cancel again
        assert desk.done == []


async def test_one_host_is_mended_by_itself() -> None:
    desk = DnsDesk()
    async with running(dns_world(), make_desk=lambda: desk, view="dns") as one:
        await one.app.visit("dns", UNMARKED)
        await one.press("x")
        assert_shows(one.app, f"host {UNMARKED}", "of all hosts")
        await one.press("enter")
        await choosing(one)
        await one.press("space", "enter")
        await page_of(one)
        assert desk.wishes == [Wish("dns", UNMARKED, adopted=(UNMARKED,))]
        assert_shows(one.app, f"Mend DNS {UNMARKED}")


async def test_a_plan_without_changes_says_so_and_can_t_be_confirmed() -> None:
    desk = FakeDesk(changes=(), risks=())
    snapshot = dns_world(a_record(WRONG, OTHER, comment="managed by terraform"), hosts=(WRONG,))
    async with running(snapshot, make_desk=lambda: desk, view="dns") as one:
        await one.press("m")
        await page_of(one)
        assert_shows(one.app, "nothing has to be changed")
        await one.press("right", "enter")
        assert desk.done == []


async def test_the_end_is_in_sight_where_only_the_end_made_the_page_too_long() -> None:
    desk = DnsDesk()
    proofs = tuple(f"Cloudflare has record {number}" for number in range(8))
    desk.progress = (a_step("A one"), Outcome(Result.DONE, "", proofs, "20261122-7"))
    snapshot = dns_world(a_record(WRONG, OTHER, comment="managed-by=specter"), hosts=(WRONG,))
    async with running(snapshot, make_desk=lambda: desk, view="dns") as one:
        await one.press("m")
        page = await page_of(one)
        assert page.pane.max_scroll_y == 0
        await one.press("right", "enter")
        await one.until(lambda: page.stage is Stage.ENDED and page.pane.max_scroll_y > 0)
        await one.until(lambda: "journal 20261122-7" in screen_text(one.app))


def test_what_is_offered_where() -> None:
    snapshot = dns_world()
    mend = [one.wish for one in mending(offers("dns", MISSING, snapshot))]
    assert mend == [Wish("dns", MISSING), MEND.wish]
    assert [one.wish for one in mending(offers("dns", FINE, snapshot))] == [MEND.wish]
    assert mending(offers("hosts", FINE, snapshot)) == ()
    assert [one.wish for one in mending(offers("hosts", MISSING, snapshot))] == mend
    finding = a_finding("dns-missing", subject=Subject(SubjectKind.HOST, MISSING))
    assert mending(offers("doctor", key_of(finding), replace(snapshot, findings=(finding,)))) != ()
    right = dns_world(a_record(FINE), hosts=(FINE,))
    assert mending(offers("dns", FINE, right)) == ()

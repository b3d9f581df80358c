"""Renewing a certificate from the dashboard: offered where Traefik can order it, and shown like every change."""

from __future__ import annotations

import pytest

from specter_tui.core.actions.model import Wish
from specter_tui.core.findings.model import Subject, SubjectKind
from specter_tui.core.model import OF_TRAEFIK
from specter_tui.ui.acting.offers import offers
from specter_tui.ui.present.kinds.findings import key_of
from specter_tui.ui.screens.action_menu import ActionMenu
from specter_tui.ui.screens.action_page import ActionPage, Stage
from tests.builders import a_certificate, a_certificate_status, a_finding, a_route, a_snapshot, replace
from tests.ui.desk import FakeDesk
from tests.ui.driver import WIDE, running
from tests.ui.fakes import assert_shows

ONE = a_certificate_status("wiki.example.org")
BY_FILE = a_certificate_status(certificate=a_certificate("own.test", resolver="", source=OF_TRAEFIK), renews_at=None)


@pytest.mark.parametrize("size", [(80, 24), WIDE])
async def test_x_on_a_certificate_offers_it_and_shows_the_plan(size: tuple[int, int]) -> None:
    desk = FakeDesk()
    snapshot = a_snapshot(a_route(), certificates=(ONE,))
    async with running(snapshot, make_desk=lambda: desk, size=size) as one:
        await one.show("certificates")
        await one.press("x")
        assert isinstance(one.app.screen, ActionMenu)
        assert_shows(one.app, "Have Traefik order anew", "certificate wiki.example.org")
        await one.press("enter")
        await one.until(lambda: isinstance(one.app.screen, ActionPage) and one.app.screen.stage is not Stage.PLANNING)
        assert desk.wishes == [Wish("renew", "wiki.example.org")]
        assert_shows(one.app, "Have Traefik order anew wiki.example.org")


def test_only_what_a_resolver_ordered_is_offered() -> None:
    snapshot = a_snapshot(a_route(), certificates=(ONE, BY_FILE))
    assert [one.wish for one in offers("certificates", ONE.key, snapshot)] == [Wish("renew", "wiki.example.org")]
    assert offers("certificates", BY_FILE.key, snapshot) == ()


def test_one_of_several_is_named_by_its_id() -> None:
    twin = replace(ONE, certificate=replace(ONE.certificate, resolver="zero", fingerprint="cd" * 32))
    snapshot = a_snapshot(a_route(), certificates=(ONE, twin))
    assert [one.wish.target for one in offers("certificates", twin.key, snapshot)] == ["cd" * 6]


def test_a_finding_about_a_certificate_offers_it() -> None:
    finding = a_finding("certificate-chain", subject=Subject(SubjectKind.CERTIFICATE, "wiki.example.org"))
    snapshot = a_snapshot(a_route(), certificates=(ONE,), findings=(finding,))
    assert [one.wish for one in offers("doctor", key_of(finding), snapshot)] == [Wish("renew", "wiki.example.org")]

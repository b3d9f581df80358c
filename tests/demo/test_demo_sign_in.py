"""The demo in a browser: a protected sample application leads through the sign-in and back, and out again."""

from __future__ import annotations

from pathlib import Path

import pytest

from specter_tui.demo.certificates import CA_FILE
from specter_tui.demo.descope import PEOPLE
from specter_tui.demo.layout import Demo
from specter_tui.demo.sample import DOMAIN
from specter_tui.demo.system import running
from tests.live.verify_browser import Browser, running_browser
from tests.live.verify_parts import Background
from tests.traefik_process import binary

pytestmark = pytest.mark.live

ALICE, BOB = PEOPLE[0], PEOPLE[1]


def test_a_protected_application_leads_through_the_sign_in_and_back(tmp_path: Path) -> None:
    binary()
    background = Background()
    context = running(tmp_path)
    try:
        demo = background.run(context.__aenter__())
        try:
            authority = (demo.folder / CA_FILE).read_text()
            with running_browser(tmp_path / "profile", DOMAIN, authority) as browser:
                _walk(browser, demo)
        finally:
            background.run(context.__aexit__(None, None, None))
    finally:
        background.close()


def _walk(browser: Browser, demo: Demo) -> None:
    emulator, wiki = demo.addresses[:2]
    browser.open(f"{wiki}page?x=1")
    auth = wiki.replace("wiki.", "auth.")
    assert browser.url.startswith(f"{auth}?redirect=")
    browser.sign_in(ALICE.email)
    browser.until_at(f"{wiki}page?x=1")
    assert f"You are {ALICE.email}." in browser.text()
    browser.open(wiki.replace("wiki.", "git."))
    assert f"You are {ALICE.email}." in browser.text()
    browser.open(wiki.replace("wiki.", "grafana."))
    assert "You are nobody that we know." in browser.text()
    browser.open(f"{auth}auth/logout")
    browser.click("main form button")
    browser.until_reads("You are signed out")
    browser.open(wiki)
    browser.press("google")
    browser.click(f"button[value={BOB.id}]")
    browser.until_at(wiki)
    assert f"You are {BOB.email}." in browser.text()
    browser.open(emulator)
    assert BOB.name in browser.text()

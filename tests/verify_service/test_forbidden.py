"""The 403 for a person: a page that needs nothing of the application's host, and says what can be done."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from urllib.parse import quote

import pytest

from specter_tui.demo.descope import DescopeEmulator
from tests.verify_service.service import ALICE, APP, AUTH, Browser
from verify_service.forward_auth.forbidden import ForbiddenPage
from verify_service.request.person import Person
from verify_service.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

REFUSING = "roles=nobody"


async def test_it_brings_its_own_style_and_allows_nothing_else(browser: Browser, emulator: DescopeEmulator) -> None:
    await browser.sign_in(emulator)
    page = await browser.open("/secret?a=1", query=REFUSING)
    assert page.status == 403
    style = page.text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = page.headers["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script|<link|<img|\sstyle=|\son[a-z]+=|url\(|@import", page.text)
    assert "prefers-color-scheme:dark" in style
    assert 'name="viewport"' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"


async def test_it_says_who_and_where_and_leads_back_by_another_account(
    browser: Browser, emulator: DescopeEmulator
) -> None:
    await browser.sign_in(emulator)
    page = await browser.open("/secret?a=1&b=%22", query=REFUSING)
    assert "alice@example.com" in page.text
    assert APP in page.text
    back = quote(f"https://{APP}/secret?a=1&b=%22", safe="")
    assert f'href="https://{AUTH}/auth/logout?redirect={back}"' in page.text
    asked = await browser.visit(f"/auth/logout?redirect={back}")
    assert 'name="redirect" value="https://app.example.test/secret?a=1&amp;b=%22"' in asked.text
    policy = asked.headers["Content-Security-Policy"]
    assert policy.endswith("form-action 'self' https://example.test:* https://*.example.test:*"), "Chromium follows it"
    form = {"Origin": f"https://{AUTH}", "Content_Type": "application/x-www-form-urlencoded"}
    left = await browser.visit("/auth/logout", "POST", f"redirect={back}", **form)
    assert (left.status, left.location) == (303, f"https://{APP}/secret?a=1&b=%22")
    assert (await browser.open("/secret?a=1&b=%22", query=REFUSING)).status == 307


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '" onmouseover="x', "$host ${user} $", "&amp;", "\u202eevil"]
)
async def test_a_name_is_text(browser: Browser, emulator: DescopeEmulator, name: str) -> None:
    emulator.project.people[ALICE.id] = replace(ALICE, name=name, email="")
    await browser.sign_in(emulator, emulator.project.people[ALICE.id])
    page = await browser.open(query=REFUSING)
    shown = page.text.partition("<strong>")[2].partition("</strong>")[0]
    assert shown == name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


@pytest.mark.parametrize("letter", ["x", '"', "&", "\U0001f600"])
async def test_it_is_short_whoever_asks_for_what(letter: str) -> None:
    host = ".".join(["h" * 60] * 4) + ".example.test"
    for length in (0, 300, 2000):
        target = f"https://{host}/" + "%" * length
        page = ForbiddenPage(Site("example.test", AUTH)).show(
            Person("U", name=letter * 900), host, target, f"https://{host}/"
        )
        assert isinstance(page.body, bytes)
        assert len(page.body) < 4096
        assert (letter * 101).encode() not in page.body


async def test_a_program_gets_json(browser: Browser, emulator: DescopeEmulator) -> None:
    await browser.sign_in(emulator)
    told = await browser.open(query=REFUSING, headers={"Sec-Fetch-Mode": "cors"})
    assert (told.status, told.json()) == (403, {"error": "this user is not allowed here"})

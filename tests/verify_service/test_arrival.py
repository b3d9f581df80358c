"""What becomes of a sign-in: sessions that begin once, end everywhere, and are begun by nobody else."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import replace
from urllib.parse import quote

import pytest

from specter_tui.demo.descope import DescopeEmulator
from specter_tui.demo.descope.sessions import Lifetimes
from tests.verify_service.service import (
    ALICE,
    APP,
    AUTH,
    BOB,
    Browser,
    Clock,
    Service,
    names_of,
    running,
    settings_for,
)  # fmt: skip

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEEP = "/reports/2026?from=1&to=2%20x"


async def test_a_transaction_is_good_once(browser: Browser, emulator: DescopeEmulator) -> None:
    transaction = await browser.begin()
    held = dict(browser.held)
    tokens, others = (emulator.project.sign_in(ALICE, ("email",)) for _ in range(2))
    assert (await browser.hand_over(tokens, transaction)).status == 200
    browser.held = held
    assert (await browser.hand_over(others, transaction)).status == 400
    browser.held = {}
    transaction = await browser.begin()
    both = await asyncio.gather(*(browser.hand_over(one, transaction) for one in (tokens, others)))
    assert sorted(answer.status for answer in both) == [200, 400]


async def test_tokens_whose_answer_got_lost_may_come_again_for_a_moment(emulator: DescopeEmulator) -> None:
    """The page's script repeats a request whose connection broke, and the first one may have been carried out."""
    clock = Clock(float(emulator.project.now()))
    async with running(settings_for(emulator), clock) as service:
        browser = Browser(service)
        tokens = emulator.project.sign_in(ALICE, ("email",))
        transaction = await browser.begin()
        held = dict(browser.held)
        assert (await browser.hand_over(tokens, transaction)).status == 200
        for seconds, status in ((1, 200), (28, 200), (1.5, 400)):  # counted from the first one
            browser.held = dict(held)
            clock.now += seconds
            assert (await browser.hand_over(tokens, transaction)).status == status
        stranger = Browser(service)
        assert (await stranger.hand_over(tokens, transaction)).status == 400, "without the browser's own cookie"
        transaction = await browser.begin()
        held = dict(browser.held)
        assert (await browser.hand_over(tokens, transaction)).status == 200
        emulator.project.end(tokens.login)
        browser.held = held
        assert (await browser.hand_over(tokens, transaction)).status == 401, "Descope has ended it meanwhile"


async def test_another_site_can_sign_nobody_in_or_out(browser: Browser, emulator: DescopeEmulator) -> None:
    transaction = await browser.begin()
    tokens = emulator.project.sign_in(ALICE, ("email",))
    for origin in ("https://evil.test", "null", f"https://{APP}", f"http://{AUTH}", f"https://{AUTH}:8443"):
        assert (await browser.hand_over(tokens, transaction, Origin=origin)).status == 403
        assert (await browser.visit("/auth/logout", "POST", "all=1", Origin=origin)).status == 403
    assert (await browser.visit("/auth/logout", "POST", "all=1")).status == 403
    assert (await browser.hand_over(tokens, transaction, Content_Type="text/plain")).status == 403
    assert (await browser.hand_over(tokens, "ffffffff")).status == 400
    assert (await browser.hand_over(tokens, transaction)).status == 200


async def test_signing_out_everywhere_ends_the_other_browsers_too(
    service: Service, browser: Browser, emulator: DescopeEmulator
) -> None:
    other, stranger = Browser(service), Browser(service)
    for one, person in ((browser, ALICE), (other, ALICE), (stranger, BOB)):
        await one.sign_in(emulator, person)
    asked = await browser.visit("/auth/logout")
    assert "alice@example.com" in asked.text
    form = {"Origin": f"https://{AUTH}", "Content_Type": "application/x-www-form-urlencoded"}
    done = await browser.visit("/auth/logout", "POST", f"all=1&redirect=https%3A%2F%2F{APP}%2Fbye", **form)
    assert (done.status, done.location) == (303, f"https://{APP}/bye")
    assert [(await one.open()).status for one in (browser, other, stranger)] == [307, 307, 200]
    page = await other.visit("/?redirect=" + quote(f"https://{APP}/", safe=""))
    assert page.status == 200, "the other browser's refresh token is void as well"
    await browser.sign_in(emulator, ALICE)
    assert (await browser.open()).status == 200


async def test_at_most_five_sign_ins_are_under_way(browser: Browser) -> None:
    started = [await browser.begin() for _ in range(8)]
    held = [name for name in browser.held if name.startswith("__Host-dv_t_")]
    assert len(held) == 5
    assert f"__Host-dv_t_{started[-1]}" in held


async def test_refresh_off_keeps_no_refresh_token(emulator: DescopeEmulator) -> None:
    clock = Clock(1_900_000_000.0)
    async with running(settings_for(emulator, REFRESH_MODE="off"), clock) as service:
        browser = Browser(service)
        await browser.sign_in(emulator)
        assert set(browser.held) == {"__Secure-dv_s"}
        clock.now += 3601
        assert (await browser.visit("/?redirect=" + quote(f"https://{APP}/", safe=""))).status == 200


async def test_me_and_the_pages_of_someone_signed_in(browser: Browser, emulator: DescopeEmulator) -> None:
    assert (await browser.visit("/auth/me")).status == 401
    assert (await browser.visit("/auth/logout")).status == 200
    await browser.sign_in(emulator, BOB)
    told = (await browser.visit("/auth/me")).json()
    assert (told["user"], told["tenant"], told["roles"]) == ("U2bob", "T2sales", ["user", "reader"])
    assert "bob@example.com" in (await browser.visit("/")).text


async def test_what_the_pages_need_is_served(service: Service) -> None:
    for path, kind in (
        ("/static/page.css", "text/css"),
        ("/static/login.js", "text/javascript"),
        ("/robots.txt", "text/plain"),
    ):
        answer = await service.ask(path)
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith(kind)
    for path in ("/static/../config.py", "/static/%2e%2e/config.py", "/static/", "/static/nothing", "/nothing"):
        assert (await service.ask(path)).status == 404


async def test_a_copied_cookie_dies_at_its_expiry_whatever_replica_sees_it(emulator: DescopeEmulator) -> None:
    clock = Clock(1_900_000_000.0)
    settings = settings_for(emulator)
    async with running(settings, clock) as first, running(settings, clock) as second:
        browser = Browser(first)
        await browser.sign_in(emulator)
        copied = Browser(second, dict(browser.held))
        clock.now += 600
        assert (await browser.visit("/auth/logout", "POST", Origin=f"https://{AUTH}")).status == 200
        assert (await Browser(first, dict(copied.held)).open()).status == 307, "refused at once where it was ended"
        assert (await copied.open()).status == 200, "the other replica has no list"
        clock.now += 2999
        assert (await copied.open()).status == 200
        clock.now += 1
        assert (await copied.open()).status == 307, "SESSION_TTL after it was issued"
        page = await copied.visit("/?redirect=" + quote(f"https://{APP}/", safe=""))
        assert page.status == 200, "and Descope renews it for nobody"
        assert "__Host-dv_r" not in copied.held


async def test_a_session_token_alone_is_a_session_that_is_not_renewed(
    browser: Browser, emulator: DescopeEmulator
) -> None:
    tokens = replace(emulator.project.sign_in(ALICE, ("email",)), refresh="")
    assert (await browser.hand_over(tokens, await browser.begin())).status == 200
    assert set(browser.held) == {"__Secure-dv_s"}
    names = names_of(await browser.open())
    assert (names["X-Auth-User"], names["X-Auth-Email"]) == ("U2alice", ""), "only Descope's answer has the e-mail"
    assert (await browser.open(query="domains=example.com")).status == 403


async def test_a_session_token_alone_makes_no_session_that_outlives_it(
    emulator: DescopeEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emulator.project, "lifetimes", Lifetimes(session=600))
    clock = Clock(float(emulator.project.now()))
    async with running(settings_for(emulator), clock) as service:
        browser = Browser(service)
        tokens = replace(emulator.project.sign_in(ALICE, ("email",)), refresh="")
        assert (await browser.hand_over(tokens, await browser.begin())).status == 200
        claims = tokens.session.split(".")[1]
        expires = json.loads(base64.urlsafe_b64decode(claims + "==="))["exp"]
        told = (await browser.visit("/auth/me")).json()
        assert told["expires_at"] == told["ends_at"] == expires < clock.now + service.settings.session_ttl
        clock.now = expires - 1
        assert (await browser.open()).status == 200
        clock.now = expires
        assert (await browser.open()).status == 307
        assert (await browser.visit("/auth/me")).status == 401


@pytest.mark.parametrize("more", ["&err=denied", "", "&code=", "&code=x&code=y", "&code=" + "x" * 5000])
async def test_a_provider_that_says_no_leads_to_a_page_with_a_way_back(browser: Browser, more: str) -> None:
    state = await browser.start(target=f"https://{APP}{DEEP}")
    page = await browser.visit(f"/auth/callback?state={state}{more}")
    assert page.status == 401
    assert quote(f"https://{APP}{DEEP}", safe="") in page.text
    assert not [name for name in browser.held if "dv_t_" in name], "the attempt is over"


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"sessionJwt": 1}', '{"sessionJwt": "x", "refreshJwt": 7}', "[" * 20000]
)
async def test_what_the_script_never_sends_signs_nobody_in(browser: Browser, body: str) -> None:
    sent = {"Origin": f"https://{AUTH}", "Content_Type": "application/json", "X_Transaction": await browser.begin()}
    answer = await browser.visit("/auth/session", "POST", body, **sent)
    assert answer.status == 401
    assert answer.json()["error"]

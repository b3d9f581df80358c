"""The flow of a sign-in, step by step, over sockets."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from specter_tui.demo.descope import DescopeEmulator, Fault, Person, Target, Trouble
from tests.verify_service.service import (
    ALICE,
    APP,
    AUTH,
    BOB,
    DOMAIN,
    ZOE,
    Browser,
    Clock,
    Service,
    names_of,
    running,
    settings_for,
)  # fmt: skip

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEEP = "/reports/2026?from=1&to=2%20x"


async def test_a_visitor_signs_in_and_comes_back_to_the_page_first_asked_for(
    browser: Browser, emulator: DescopeEmulator
) -> None:
    away = await browser.open(DEEP)
    assert away.status == 307
    assert away.location == f"https://{AUTH}/?redirect=" + quote(f"https://{APP}{DEEP}", safe="")
    page = await browser.visit("/?" + urlsplit(away.location).query)
    assert page.status == 200
    assert APP in page.text
    transaction = page.text.partition('data-transaction="')[2].partition('"')[0]
    arrived = await browser.hand_over(emulator.project.sign_in(ALICE, ("email",)), transaction)
    assert arrived.json() == {"redirect": f"https://{APP}{DEEP}"}
    back = await browser.open(DEEP)
    assert back.status == 200
    assert back.text == ""
    assert names_of(back) == {
        "X-Auth-User": "U2alice",
        "X-Auth-Email": "alice@example.com",
        "X-Auth-Name": "Alice Adams",
        "X-Auth-Roles": "admin,user,deployer",
        "X-Auth-Permissions": "read,write,deploy",
        "X-Auth-Tenant": "T2engineering",
    }


@pytest.mark.parametrize(("method", "chosen"), [("oauth", {"provider": "google"}), ("sso", {"tenant": "T2sales"})])
async def test_the_way_without_javascript(
    browser: Browser, emulator: DescopeEmulator, method: str, chosen: dict[str, str]
) -> None:
    state = await browser.start(method, f"https://{APP}{DEEP}", **chosen)
    code = emulator.project.ticket(BOB, ("oauth",))
    arrived = await browser.visit(f"/auth/callback?state={state}&code={code}")
    assert (arrived.status, arrived.location) == (303, f"https://{APP}{DEEP}")
    assert names_of(await browser.open())["X-Auth-User"] == "U2bob"


async def test_cookies_have_the_flags_that_keep_them_in(browser: Browser, emulator: DescopeEmulator) -> None:
    answer = await browser.sign_in(emulator)
    lines = {line.partition("=")[0]: line for line in answer.set_cookies}
    session, refresh = lines["__Secure-dv_s"], lines["__Host-dv_r"]
    assert re.search(rf"; Path=/; Domain={DOMAIN}; Max-Age=3(600|599); Secure; HttpOnly; SameSite=Lax$", session)
    assert "Domain" not in refresh
    assert refresh.endswith("; Secure; HttpOnly; SameSite=Lax")
    assert "eyJ" not in "".join(answer.set_cookies)


async def test_an_application_never_sees_our_cookies(browser: Browser, emulator: DescopeEmulator) -> None:
    await browser.sign_in(emulator)
    browser.held["theme"] = ("dark", DOMAIN)
    browser.held["b"] = ('"q;x"', DOMAIN)
    answer = await browser.open()
    assert answer.headers["Cookie"] == 'theme=dark; b="q; x"'


async def test_an_expired_session_is_renewed_without_a_question(emulator: DescopeEmulator) -> None:
    clock = Clock(1_900_000_000.0)
    async with running(settings_for(emulator), clock) as service:
        browser = Browser(service)
        await browser.sign_in(emulator)
        emulator.faults.asked.clear()
        clock.now += 3601
        away = await browser.open(DEEP)
        assert away.status == 307
        renewed = await browser.visit("/?" + urlsplit(away.location).query)
        assert (renewed.status, renewed.location) == (303, f"https://{APP}{DEEP}")
        assert emulator.faults.asked[Target.REFRESH] == 1
        assert (await browser.open(DEEP)).status == 200
        clock.now += 43200
        away = await browser.open(DEEP)
        page = await browser.visit("/?" + urlsplit(away.location).query)
        assert page.status == 200, "after SESSION_MAX a person signs in again"


async def test_many_tabs_refresh_once(emulator: DescopeEmulator) -> None:
    clock = Clock(1_900_000_000.0)
    emulator.project.rotate_refresh = True
    async with running(settings_for(emulator), clock) as service:
        browser = Browser(service)
        await browser.sign_in(emulator)
        clock.now += 3601
        emulator.faults.asked.clear()
        emulator.faults.set(Target.REFRESH, Fault(delay=0.2))
        sent = browser.cookie(AUTH)
        tabs = [
            service.ask(f"/?redirect={quote(f'https://{APP}/{tab}', safe='')}", headers={"Cookie": sent, "Host": AUTH})
            for tab in range(20)
        ]
        answers = await asyncio.gather(*tabs)
        assert {one.status for one in answers} == {303}
        assert emulator.faults.asked[Target.REFRESH] == 1


async def test_two_hundred_people_at_once_and_none_gets_anothers_session(emulator: DescopeEmulator) -> None:
    async def one(service: Service, number: int) -> None:
        person = Person(f"U2user{number}", f"user{number}@example.com", f"User {number}", (f"role{number}",))
        emulator.project.people[person.id] = person
        browser = Browser(service)
        if number % 2:
            await browser.sign_in(emulator, person)
        else:
            state = await browser.start()
            await browser.visit(f"/auth/callback?state={state}&code={emulator.project.ticket(person, ('oauth',))}")
        for _ in range(3):
            names = names_of(await browser.open())
            assert (names["X-Auth-User"], names["X-Auth-Roles"]) == (person.id, f"role{number}")

    # Emulator, service and all browsers share one thread here: a call may wait for 200 others.
    async with running(settings_for(emulator, DESCOPE_TIMEOUT="30")) as service:
        await asyncio.gather(*(one(service, number) for number in range(200)))


async def test_names_that_are_not_ascii_arrive_encoded(browser: Browser, emulator: DescopeEmulator) -> None:
    await browser.sign_in(emulator, ZOE)
    names = names_of(await browser.open())
    assert names["X-Auth-Name"] == "Zo%C3%AB %C5%BDi%C5%BEek%2C Dr."
    assert names["X-Auth-Roles"] == "user,night%2C shift"
    assert names["X-Auth-Tenant"] == "", "of two tenants none is the current one"


async def test_a_disabled_user_is_not_refreshed(emulator: DescopeEmulator) -> None:
    clock = Clock(1_900_000_000.0)
    async with running(settings_for(emulator), clock) as service:
        browser = Browser(service)
        await browser.sign_in(emulator)
        emulator.project.people[ALICE.id] = replace(ALICE, enabled=False)
        clock.now += 3601
        page = await browser.visit("/?redirect=" + quote(f"https://{APP}/", safe=""))
        assert page.status == 200
        assert "__Host-dv_r" not in browser.held


async def test_descope_down_ends_no_session_and_is_said_at_sign_in(emulator: DescopeEmulator) -> None:
    clock = Clock(1_900_000_000.0)
    settings = settings_for(emulator)
    async with running(settings, clock) as service:
        browser = Browser(service)
        await browser.sign_in(emulator)
        await emulator.pause()
        assert (await browser.open()).status == 200
        held = browser.held
    async with running(settings, clock, warm=False) as restarted:
        browser = Browser(restarted, dict(held))
        assert (await browser.open()).status == 200, "a restart of the service forgets nobody"
        assert (await restarted.ask("/readyz")).status == 503
        assert (await restarted.ask("/healthz")).status == 200
        clock.now += 3601
        page = await browser.visit("/?redirect=" + quote(f"https://{APP}/x", safe=""))
        assert page.status == 503
        assert "Retry-After" in page.headers
        assert quote(f"https://{APP}/x", safe="") in page.text, "the way to try again"
        stranger = Browser(restarted)
        assert (await stranger.open()).status == 307
        transaction = await stranger.begin()
        tried = await stranger.visit(f"/auth/login/oauth?tx={transaction}&provider=google")
        assert tried.status == 503
        await emulator.resume()


async def test_a_browser_without_cookies_is_not_sent_to_and_fro_for_ever(
    browser: Browser, emulator: DescopeEmulator
) -> None:
    await browser.sign_in(emulator)
    path = "/?redirect=" + quote(f"https://{APP}/", safe="")
    answers = [(await browser.visit(path)).status for _ in range(4)]
    assert answers == [303, 303, 303, 400]


async def test_the_limit_of_tries(emulator: DescopeEmulator) -> None:
    async with running(settings_for(emulator, LOGIN_RATE="3/min")) as service:
        browser = Browser(service)
        answers = [(await browser.visit("/auth/callback?state=x&code=y")).status for _ in range(4)]
        assert answers == [400, 400, 400, 429]
        other = await browser.visit("/auth/callback?state=x&code=y", X_Forwarded_For="203.0.113.8")
        assert other.status == 400, "another client is not hindered"


async def test_a2_a_slow_descope_is_not_waited_for(emulator: DescopeEmulator) -> None:
    async with running(settings_for(emulator, DESCOPE_TIMEOUT="0.2")) as service:
        browser = Browser(service)
        transaction = await browser.begin()
        for fault in (Fault(delay=3), Fault(Trouble.STATUS, status=503), Fault(Trouble.HTML), Fault(Trouble.LIST)):
            emulator.faults.set(Target.START, fault)
            answer = await browser.visit(f"/auth/login/oauth?tx={transaction}&provider=google")
            assert answer.status == 503, fault
        emulator.faults.set(Target.START, Fault(Trouble.STATUS, status=429, retry_after=17))
        answer = await browser.visit(f"/auth/login/oauth?tx={transaction}&provider=google")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "17")


async def test_the_state_goes_to_descope_and_the_target_does_not(browser: Browser) -> None:
    transaction = await browser.begin(f"https://{APP}{DEEP}")
    answer = await browser.visit(f"/auth/login/oauth?tx={transaction}&provider=google")
    back = parse_qs(urlsplit(answer.location).query)["redirect"][0]
    assert back.startswith(f"https://{AUTH}/auth/callback?state=")
    assert "reports" not in answer.location


async def test_a_very_long_address_leads_back_to_the_first_page(browser: Browser) -> None:
    away = await browser.open("/" + "a" * 4000)
    page = await browser.visit("/?" + urlsplit(away.location).query)
    assert page.status == 200
    assert len(away.location) < 300

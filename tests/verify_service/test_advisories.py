"""Published advisories of forward-auth services: one test a class, numbered as in docs/advisories.md.

Those of Traefik stand in test_advisories_proxy.py, those on addresses in test_redirects.py.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from urllib.parse import quote

import pytest

from specter_tui.demo.descope import DescopeEmulator, Person
from tests.verify_service.service import (
    ALICE,
    APP,
    AUTH,
    BOB,
    NAVIGATION,
    Browser,
    Clock,
    Service,
    names_of,
    running,
    settings_for,
)  # fmt: skip
from verify_service.errors import ConfigError
from verify_service.request.cookies import MOST_CHUNKS, Names

pytestmark = pytest.mark.asyncio(loop_scope="module")

SESSION = Names.choose(insecure=False).session


async def test_16_cve_2026_40575_x_forwarded_from_an_untrusted_peer(emulator: DescopeEmulator) -> None:
    async with running(settings_for(emulator, TRUSTED_PROXIES="192.0.2.0/24")) as service:
        browser = Browser(service)
        await browser.sign_in(emulator)
        assert (await browser.open()).status == 400
        assert (await service.verify(headers=NAVIGATION | {"X-Forwarded-For": "192.0.2.1"})).status == 400
    for everybody in ("0.0.0.0/0", "::/0", "10.0.0.0/8,0.0.0.0/0"):
        with pytest.raises(ConfigError, match="TRUSTED_PROXIES"):
            settings_for(emulator, TRUSTED_PROXIES=everybody)


@pytest.mark.parametrize("agent", ["GoogleHC/1.0", "kube-probe/1.30", "ELB-HealthChecker/2.0", "Traefik", ""])
async def test_17_cve_2026_34457_no_user_agent_opens_anything(service: Service, agent: str) -> None:
    assert (await service.verify(headers=NAVIGATION | {"User-Agent": agent})).status == 307
    assert (await service.verify(headers={"User-Agent": agent})).status == 401


@pytest.mark.parametrize(
    "email",
    ["a@evil.test@example.com", "a@example.com@evil.test", "example.com", "@example.com", "a@", "a@b@example.com"],
)
async def test_19_cve_2026_40574_an_address_with_several_ats_has_no_domain(
    service: Service, emulator: DescopeEmulator, email: str
) -> None:
    person = replace(ALICE, id="U2many", email=email)
    emulator.project.people[person.id] = person
    browser = Browser(service)
    await browser.sign_in(emulator, person)
    assert (await browser.open(query="domains=example.com")).status == 403
    assert (await browser.open(query="domains=evil.test")).status == 403


async def test_20_cve_2026_34454_a_planted_session_does_not_survive_a_sign_in(
    service: Service, browser: Browser, emulator: DescopeEmulator
) -> None:
    planted = Browser(service)
    await planted.sign_in(emulator, BOB)
    browser.held[SESSION] = ("tampered" + planted.held[SESSION][0], "example.test")
    page = await browser.visit("/?redirect=" + quote(f"https://{APP}/", safe=""))
    assert page.status == 200
    assert SESSION not in browser.held, "the sign-in page ends what the browser held"
    await browser.sign_in(emulator, ALICE)
    first = browser.held[SESSION][0]
    await browser.visit("/auth/logout", "POST", Origin=f"https://{AUTH}")
    await browser.sign_in(emulator, ALICE)
    assert browser.held[SESSION][0] != first
    ids = {line["sid"] for line in service.logged if line["event"] == "signed in"}
    assert len(ids) == 3, "each sign-in has an id of its own"


@pytest.mark.parametrize("query", ["group=admin", "roles=", "rolse=admin", "roles", "allowed_groups=admin"])
async def test_21_cve_2021_21411_a_rule_that_is_not_understood_lets_nobody_in(
    service: Service, browser: Browser, emulator: DescopeEmulator, query: str
) -> None:
    await browser.sign_in(emulator)
    assert (await browser.open(query=query)).status == 500


async def test_22_cve_2026_25748_a_broken_cookie_is_no_session(
    service: Service, browser: Browser, emulator: DescopeEmulator
) -> None:
    await browser.sign_in(emulator)
    good = browser.held[SESSION][0]
    half = len(good) // 2
    broken = [
        "", "x", good[:-1], good[1:], good + "A", good + "=", good.swapcase(), "A" * len(good), "A" * 14000,
        good[:half],
        f'"{good}"', good.replace(good[half], "*", 1), good + good, "null", "{}", "%00", "\u00e9", good[:half] + good,
        good[:20] + ("B" if good[20] != "B" else "C") + good[21:],
    ]  # fmt: skip
    cookies = [f"{SESSION}={value}" for value in broken]
    cookies += [
        f"{SESSION}={good}; {SESSION}=x", f"{SESSION}=; {SESSION}={good}", f"{SESSION}={good}; {SESSION}_1=x",
        f"{SESSION}_1={good[:half]}; {SESSION}_3={good[half:]}", f"{SESSION}_2={good}", f"{SESSION}_0={good}",
        f"{SESSION}_2={good[:half]}; {SESSION}_1={good[half:]}", f"{SESSION}_1={good[:half]}", f"{SESSION} x={good}",
        f"{SESSION.lower()}={good}", f"{SESSION.upper()}={good}", f"dv_s={good}", f"__Host-dv_r={good}",
        f"{SESSION}_x={good}",
        "; ".join(f"{SESSION}_{number}=x" for number in range(1, MOST_CHUNKS + 3)), f"x={SESSION}={good}", f"{SESSION}",
    ]  # fmt: skip
    for cookie in cookies:
        answer = await service.verify(cookie=cookie, headers=NAVIGATION)
        assert answer.status in {307, 400}, cookie[:60]
        assert "X-Auth-User" not in answer.headers
    assert (await service.verify(cookie=f"{SESSION}={good}; {SESSION}={good}")).status == 200, "twice the same is one"
    chunked = f"{SESSION}_1={good[:half]}; {SESSION}_2={good[half:]}"
    assert (await service.verify(cookie=chunked)).status == 200


@pytest.mark.parametrize("chain", ["a", "", "::", "x" * 9000, "127.0.0.1", "evil.test, 10.0.0.1", "\u00e9"])
async def test_23_cve_2023_36456_x_forwarded_for_weakens_nothing(
    service: Service, browser: Browser, emulator: DescopeEmulator, chain: str
) -> None:
    assert (await service.verify(headers=NAVIGATION | {"X-Forwarded-For": chain})).status == 307
    async with running(settings_for(emulator, LOGIN_RATE="2/min")) as limited:
        visitor = Browser(limited)
        sent = f"{chain}, 203.0.113.7"
        tries = [(await visitor.visit("/auth/callback?state=x", X_Forwarded_For=sent)).status for _ in range(3)]
        assert tries == [400, 400, 429], "what stands on the left does not make another client"


async def test_24_cve_2024_23647_a_callback_without_its_transaction_fails(
    service: Service, browser: Browser, emulator: DescopeEmulator
) -> None:
    state = await browser.start()
    code = emulator.project.ticket(ALICE, ("oauth",))
    stranger = Browser(service)
    for tried in (state, "", state[:-1], state.partition(".")[0], f"00000000.{state.partition('.')[2]}", "x" * 31):
        answer = await stranger.visit(f"/auth/callback?state={tried}&code={code}")
        assert answer.status == 400
        assert SESSION not in stranger.held
    without_method = await browser.begin()
    secret_of_page = f"/auth/callback?state={without_method}.{state.partition('.')[2]}&code={code}"
    assert (await browser.visit(secret_of_page)).status == 400
    assert (await browser.visit(f"/auth/callback?state={state}&code={code}")).status == 303, "the right one still works"


@pytest.mark.parametrize("host", ["APP.EXAMPLE.TEST", "App.Example.Test.", "aPP.example.test:443"])
async def test_25_cve_2026_48794_the_spelling_of_a_host_skips_no_rule(
    service: Service, browser: Browser, emulator: DescopeEmulator, host: str
) -> None:
    await browser.sign_in(emulator, BOB)
    cookie = browser.cookie(APP)
    assert (await service.verify(host=host, headers=NAVIGATION)).status == 307
    assert (await service.verify(host=host, cookie=cookie, query="roles=admin")).status == 403
    assert (await service.verify(host=host, cookie=cookie)).status == 200


async def test_26_cve_2025_24806_one_client_has_one_count(emulator: DescopeEmulator) -> None:
    spellings = ["2001:db8::1", "2001:DB8:0:0:0:0:0:1", "2001:db8::ffff:2", "2001:0db8::1%eth0"]
    async with running(settings_for(emulator, LOGIN_RATE="2/min")) as service:
        browser = Browser(service)
        answers = [(await browser.visit("/auth/callback?state=x", X_Forwarded_For=one)).status for one in spellings]
        assert answers == [400, 400, 429, 429]
        assert (await browser.visit("/auth/callback?state=x", X_Forwarded_For="::ffff:198.51.100.1")).status == 400
        assert (await browser.visit("/auth/callback?state=x", X_Forwarded_For="198.51.100.1")).status == 400
        assert (await browser.visit("/auth/callback?state=x", X_Forwarded_For="198.51.100.1")).status == 429


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
async def test_27_cve_2026_33525_nothing_of_a_request_becomes_markup(
    service: Service, emulator: DescopeEmulator, text: str
) -> None:
    person = Person("U2markup", "m@example.com", text)
    emulator.project.people[person.id] = replace(person, email="")
    sent = quote(text, safe="")
    paths = [
        f"/?redirect={sent}",
        f"/?error={sent}&err={sent}",
        f"/?tx={sent}",
        f"/auth/callback?err={sent}&state={sent}",
        f"/auth/login/oauth?provider={sent}&tx={sent}",
        f"/auth/login/sso?tenant={sent}",
        f"/auth/logout?redirect={sent}",
    ]
    browser = Browser(service)
    for signed_in in (False, True):
        if signed_in:
            await browser.sign_in(emulator, person)
            paths.append("/")
        for path in paths:
            page = await browser.visit(path)
            assert text not in page.text
            policy = page.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]


async def test_28_ghsa_x883_2vmg_xwf7_a_lost_role_is_gone_with_the_next_refresh(emulator: DescopeEmulator) -> None:
    clock = Clock(1_900_000_000.0)
    async with running(settings_for(emulator, SESSION_TTL="60"), clock) as service:
        browser = Browser(service)
        await browser.sign_in(emulator, ALICE)
        assert (await browser.open(query="roles=admin")).status == 200
        emulator.project.people[ALICE.id] = replace(ALICE, roles=("user",))
        clock.now += 61
        assert (await browser.open(query="roles=admin")).status == 307
        await browser.visit("/?redirect=" + quote(f"https://{APP}/", safe=""))
        assert (await browser.open()).status == 200
        assert (await browser.open(query="roles=admin")).status == 403


async def test_29_cve_2026_33544_logins_at_once_do_not_mix(service: Service, emulator: DescopeEmulator) -> None:
    """200 people at once stand in test_sign_in.py; here two tabs of one browser for two accounts."""
    browser = Browser(service)
    states = await asyncio.gather(browser.start(target=f"https://{APP}/a"), browser.start(target=f"https://{APP}/b"))
    codes = [emulator.project.ticket(person, ("oauth",)) for person in (ALICE, BOB)]
    first = await browser.visit(f"/auth/callback?state={states[0]}&code={codes[0]}")
    assert names_of(await browser.open())["X-Auth-User"] == ALICE.id
    second = await browser.visit(f"/auth/callback?state={states[1]}&code={codes[1]}")
    assert names_of(await browser.open())["X-Auth-User"] == BOB.id
    assert (first.location, second.location) == (f"https://{APP}/a", f"https://{APP}/b")


async def test_30_cve_2026_32245_another_browsers_code_or_state_is_refused(
    service: Service, emulator: DescopeEmulator
) -> None:
    mine, theirs = Browser(service), Browser(service)
    state, other = await mine.start(), await theirs.start()
    code = emulator.project.ticket(BOB, ("oauth",))
    assert (await mine.visit(f"/auth/callback?state={other}&code={code}")).status == 400
    assert (await mine.visit(f"/auth/callback?state={state}&state={other}&code={code}")).status == 400
    stolen = replace_cookies(mine, theirs)
    assert (await mine.visit(f"/auth/callback?state={state}&code={code}")).status == 303
    assert (await stolen.visit(f"/auth/callback?state={state}&code={code}")).status == 400, "a state is good once"


def replace_cookies(mine: Browser, theirs: Browser) -> Browser:
    """A third browser, with copies of everybody's cookies."""
    return Browser(mine.service, {**theirs.held, **mine.held})


async def test_32_cve_2021_29651_no_token_in_an_address_a_page_or_a_header(
    service: Service, browser: Browser, emulator: DescopeEmulator
) -> None:
    tokens = emulator.project.sign_in(ALICE, ("email",))
    answers = [await browser.hand_over(tokens, await browser.begin())]
    answers += [await browser.visit(path) for path in ("/", "/auth/me", "/auth/logout")]
    answers += [await browser.open(), await browser.open(query="roles=x")]
    answers += [await browser.visit("/auth/logout", "POST", Origin=f"https://{AUTH}")]
    for answer in answers:
        seen = answer.text + "".join(f"{name}: {value}" for name, value in answer.headers.items())
        assert "eyJ" not in seen
        assert tokens.session not in seen
        assert tokens.refresh not in seen
    assert set(answers[2].json()) == {
        "user", "email", "email_verified", "name", "tenant", "roles", "permissions", "amr", "expires_at", "ends_at",
    }  # fmt: skip


async def test_33_cve_2025_48865_hop_by_hop_headers_change_nothing(
    service: Service, browser: Browser, emulator: DescopeEmulator
) -> None:
    await browser.sign_in(emulator)
    for value in ("X-Forwarded-For", "Cookie", "keep-alive, X-Auth-User", "Upgrade"):
        assert (await browser.open(headers={"Connection": value})).status == 200
        assert (await service.verify(headers=NAVIGATION | {"Connection": value})).status == 307


@pytest.mark.parametrize(
    "host", [f"{APP}/x?", f"{APP}#", f"a@{APP}", f"{APP}, {APP}", f"{APP} ", "a b", f"{APP}\\", f"{APP}%2f", f"{APP};"]
)
async def test_34_cve_2026_48710_a_host_with_more_than_a_host_in_it(service: Service, host: str) -> None:
    answer = await service.ask(
        "/verify",
        headers=[("X-Forwarded-Method", "GET"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Uri", "/"),
                 ("X-Forwarded-Host", host), *NAVIGATION.items()],
    )  # fmt: skip
    assert answer.status in ({307} if host == f"{APP} " else {400}), "the parser strips the space at the end"
    page = await service.ask("/", headers={"Host": "evil.test"} | NAVIGATION)
    assert "evil" not in page.text, "no address is ever made of the Host header"

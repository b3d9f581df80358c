"""Published advisories of Traefik and what they would mean here: one test a class, numbered as in docs/advisories.md.

What only shows behind a real Traefik stands in tests/live/test_verify_requests.py.
"""

from __future__ import annotations

import asyncio

import pytest

from specter_tui.demo.descope import DescopeEmulator
from tests.verify_service.service import (
    ALICE,
    APP,
    AUTH,
    BOB,
    NAVIGATION,
    Browser,
    Service,
    names_of,
    running,
    settings_for,
)  # fmt: skip
from tests.verify_service.test_decisions import FORWARDED
from verify_service.request.redirects import LONGEST

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATHS = [
    "/public/../admin", "/public/%2e%2e/admin", "//admin", "/%2Fadmin", "/public;x/../admin", "/public%23/../admin",
    "/public#/../admin", "/admin?x=/public", "/PUBLIC", "/%252e%252e/admin", "/static/../x", "/healthz", "/verify", "/",
    "/auth/callback", "/readyz?/public", "/robots.txt", "/.well-known/acme-challenge/x",
]  # fmt: skip


@pytest.mark.parametrize("name", FORWARDED)
async def test_01_cve_2024_45410_a_header_that_a_client_made_traefik_drop(
    service: Service, browser: Browser, emulator: DescopeEmulator, name: str
) -> None:
    await browser.sign_in(emulator)
    left = {key: value for key, value in FORWARDED.items() if key != name}
    for extra in ({"Connection": name}, {"Connection": f"close, {name}"}, {}):
        assert (await service.ask("/verify", headers=left | extra | {"Cookie": browser.cookie(APP)})).status == 400


@pytest.mark.parametrize("name", FORWARDED)
async def test_02_cve_2026_29054_the_same_in_lower_case(
    service: Service, browser: Browser, emulator: DescopeEmulator, name: str
) -> None:
    await browser.sign_in(emulator)
    left = {key.lower(): value for key, value in FORWARDED.items() if key != name}
    headers = left | {"connection": f"x-real-ip, {name.lower()}", "cookie": browser.cookie(APP)}
    assert (await service.ask("/verify", headers=headers)).status == 400


async def test_03_cve_2026_39858_names_with_underscores_are_other_headers(service: Service) -> None:
    smuggled = {"X_Forwarded_Host": "evil.test", "X_Forwarded_Proto": "http", "X_Forwarded_Uri": "/evil"}
    answer = await service.verify("/here", headers=NAVIGATION | smuggled)
    assert answer.location == (await service.verify("/here", headers=NAVIGATION)).location
    alone = {name.replace("-", "_"): value for name, value in FORWARDED.items()}
    assert (await service.ask("/verify", headers=alone)).status == 400


@pytest.mark.parametrize("prefix", ["/evil", "//evil.test", "https://evil.test", "/\\evil.test"])
async def test_04_08_cve_2026_35051_cve_2024_52003_x_forwarded_prefix_is_ignored(service: Service, prefix: str) -> None:
    plain = await service.verify("/here", headers=NAVIGATION)
    answer = await service.verify("/here", headers=NAVIGATION | {"X-Forwarded-Prefix": prefix})
    assert (answer.status, answer.location) == (plain.status, plain.location)
    page = await service.ask("/", headers={"Host": AUTH, "X-Forwarded-Prefix": prefix} | NAVIGATION)
    assert "evil" not in page.text + str(page.headers)


@pytest.mark.parametrize("port", ["8443", "99999", "x", "443, 8443"])
async def test_05_cve_2026_54764_x_forwarded_port_is_ignored(service: Service, port: str) -> None:
    answer = await service.verify("/here", headers=NAVIGATION | {"X-Forwarded-Port": port})
    assert answer.location == (await service.verify("/here", headers=NAVIGATION)).location
    assert (await service.verify("/here", host=f"{APP}:8443", headers=NAVIGATION)).status == 403


async def test_06_18_cve_2026_54763_identity_headers_of_a_client_change_nothing(
    service: Service, browser: Browser, emulator: DescopeEmulator
) -> None:
    forged = {"X-Auth-User": "U2admin", "X_Auth_User": "U2admin", "X-Auth-Roles": "root", "x-auth-tenant": "T"}
    assert (await service.verify(headers=forged | NAVIGATION)).status == 307
    await browser.sign_in(emulator, BOB)
    names = names_of(await browser.open(headers=forged))
    assert (names["X-Auth-User"], names["X-Auth-Roles"]) == ("U2bob", "user,reader")


async def test_07_cve_2026_26998_no_answer_is_long(
    service: Service, browser: Browser, emulator: DescopeEmulator
) -> None:
    await browser.sign_in(emulator)
    uri = "/" + "a" * 8191
    worst = "/" * (LONGEST - len(f"https://{APP}"))  # each of them is %2F in the address of the sign-in
    for headers in (NAVIGATION, {"Accept": "application/json"}):
        answer = await service.verify(worst, headers=headers)
        assert len(answer.text + str(answer.headers)) < 8192
        assert (answer.location or answer.json()["login_url"]).count("%2F") > 2000, "it does lead back"
    for query in ("", "roles=nobody", "unknown=" + "x" * 3000):
        for headers in (NAVIGATION, {"Accept": "application/json"}):
            for cookie in ("", browser.cookie(APP)):
                answer = await service.verify("/", query=query, headers=headers, cookie=cookie)
                assert len(answer.text) < 4096
    assert len((await service.verify(uri, headers=NAVIGATION)).text) < 4096


@pytest.mark.parametrize("uri", PATHS)
async def test_09_14_15_31_cve_2025_66490_no_path_is_public(service: Service, uri: str) -> None:
    """There are no rules on paths, so none that a path could be bent around (also CVE-2025-54576, CVE-2026-41059)."""
    assert (await service.verify(uri, headers=NAVIGATION)).status == 307
    assert (await service.verify(uri)).status == 401


async def test_10_cve_2026_41181_no_credential_is_echoed_in_an_error(
    service: Service, browser: Browser, emulator: DescopeEmulator
) -> None:
    """Traefik's errors middleware would send a request's cookies on; ours need none: each error has its own answer."""
    await browser.sign_in(emulator)
    cookie = browser.cookie(APP)
    sealed = cookie.partition("=")[2]
    for query in ("unknown=1", "roles=nobody"):
        answer = await service.verify(query=query, cookie=cookie, headers=NAVIGATION)
        assert answer.status in {403, 500}
        assert sealed not in answer.text + str(answer.headers)


async def test_11_cve_2022_23469_nothing_secret_is_logged_at_debug(emulator: DescopeEmulator) -> None:
    async with running(settings_for(emulator, BEARER_ENABLED="true", LOG_LEVEL="DEBUG")) as service:
        browser = Browser(service)
        tokens = emulator.project.sign_in(ALICE, ("email",))
        transaction = await browser.begin()
        await browser.hand_over(tokens, transaction)
        cookies = [value for value, _ in browser.held.values()]
        other = Browser(service)
        state = await other.start()
        code = emulator.project.ticket(BOB, ("oauth",))
        await other.visit(f"/auth/callback?state={state}&code={code}")
        await other.visit(f"/auth/callback?state={state}&code={code}")
        cookies += [value for value, _ in other.held.values()]
        await service.verify(headers={"Authorization": f"Bearer {tokens.session}x"})
        await browser.open(query="roles=nobody")
        await service.verify(f"/?token={code}", host="evil.test", cookie=browser.cookie(APP))
        await service.ask("/verify", headers=FORWARDED | {"Cookie": browser.cookie(APP) + "; x=" + "y" * 70000})
        await emulator.pause()
        third = Browser(service)
        await third.visit(f"/auth/login/oauth?tx={await third.begin()}&provider=google")
        await emulator.resume()
        await browser.visit("/auth/logout", "POST", "all=1", Origin=f"https://{AUTH}")
        log = service.log.getvalue()
        assert "signed in" in log
        assert "forbidden" in log
        secrets = [tokens.session, tokens.refresh, code, state, service.settings.secrets[0].reveal(), *cookies]
        assert len(cookies) >= 4
        for secret in filter(None, secrets):
            assert secret[:24] not in log, log
        assert "eyJ" not in log


async def test_12_cve_2026_71324_two_users_never_share_a_cached_answer(emulator: DescopeEmulator) -> None:
    async with running(settings_for(emulator, BEARER_ENABLED="true", CACHE_SIZE="2")) as service:
        tokens = {person.id: emulator.project.sign_in(person, ("pwd",)).session for person in (ALICE, BOB)}
        asked = [user for user in tokens for _ in range(20)]
        answers = await asyncio.gather(
            *(service.verify(headers={"Authorization": f"Bearer {tokens[user]}"}) for user in asked)
        )
        assert [answer.headers["X-Auth-User"] for answer in answers] == asked

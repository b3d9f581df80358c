"""The emulator against the real `descope` SDK, sync and async: what holds here, the verify service can rely on."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import jwt
import pytest
from descope import AuthException, DeliveryMethod, DescopeClient, RateLimitException
from descope.descope_client_async import DescopeClientAsync

from specter_tui.demo.descope import PEOPLE, PROJECT, DescopeEmulator, Fault, Target, Trouble
from specter_tui.demo.descope.keys import Algorithm
from specter_tui.demo.descope.people import Person
from specter_tui.demo.descope.sessions import CODE_SECONDS, Lifetimes, Tokens
from tests.demo.descope_browser import choose, query

ALICE, BOB = PEOPLE[0], PEOPLE[1]
BACK = "https://auth.example.test/auth/callback?state=s%20t"


class Clock:
    """Unix seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def emulator(clock: Clock) -> AsyncIterator[DescopeEmulator]:
    async with DescopeEmulator(clock=clock) as running:
        yield running


Call = Callable[..., Awaitable[Any]]


@pytest.fixture(params=["async", "sync"])
async def call(request: pytest.FixtureRequest, emulator: DescopeEmulator) -> AsyncIterator[Call]:
    """`await call("oauth.start", ...)`: the same method of either client, the blocking one in a thread."""
    if request.param == "async":
        async with DescopeClientAsync(PROJECT, base_url=emulator.base_url, timeout_seconds=3) as client:
            yield lambda name, *arguments: _method(client, name)(*arguments)
    else:
        blocking = DescopeClient(PROJECT, base_url=emulator.base_url, timeout_seconds=3)
        yield lambda name, *arguments: asyncio.to_thread(_method(blocking, name), *arguments)


def _method(client: object, name: str) -> Any:
    for part in name.split("."):
        client = getattr(client, part)
    return client


def signed_in(emulator: DescopeEmulator, person: Person = ALICE) -> Tokens:
    return emulator.project.sign_in(person, ("oauth",))


# -- tokens and keys ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", list(Algorithm))
async def test_a_session_has_the_claims_that_descope_gives_it(
    emulator: DescopeEmulator, call: Call, algorithm: Algorithm
) -> None:
    emulator.project.keys.rotate(algorithm)
    token = signed_in(emulator).session
    found = await call("validate_session", token)
    assert jwt.get_unverified_header(token) == {
        "alg": algorithm.value,
        "kid": emulator.project.keys.current.kid,
        "typ": "JWT",
    }
    claims = found["sessionToken"]
    assert claims["exp"] - claims["iat"] == 600
    assert (claims["drn"], claims["iss"], claims["sub"], claims["amr"]) == ("DS", PROJECT, ALICE.id, ["oauth"])
    assert (found["userId"], found["projectId"]) == (ALICE.id, PROJECT)
    assert (found["roles"], found["permissions"]) == (["admin", "user"], ["read", "write"])
    assert found["tenants"] == {"T2engineering": {"roles": ["deployer"], "permissions": ["deploy", "read"]}}
    assert claims["dct"] == "T2engineering"
    assert "email" not in claims
    assert "name" not in claims


async def test_a_rotated_key_is_fetched_and_a_revoked_one_is_gone(emulator: DescopeEmulator) -> None:
    async with DescopeClientAsync(PROJECT, base_url=emulator.base_url) as client:
        old = signed_in(emulator).session
        await client.validate_session(old)
        emulator.project.keys.rotate(Algorithm.ES256)
        new = signed_in(emulator).session
        await client.validate_session(new)
        await client.validate_session(old)
        assert emulator.faults.asked[Target.KEYS] == 2
        emulator.project.keys.revoke_old()
    async with DescopeClientAsync(PROJECT, base_url=emulator.base_url) as fresh:
        await fresh.validate_session(new)
        with pytest.raises(AuthException):
            await fresh.validate_session(old)


async def test_keys_of_another_project_are_not_there(emulator: DescopeEmulator) -> None:
    async with DescopeClientAsync("P2other", base_url=emulator.base_url) as client:
        with pytest.raises(AuthException) as told:
            await client.validate_session(signed_in(emulator).session)
    assert told.value.status_code == 404


async def test_any_claims_can_be_minted(emulator: DescopeEmulator) -> None:
    forever = emulator.project.keys.issue({"sub": "x", "iss": "https://elsewhere/P2x"})
    async with DescopeClientAsync(PROJECT, base_url=emulator.base_url) as client:
        assert (await client.validate_session(forever))["userId"] == "x"  # the SDK asks for neither exp nor iss
        for header in ({"alg": "none"}, {"kid": "SKunknown"}, {"kid": None}, {"alg": "HS256"}):
            with pytest.raises(AuthException):
                await client.validate_session(emulator.project.keys.issue({"sub": "x"}, header))
        with pytest.raises(jwt.InvalidSignatureError):
            await client.validate_session(forever[:-8] + "AAAAAAAA")


# -- refresh and the end of a session -------------------------------------------------------------------------------


async def test_a_refresh_gives_a_session_and_the_user(emulator: DescopeEmulator, call: Call) -> None:
    refresh = signed_in(emulator).refresh
    found = await call("refresh_session", refresh)
    assert found["sessionToken"]["drn"] == "DS"
    assert found["refreshSessionToken"]["jwt"] == refresh
    assert found["user"]["email"] == ALICE.email
    assert found["user"]["verifiedEmail"] is True
    assert found["user"]["name"] == ALICE.name
    assert found["firstSeen"] is False
    assert found["cookieData"]["maxAge"] == 30 * 24 * 3600 - 1


async def test_a_refresh_shows_what_changed_since(emulator: DescopeEmulator, call: Call) -> None:
    refresh = signed_in(emulator).refresh
    emulator.project.people[ALICE.id] = Person(ALICE.id, ALICE.email, ALICE.name, ("user",))
    assert (await call("refresh_session", refresh))["roles"] == ["user"]
    emulator.project.people[ALICE.id] = Person(ALICE.id, ALICE.email, ALICE.name, enabled=False)
    with pytest.raises(AuthException) as told:
        await call("refresh_session", refresh)
    assert told.value.status_code == 401


async def test_with_rotation_a_refresh_token_is_good_once(emulator: DescopeEmulator, call: Call) -> None:
    emulator.project.rotate_refresh = True
    first = signed_in(emulator).refresh
    second = (await call("refresh_session", first))["refreshSessionToken"]["jwt"]
    assert second != first
    with pytest.raises(AuthException) as told:
        await call("refresh_session", first)
    assert told.value.status_code == 401
    assert json.loads(told.value.error_message or "")["errorCode"] == "E064001"
    await call("refresh_session", second)


async def test_an_expired_refresh_token_is_refused(emulator: DescopeEmulator, clock: Clock) -> None:
    emulator.project.lifetimes = Lifetimes(refresh=100)
    refresh = signed_in(emulator).refresh
    clock.now += 101
    async with httpx.AsyncClient() as client:
        done = await client.post(
            f"{emulator.base_url}/v1/auth/refresh", headers={"Authorization": f"Bearer {PROJECT}:{refresh}"}
        )
    assert done.status_code == 401


async def test_a_session_token_does_not_refresh(emulator: DescopeEmulator, call: Call) -> None:
    with pytest.raises(AuthException) as told:
        await call("refresh_session", signed_in(emulator).session)
    assert told.value.status_code == 401


async def test_tokens_in_cookies_leave_the_body_without_any(emulator: DescopeEmulator, call: Call) -> None:
    emulator.project.tokens_in_cookies = True
    emulator.project.rotate_refresh = True
    first = signed_in(emulator).refresh
    found = await call("refresh_session", first)
    assert "sessionToken" not in found  # the SDK reads no DS cookie
    assert found["refreshSessionToken"]["jwt"] != first


async def test_logout_ends_one_sign_in_and_logout_all_every_one(emulator: DescopeEmulator, call: Call) -> None:
    here, there, other = signed_in(emulator), signed_in(emulator), signed_in(emulator, BOB)
    await call("logout", here.refresh)
    with pytest.raises(AuthException):
        await call("refresh_session", here.refresh)
    await call("refresh_session", there.refresh)
    third = signed_in(emulator)
    await call("logout_all", there.refresh)
    for ended in (there, third):
        with pytest.raises(AuthException):
            await call("refresh_session", ended.refresh)
    await call("refresh_session", other.refresh)
    with pytest.raises(AuthException):
        await call("logout", here.refresh)


async def test_me_is_the_user_behind_the_refresh_token(emulator: DescopeEmulator, call: Call) -> None:
    found = await call("me", signed_in(emulator, PEOPLE[2]).refresh)
    assert (found["userId"], found["email"], found["verifiedEmail"]) == ("U2carol", "carol@example.com", False)
    with pytest.raises(AuthException):
        await call("me", "no.such.token")


# -- signing in -----------------------------------------------------------------------------------------------------


async def test_oauth_leads_over_the_page_to_a_session(emulator: DescopeEmulator, call: Call) -> None:
    url = (await call("oauth.start", "google", BACK))["url"]
    back = await choose(url, ALICE.id)
    assert back.startswith("https://auth.example.test/auth/callback?")
    assert query(back)["state"] == ["s t"]
    (code,) = query(back)["code"]
    found = await call("oauth.exchange_token", code)
    assert (found["userId"], found["user"]["email"]) == (ALICE.id, ALICE.email)
    assert found["sessionToken"]["amr"] == ["oauth"]
    await call("refresh_session", found["refreshSessionToken"]["jwt"])
    with pytest.raises(AuthException) as told:
        await call("oauth.exchange_token", code)
    assert told.value.status_code == 401


async def test_a_code_is_good_for_a_minute(emulator: DescopeEmulator, call: Call, clock: Clock) -> None:
    code = emulator.project.ticket(ALICE, ("oauth",))
    clock.now += CODE_SECONDS + 1
    with pytest.raises(AuthException):
        await call("oauth.exchange_token", code)


async def test_sso_is_for_the_people_of_its_tenant(emulator: DescopeEmulator, call: Call) -> None:
    url = (await call("sso.start", "T2sales", BACK))["url"]
    async with httpx.AsyncClient() as browser:
        page = (await browser.get(url)).text
        refused = await browser.post(url, data={"person": ALICE.id})
    assert BOB.id in page
    assert ALICE.id not in page
    assert query(refused.headers["Location"])["err"] == ["access_denied"]
    (code,) = query(await choose(url, BOB.id))["code"]
    found = await call("sso.exchange_token", code)
    assert (found["userId"], found["sessionToken"]["dct"]) == (BOB.id, "T2sales")
    with pytest.raises(AuthException) as told:
        await call("sso.start", "T2nobody", BACK)
    assert told.value.status_code == 400


async def test_a_person_may_refuse(emulator: DescopeEmulator, call: Call) -> None:
    back = await choose((await call("oauth.start", "google", BACK))["url"], "")
    assert query(back) == {"state": ["s t"], "err": ["access_denied"]}


async def test_a_magic_link_is_good_once(emulator: DescopeEmulator, call: Call) -> None:
    masked = await call("magiclink.sign_in", DeliveryMethod.EMAIL, BOB.email, "https://auth.example.test/?x=1")
    assert masked == "b****@example.com"
    ((email, link),) = emulator.project.outbox
    assert email == BOB.email
    assert query(link)["x"] == ["1"]
    found = await call("magiclink.verify", query(link)["t"][0])
    assert (found["userId"], found["sessionToken"]["amr"]) == (BOB.id, ["email"])
    with pytest.raises(AuthException):
        await call("magiclink.verify", query(link)["t"][0])
    with pytest.raises(AuthException):
        await call("magiclink.sign_in", DeliveryMethod.EMAIL, "nobody@example.com", BACK)


@pytest.mark.parametrize(
    "url", ["https://evil.example/", "https://evil.example\\@x.localhost/", "javascript:alert(1)", "", "https://[/"]
)
async def test_nobody_is_sent_off_this_machine(emulator: DescopeEmulator, call: Call, url: str) -> None:
    with pytest.raises(AuthException) as told:
        await call("oauth.start", "google", url)
    assert told.value.status_code == 400
    async with httpx.AsyncClient() as browser:
        page = await browser.get(f"{emulator.base_url}/sign-in", params={"redirect": url})
        done = await browser.post(f"{emulator.base_url}/sign-in", params={"redirect": url}, data={"person": ALICE.id})
    assert (page.status_code, done.status_code) == (400, 400)


# -- what goes wrong ------------------------------------------------------------------------------------------------


async def test_a_rate_limit_has_its_own_exception(emulator: DescopeEmulator, call: Call) -> None:
    emulator.faults.set(Target.KEYS, Fault(Trouble.STATUS, status=429, retry_after=7))
    with pytest.raises(RateLimitException) as told:
        await call("validate_session", signed_in(emulator).session)
    assert str(told.value.status_code) == "E130429"  # the SDK declares an int
    assert told.value.rate_limit_parameters == {"Retry-After": 7}


async def test_an_address_that_calls_too_often_has_to_wait(emulator: DescopeEmulator, call: Call, clock: Clock) -> None:
    clock.now -= clock.now % 60
    refresh = signed_in(emulator).refresh
    emulator.faults.limit_per_minute = 2  # the keys, then the refresh
    await call("refresh_session", refresh)
    with pytest.raises(RateLimitException) as told:
        await call("me", refresh)
    assert told.value.rate_limit_parameters == {"Retry-After": 60}
    clock.now += 60
    await call("me", refresh)


@pytest.mark.parametrize("status", [400, 401, 500, 502])
async def test_a_status_is_told(emulator: DescopeEmulator, call: Call, status: int) -> None:
    refresh = signed_in(emulator).refresh
    emulator.faults.set(Target.REFRESH, Fault(Trouble.STATUS, status=status))
    with pytest.raises(AuthException) as told:
        await call("refresh_session", refresh)
    assert told.value.status_code == status


async def test_the_sdk_tries_again_after_503(emulator: DescopeEmulator, call: Call) -> None:
    refresh = signed_in(emulator).refresh
    emulator.faults.set(Target.REFRESH, Fault(Trouble.STATUS, status=503, times=1))
    await call("refresh_session", refresh)
    assert emulator.faults.asked[Target.REFRESH] == 2


@pytest.mark.parametrize("trouble", [Trouble.HTML, Trouble.LIST, Trouble.EMPTY])
async def test_wrong_shapes_arrive(emulator: DescopeEmulator, call: Call, trouble: Trouble) -> None:
    refresh = signed_in(emulator).refresh
    emulator.faults.set(Target.REFRESH, Fault(trouble))
    if trouble is Trouble.EMPTY:
        assert "sessionToken" not in await call("refresh_session", refresh)
    else:
        with pytest.raises((ValueError, AttributeError)):
            await call("refresh_session", refresh)


async def test_down_is_a_transport_error_and_passes(emulator: DescopeEmulator, call: Call) -> None:
    refresh = signed_in(emulator).refresh
    emulator.faults.set(Target.REFRESH, Fault(Trouble.DOWN, times=1))
    with pytest.raises(httpx.TransportError):
        await call("refresh_session", refresh)
    await call("refresh_session", refresh)
    await emulator.pause()
    with pytest.raises(httpx.TransportError):
        await call("refresh_session", refresh)
    await emulator.resume()
    await call("refresh_session", refresh)


async def test_slow_is_slower_than_a_short_deadline(emulator: DescopeEmulator) -> None:
    refresh = signed_in(emulator).refresh
    emulator.faults.set(Target.REFRESH, Fault(delay=30))
    async with DescopeClientAsync(PROJECT, base_url=emulator.base_url, timeout_seconds=0.1) as client:
        with pytest.raises(httpx.TimeoutException):
            await client.refresh_session(refresh)

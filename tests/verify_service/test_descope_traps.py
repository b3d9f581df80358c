"""What Descope's SDK (2.16.0) does not check or does wrongly: one test a trap, against the SDK and the emulator.

docs/advisories.md lists them by the numbers in the tests' names; those of its answers' shapes: test_descope_answers.py.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Final

import jwt
import pytest
import pytest_asyncio
from descope import AuthException, DescopeClientAsync

from specter_tui.demo.descope import PROJECT, DescopeEmulator, Fault, Target, Trouble
from specter_tui.demo.descope.keys import Algorithm, encoded
from tests.verify_service.service import (
    ALICE,
    AUTH,
    BOB,
    CAROL,
    Browser,
    Service,
    running,
    settings_for,
)  # fmt: skip
from verify_service.app import OPERATIONS
from verify_service.descope.identity import Descope
from verify_service.descope.keys import KeyState
from verify_service.descope.tokens import LONGEST, check_claims, read_header
from verify_service.errors import RejectedError, UnavailableError
from verify_service.metrics import Metrics

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def _service(_emulator: DescopeEmulator) -> AsyncIterator[Service]:
    async with running(settings_for(_emulator, BEARER_ENABLED="true")) as one:
        yield one


LONG: Final = (
    86_400  # seconds: the lists below are made when the tests are collected, long before the last of them runs
)


def claims(**changed: Any) -> dict[str, Any]:
    """A good session's claims; None removes one."""
    now = int(time.time())
    usual: dict[str, Any] = {
        "sub": "U2alice",
        "iss": PROJECT,
        "iat": now,
        "exp": now + LONG,
        "drn": "DS",
        "amr": ["pwd"],
    }
    return {name: value for name, value in (usual | changed).items() if value is not None}


async def bearer(service: Service, token: str) -> int:
    answer = await service.verify(headers={"Authorization": f"Bearer {token}"})
    assert (answer.status == 200) == ("X-Auth-User" in answer.headers)
    return answer.status


async def sdk_takes(emulator: DescopeEmulator, token: str) -> bool:
    """What the SDK by itself makes of a token."""
    async with DescopeClientAsync(PROJECT, base_url=emulator.base_url, timeout_seconds=3) as client:
        try:
            await client.validate_session(token)
        except (AuthException, jwt.PyJWTError):
            return False
        return True


GOOD = [
    claims(), claims(iss=f"https://api.descope.com/{PROJECT}"), claims(iss=f"https://api.euc1.descope.com/{PROJECT}"),
    claims(aud=PROJECT), claims(aud=[PROJECT, "x"]), claims(dsub="U2real"), claims(roles=[]), claims(tenants={}),
]  # fmt: skip


@pytest.mark.parametrize("good", GOOD)
async def test_a6_good_tokens_pass(service: Service, emulator: DescopeEmulator, good: dict[str, Any]) -> None:
    assert await bearer(service, emulator.project.keys.issue(good)) == 200


TAKEN_BY_THE_SDK = {
    "iss of another project": claims(iss="P2other"),
    "iss of another project at Descope": claims(iss="https://api.descope.com/P2other"),
    "iss of a third party's app": claims(iss=f"https://api.descope.com/v1/apps/{PROJECT}"),
    "iss with more behind": claims(iss=f"https://api.descope.com/{PROJECT}x"),
    "no exp": claims(exp=None),
    "a refresh token": claims(drn="DSR"),
    "no drn": claims(drn=None),
}


@pytest.mark.parametrize("name", TAKEN_BY_THE_SDK)
async def test_a3_claims_that_the_sdk_does_not_look_at(service: Service, emulator: DescopeEmulator, name: str) -> None:
    token = emulator.project.keys.issue(TAKEN_BY_THE_SDK[name])
    assert await sdk_takes(emulator, token), "if the SDK refuses it now, our check may go"
    assert await bearer(service, token) == 401


REFUSED = [
    claims(exp=10**400), claims(exp=float("inf")),
    claims(exp=1), claims(nbf=int(time.time()) + LONG), claims(iat=int(time.time()) + LONG), claims(aud="other"),
    claims(aud=["x"]), claims(sub=None), claims(sub=""), claims(sub=7), claims(iss=None), claims(iss=7),
    claims(exp="soon"),
    claims(exp=True), claims(roles="admin"), claims(roles=[1]), claims(roles=[""]), claims(permissions={"a": 1}),
    claims(tenants=["T"]), claims(tenants={"T": []}), claims(dct=7, tenants={}), claims(sub="a\nb"), claims(name=["x"]),
    claims(sub="a\x00"), claims(email="a\rb"), claims(roles=["a\x7f"]), claims(amr="pwd"),
    claims(dct="T\t", tenants={}), claims(sub="\ud800"),
]  # fmt: skip


@pytest.mark.parametrize("bad", REFUSED, ids=str)
async def test_a3_bad_claims_name_nobody(service: Service, emulator: DescopeEmulator, bad: dict[str, Any]) -> None:
    header = encoded(json.dumps({"alg": "RS256", "kid": emulator.project.keys.current.kid}).encode())
    message = f"{header}.{encoded(json.dumps(bad).encode())}"  # the emulator writes no lone surrogates
    token = f"{message}.{encoded(emulator.project.keys.current.sign(message.encode()))}"
    assert await bearer(service, token) == 401


async def test_a3_algorithms_outside_of_the_list() -> None:
    async with (
        DescopeEmulator() as emulator,
        running(settings_for(emulator, BEARER_ENABLED="true", ALLOWED_ALGS="ES256")) as service,
    ):
        assert await sdk_takes(emulator, emulator.project.keys.issue(claims()))
        assert await bearer(service, emulator.project.keys.issue(claims())) == 401
        assert (await service.ask("/readyz")).status == 503, "the project has no usable key"
        emulator.project.keys.rotate(Algorithm.ES256)
        await service.app[OPERATIONS].keys.refresh()
        assert await bearer(service, emulator.project.keys.issue(claims())) == 200


@pytest.mark.parametrize(
    "header",
    [{"alg": "none"}, {"alg": None}, {"alg": "HS256"}, {"kid": None}, {"kid": ""}, {"kid": 7}, {"alg": ["RS256"]},
     {"alg": "RS512"}, {"alg": "ES256"}, {"kid": "SKunknown"}, {"kid": "../../keys"}, {"alg": "rs256"}],
)  # fmt: skip
async def test_a3_forged_headers(service: Service, emulator: DescopeEmulator, header: dict[str, Any]) -> None:
    assert await bearer(service, emulator.project.keys.issue(claims(), header)) == 401


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "..", "e30.e30.", "e30.e30.e30", "eyJhbGciOiJub25lIn0.e30.", "a" * (LONGEST + 1),
              "\u00e9.b.c",
              "W10.e30.x", "bnVsbA.e30.x", encoded(b"[" * 9000) + ".e30.x", "eyJ.e30.x", "a.b.c.d", "a b.c.d"],
)  # fmt: skip
async def test_a3_what_is_no_token_is_401_and_not_500(service: Service, token: str) -> None:
    assert await bearer(service, token) == 401


async def test_a3_a_bad_signature_raises_no_auth_exception_and_is_401(
    service: Service, emulator: DescopeEmulator
) -> None:
    token = emulator.project.keys.issue(claims())
    head, payload, signature = token.split(".")
    other = encoded(json.dumps(claims(sub="U2admin")).encode())
    for forged in (f"{head}.{other}.{signature}", f"{head}.{payload}.{signature[:-4]}AAAA", f"{head}.{payload}.AAAA"):
        assert await bearer(service, forged) == 401


async def test_a4_unknown_key_ids_cause_one_fetch(service: Service, emulator: DescopeEmulator) -> None:
    emulator.faults.asked.clear()
    forged = [emulator.project.keys.issue(claims(), {"kid": f"SK{number}"}) for number in range(30)]
    assert set(await asyncio.gather(*(bearer(service, token) for token in forged))) == {401}
    assert emulator.faults.asked[Target.KEYS] <= 1


async def test_a4_a_revoked_key_is_forgotten() -> None:
    async with (
        DescopeEmulator() as emulator,
        running(settings_for(emulator, BEARER_ENABLED="true", CACHE_TTL="0")) as service,
    ):
        keys = service.app[OPERATIONS].keys
        old = emulator.project.keys.issue(claims())
        assert await bearer(service, old) == 200
        emulator.project.keys.rotate()
        assert await bearer(service, emulator.project.keys.issue(claims())) == 200, "an unknown key is fetched"
        assert await bearer(service, old) == 200, "during a rotation both are good"
        emulator.project.keys.revoke_old()
        await keys.refresh()
        assert await bearer(service, old) == 401
        await emulator.pause()
        await keys.refresh()
        assert keys.state is KeyState.STALE
        assert await bearer(service, emulator.project.keys.issue(claims())) == 200, "an outage keeps what is known"
        assert (await service.ask("/readyz")).json()["keys"] == "stale"
        await emulator.resume()


KEY_SERVER_TROUBLE = [
    Fault(Trouble.DOWN), Fault(Trouble.STATUS, status=500), Fault(Trouble.STATUS, status=503), Fault(Trouble.HTML),
    Fault(Trouble.STATUS, status=429, retry_after=9), Fault(Trouble.LIST), Fault(Trouble.EMPTY), Fault(delay=3),
    Fault(Trouble.STATUS, status=404),
]  # fmt: skip


async def test_a2_a_503_is_not_waited_out_and_no_trouble_of_the_key_server_opens_or_crashes(
    emulator: DescopeEmulator,
) -> None:
    """The SDK sleeps for 10 s over one 503, with four calls."""
    for fault in KEY_SERVER_TROUBLE:
        emulator.faults.clear()
        emulator.faults.set(Target.KEYS, fault)
        settings = settings_for(emulator, BEARER_ENABLED="true", DESCOPE_TIMEOUT="0.3")
        async with running(settings, warm=False) as service:
            await service.app[OPERATIONS].keys.refresh()
            assert emulator.faults.asked[Target.KEYS] == 1, fault
            assert await bearer(service, emulator.project.keys.issue(claims())) == 503, fault
            assert (await service.ask("/readyz")).status == 503


async def test_a7_1_no_user_gets_the_cookies_of_the_one_before(emulator: DescopeEmulator) -> None:
    emulator.project.tokens_in_cookies = True  # Descope's answers then set DS and DSR
    descope = Descope(settings_for(emulator), Metrics())
    sent: list[str] = []

    async def look(request: Any) -> None:
        sent.append(request.headers.get("cookie", ""))

    descope._client._auth_http._async_client.event_hooks["request"].append(look)
    for person in (ALICE, BOB, CAROL):
        with pytest.raises(UnavailableError, match="Manage in response body"):
            await descope.exchange_oauth(emulator.project.ticket(person, ("oauth",)))
    await descope.close()
    assert len(sent) >= 3
    assert set(sent) == {""}


async def test_a7_1_the_sdk_by_itself_still_leaks_them(emulator: DescopeEmulator) -> None:
    """When this fails the SDK has been mended, and the cookie policy in identity.py may go."""
    emulator.project.tokens_in_cookies = True
    async with DescopeClientAsync(PROJECT, base_url=emulator.base_url.replace("127.0.0.1", "localhost")) as client:
        await client.oauth.exchange_token(emulator.project.ticket(ALICE, ("oauth",)))
        jar = client._auth_http._async_client.cookies.jar
        assert {cookie.name for cookie in jar} == {"DS", "DSR"}


async def test_a7_8_a_logout_that_descope_refuses_still_ends_the_session(
    service: Service, browser: Browser, emulator: DescopeEmulator
) -> None:
    await browser.sign_in(emulator)
    held = dict(browser.held)
    for fault in (Fault(Trouble.STATUS, status=401), Fault(Trouble.DOWN), Fault(Trouble.STATUS, status=503)):
        browser.held = dict(held)
        emulator.faults.set(Target.LOGOUT, fault)
        answer = await browser.visit("/auth/logout", "POST", Origin=f"https://{AUTH}")
        assert answer.status == 200
        assert browser.held == {}
    browser.held = held
    assert (await browser.open()).status == 307


async def test_a7_9_descopes_own_words_reach_no_page(browser: Browser, emulator: DescopeEmulator) -> None:
    emulator.faults.set(Target.START, Fault(Trouble.STATUS, status=400))
    answer = await browser.visit(f"/auth/login/oauth?tx={await browser.begin()}&provider=google")
    assert answer.status == 401
    assert "fault that was asked for" not in answer.text


async def test_a2_descope_public_key_in_the_environment_stands_in_for_nothing(
    emulator: DescopeEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESCOPE_PUBLIC_KEY", json.dumps(emulator.project.keys.current.jwk))
    descope = Descope(settings_for(emulator), Metrics())
    assert descope._client._auth.public_keys == {}
    await descope.close()


async def test_a5_tokens_of_two_users_are_no_session(browser: Browser, emulator: DescopeEmulator) -> None:
    mixed = replace(emulator.project.sign_in(ALICE, ("pwd",)), refresh=emulator.project.sign_in(BOB, ("pwd",)).refresh)
    assert (await browser.hand_over(mixed, await browser.begin())).status == 401
    assert (await browser.open()).status == 307


async def test_headers_and_claims_are_checked_without_the_sdk_too() -> None:
    with pytest.raises(RejectedError):
        read_header("e30.e30.x", ("RS256",))
    with pytest.raises(RejectedError):
        check_claims(claims(drn="DSR"), PROJECT, "DS")
    assert check_claims(claims(exp=5.5), PROJECT, "DS") == 5.5

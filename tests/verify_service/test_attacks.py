"""Attacks that no published advisory names, each over a socket against the real service unless it says otherwise."""

from __future__ import annotations

import asyncio
import tracemalloc
from unittest.mock import AsyncMock, Mock

import pytest
from aiohttp import HttpVersion11
from multidict import CIMultiDict

from specter_tui.demo.descope import DescopeEmulator, Fault, Target, Trouble
from tests.verify_service.service import APP, AUTH, BOB, NAVIGATION, Browser, Clock, Service, running, settings_for
from tests.verify_service.test_decisions import FORWARDED
from verify_service.app import OPERATIONS
from verify_service.descope.keys import KeyState
from verify_service.request.answers import Allowed, head_of_allowed
from verify_service.request.forwarded import Reader, Refusal
from verify_service.request.person import Person
from verify_service.request.policy import parse
from verify_service.request.redirects import safe_target
from verify_service.sign_in.login import RENEWALS
from verify_service.site import parse_authority
from verify_service.values import secrets

FORM = {"Origin": f"https://{AUTH}", "Content_Type": "application/x-www-form-urlencoded"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _raw(service: Service, request: bytes) -> bytes:
    """The whole answer to bytes as they stand; the request has to make the service close."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write(request)
    async with asyncio.timeout(20):
        answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize("line", [
    b"Cookie: PHPSESSID=kept-from-scripts; pad=" + b"x" * 70000,
    b"Cookie: PHPSESSID=kept-from-scripts\x00",
    b"Cookie: PHPSESSID=kept-from-scripts\rx",
    b"Cookie : PHPSESSID=kept-from-scripts",
], ids=["long", "NUL", "CR", "space"])  # fmt: skip
async def test_a_request_that_is_not_understood_is_not_quoted(service: Service, line: bytes) -> None:
    answer = await _raw(service, b"GET /verify HTTP/1.1\r\nHost: x\r\n" + line + b"\r\n\r\n")
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))
    assert answer.endswith(b"\r\n\r\nBad Request")
    assert "kept-from-scripts" not in service.log.getvalue()


@pytest.mark.parametrize("name", ["X-Forwarded-Method", "X-Forwarded-Proto", "X-Forwarded-Host"])
async def test_what_a_client_makes_long_is_not_remembered(service: Service, name: str) -> None:
    """Any client chooses the method, and any number of them: 4,096 of 60 kB would be 240 MB."""
    assert (await service.ask("/verify", headers=FORWARDED | {name: "A" * 60000})).status == 400
    reader = Reader(service.settings.site)
    tracemalloc.start()
    try:
        for number in range(100):
            assert isinstance(reader.read(CIMultiDict(FORWARDED | {name: f"{number}" + "A" * 60000})), Refusal)
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("paused", [True, False])
async def test_who_reads_no_answer_is_not_answered_further(paused: bool) -> None:
    """A unit test: over a socket, only time would tell that nothing more comes."""
    request = Mock(keep_alive=True, version=HttpVersion11)
    request.protocol.writing_paused = paused
    request.writer.drain = AsyncMock()
    await Allowed(head_of_allowed([("X-Auth-User", "U")]), "", 0.0).prepare(request)
    assert request.transport.write.call_count == 1
    assert request.writer.drain.await_count == (1 if paused else 0)


async def test_a_body_never_becomes_the_next_request(
    service: Service, browser: Browser, emulator: DescopeEmulator
) -> None:
    await browser.sign_in(emulator)
    inner = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    asked = "".join(f"{name}: {value}\r\n" for name, value in FORWARDED.items()) + f"Cookie: {browser.cookie(APP)}\r\n"
    head = f"GET /verify HTTP/1.1\r\nHost: x\r\n{asked}".encode()
    last = head + b"Connection: close\r\n\r\n"
    length, chunk = b"Content-Length: %d\r\n\r\n" % len(inner), b"%x\r\n" % len(inner)
    for body in (length + inner, b"Transfer-Encoding: chunked\r\n\r\n" + chunk + inner + b"\r\n0\r\n\r\n"):
        answer = await _raw(service, head + body + last)
        assert answer.count(b"HTTP/1.1 200 OK\r\n") == answer.count(b"X-Auth-User: U2alice\r\n") == 2
        assert b"status" not in answer


@pytest.mark.parametrize("rule", ["emails=kirk@kek.example", "domains=kek.example"])
async def test_letters_that_only_look_alike_in_lower_case_are_others(rule: str) -> None:
    """U+212A in lower case is an ASCII k, and the owner of another mailbox must not pass for its owner."""
    assert parse(rule).allows(Person("U", email="Kirk@KEK.example", email_verified=True))
    assert parse(rule.upper().replace("EMAILS", "emails").replace("DOMAINS", "domains")).allows(
        Person("U", email="kirk@kek.example", email_verified=True)
    )
    assert not parse(rule).allows(Person("U", email="\u212airk@\u212ae\u212a.example", email_verified=True))


@pytest.mark.parametrize(
    ("kind", "body"), [("; charset=nonsense", b"all=1"), ("", b"all=1&redirect=%ff&x=\xff"), ("", b"")]
)
async def test_a_form_of_any_bytes_signs_out(
    service: Service, browser: Browser, emulator: DescopeEmulator, kind: str, body: bytes
) -> None:
    await browser.sign_in(emulator)
    cookie = browser.cookie(AUTH)
    headers = {
        "Origin": f"https://{AUTH}", "Content-Type": f"application/x-www-form-urlencoded{kind}", "Cookie": cookie,
    }  # fmt: skip
    assert (await service.ask("/auth/logout", "POST", NAVIGATION | headers, body)).status == 200
    assert (await browser.open()).status == 307


async def test_a_renewal_under_way_does_not_outlive_a_logout_everywhere(emulator: DescopeEmulator) -> None:
    clock = Clock(1_900_000_000.0)
    async with running(settings_for(emulator), clock) as service:
        here, there = Browser(service), Browser(service)
        await here.sign_in(emulator)
        await there.sign_in(emulator)
        del there.held["__Secure-dv_s"]
        emulator.faults.asked.clear()
        emulator.faults.set(Target.REFRESH, Fault(delay=1))
        emulator.faults.set(Target.LOGOUT, Fault(Trouble.STATUS, status=500))
        renewal = asyncio.create_task(there.visit("/"))
        while not emulator.faults.asked[Target.REFRESH]:  # noqa: ASYNC110  the emulator counts and signals nothing
            await asyncio.sleep(0.01)
        assert (await here.visit("/auth/logout", "POST", "all=1", **FORM)).status == 200
        clock.now += 1
        assert (await renewal).status == 200
        assert set(there.held) == {name for name in there.held if name.startswith("__Host-dv_t_")}
        assert (await there.open()).status == 307


async def test_a_refused_renewal_is_asked_for_once(
    service: Service, browser: Browser, emulator: DescopeEmulator
) -> None:
    await browser.sign_in(emulator)
    kept = {name: held for name, held in browser.held.items() if name.startswith("__Host-dv_r")}
    emulator.faults.asked.clear()
    emulator.faults.set(Target.REFRESH, Fault(Trouble.STATUS, status=401))
    for _ in range(5):
        assert (await Browser(service, dict(kept)).visit("/")).status == 200
    assert emulator.faults.asked[Target.REFRESH] == 1


async def test_one_user_can_renew_only_so_often(emulator: DescopeEmulator) -> None:
    """With rotation each renewal brings another token, so that no remembered answer stands before Descope's limit."""
    emulator.project.rotate_refresh = True
    clock = Clock(1_900_000_000.0)
    async with running(settings_for(emulator), clock) as service:
        browser, other = Browser(service), Browser(service)
        await browser.sign_in(emulator)
        emulator.faults.asked.clear()
        statuses = []
        for number in range(RENEWALS.number + 5):
            browser.held = {name: held for name, held in browser.held.items() if name.startswith("__Host-dv_r")}
            statuses.append((await browser.visit(f"/?redirect=https%3A%2F%2F{APP}%2F{number}")).status)
        assert emulator.faults.asked[Target.REFRESH] == RENEWALS.number
        assert statuses == [303] * RENEWALS.number + [429] * 5
        assert browser.held, "and what it holds is good again later"
        await other.sign_in(emulator, BOB)
        del other.held["__Secure-dv_s"]
        assert (await other.visit("/")).status in {200, 303}
        assert "__Secure-dv_s" in other.held, "nobody else waits"
        clock.now += RENEWALS.seconds
        assert (await browser.visit("/")).status in {200, 303}
        assert "__Secure-dv_s" in browser.held


@pytest.mark.parametrize("text", [
    "[" * 100_000, '{"keys": 7}', '{"keys": [7]}', '{"keys": [{"kid": []}]}', "1e999",
    '{"keys": [{"kty": "EC", "crv": "P-9", "x": "AA", "y": "AA", "alg": "ES256", "kid": "k"}]}',
    '{"keys": [{"kty": "RSA", "n": "AA", "e": "AA", "alg": "RS256", "kid": "k"}]}',
])  # fmt: skip
async def test_no_answer_of_the_key_server_ends_the_fetching(
    emulator: DescopeEmulator, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    async with running(settings_for(emulator)) as service:
        keys = service.app[OPERATIONS].keys
        sdk = keys._fetch.__self__._client._auth  # type: ignore[attr-defined]
        with monkeypatch.context() as patch:
            patch.setattr(sdk._http, "get", AsyncMock(return_value=Mock(text=text)))
            await keys.refresh()
        await keys.refresh()
        assert keys.state is KeyState.FRESH


@pytest.mark.parametrize("values", [
    ["Basic eDp5", "Bearer x"], ["Bearer x", "Basic eDp5"], ["Bearer x", "Bearer x"],
    ["Bearer\tx"], ["bearer"], ["BEARER,x"],
])  # fmt: skip
async def test_no_spelling_of_a_bad_token_hides_behind_a_session(emulator: DescopeEmulator, values: list[str]) -> None:
    async with running(settings_for(emulator, BEARER_ENABLED="true")) as service:
        browser = Browser(service)
        await browser.sign_in(emulator)
        usual = [*FORWARDED.items(), ("Cookie", browser.cookie(APP))]
        assert (await service.ask("/verify", headers=[*usual, ("Authorization", "Basic eDp5")])).status == 200
        answer = await service.ask("/verify", headers=[*usual, *(("Authorization", one) for one in values)])
        assert answer.status == 401
        assert "X-Auth-User" not in answer.headers


@pytest.mark.parametrize("name", ["wi\u212ai", "\u017fignin", "w\u0131ki", "W\u0130KI"])
async def test_a_host_is_written_in_ascii(service: Service, name: str) -> None:
    """A pattern of ASCII letters takes these too once it ignores case, and a browser opens another host."""
    assert parse_authority(f"{name}.example.test") is None
    assert safe_target(f"https://{name}.example.test/", service.settings.site) is None


@pytest.mark.parametrize("text", [
    "change-me-change-me-change-me-change-me", "your-session-secret-of-at-least-32-bytes", "CHANGETHIS" * 4,
    "replace-this-with-32-random-bytes", "$(openssl rand -hex 32)-and-so-on", "0123456789abcdef" * 2 + ",change_me" * 4,
])  # fmt: skip
async def test_a_placeholder_is_no_secret(text: str) -> None:
    with pytest.raises(ValueError, match="openssl rand"):
        secrets(text)

"""The table of /verify's answers, over sockets: docs/verify.md says the same in words."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from specter_tui.demo.descope import DescopeEmulator
from tests.verify_service.service import (
    ALICE,
    APP,
    AUTH,
    CAROL,
    DAVE,
    IDENTITY,
    NAVIGATION,
    ZOE,
    Browser,
    Service,
    running,
    settings_for,
)  # fmt: skip

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOGIN = f"https://{AUTH}/?redirect="
HERE = LOGIN + quote(f"https://{APP}/page?a=1", safe="")
HTML = {"Accept": "text/html"}
JSON = {"Accept": "application/json"}

# What comes without a session: method, scheme, headers -> status.
WITHOUT_SESSION = [
    ("GET", "https", NAVIGATION, 307),
    ("HEAD", "https", NAVIGATION, 307),
    ("GET", "https", HTML, 307),
    ("GET", "http", HTML, 307),
    ("GET", "https", {"Accept": "*/*"}, 401),
    ("GET", "https", {}, 401),
    ("GET", "https", JSON, 401),
    ("GET", "https", HTML | {"X-Requested-With": "XMLHttpRequest"}, 401),
    ("GET", "https", HTML | {"Sec-Fetch-Mode": "cors"}, 401),
    ("GET", "https", HTML | {"Sec-Fetch-Mode": "no-cors"}, 401),
    ("GET", "https", HTML | {"Sec-Fetch-Mode": "same-origin"}, 401),
    ("GET", "https", HTML | {"Sec-Fetch-Mode": "websocket"}, 401),
    ("GET", "https", HTML | {"Sec-WebSocket-Key": "dGhlIHNhbXBsZQ=="}, 401),
    ("GET", "wss", HTML, 401),
    ("GET", "ws", NAVIGATION, 401),
    ("GET", "https", NAVIGATION | {"Authorization": "Basic eDp5"}, 401),
    ("GET", "https", NAVIGATION | {"Authorization": "Bearer x"}, 401),
    ("OPTIONS", "https", {"Origin": "https://x.test", "Access-Control-Request-Method": "PUT"}, 401),
    ("OPTIONS", "https", NAVIGATION, 401),
    ("POST", "https", NAVIGATION, 303),
    ("POST", "https", HTML, 303),
    ("PUT", "https", JSON, 401),
    ("POST", "https", {"Accept": "*/*"}, 401),
]


@pytest.mark.parametrize(("method", "proto", "headers", "status"), WITHOUT_SESSION)
async def test_without_a_session(
    service: Service, method: str, proto: str, headers: dict[str, str], status: int
) -> None:
    answer = await service.verify("/page?a=1", method=method, proto=proto, headers=headers)
    assert answer.status == status
    assert answer.set_cookies == []
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Vary"] == "Cookie, Accept"
    assert not set(answer.headers) & set(IDENTITY)
    if status == 307:
        assert (answer.location, answer.text) == (HERE, "")
    elif status == 303:
        assert answer.location == LOGIN + quote(f"https://{APP}/", safe=""), "the form's own address may know no GET"
    else:
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.json()["login_url"] == HERE
        assert answer.json()["error"]


FORWARDED = {
    "X-Forwarded-Method": "GET",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": APP,
    "X-Forwarded-Uri": "/",
}
MALFORMED = [
    ("X-Forwarded-Method", ["get", "GET POST", "", "G" * 21, "GET,POST", "G\u00cbT"]),
    ("X-Forwarded-Proto", ["HTTPS", "ftp", "", "https,http", "javascript"]),
    ("X-Forwarded-Host", ["", "a b", "a@b", f"{APP},evil.test", f"{APP}/x?", f"{APP}:", f"{APP}:0", f"{APP}:99999",
                          f".{APP}", f"a..{APP}", "[::1]", f"{APP}#", f"{APP}\\.evil.test", "-a.example.test"]),
    ("X-Forwarded-Uri", ["", "page", "//evil.test\\x", "/a b", "/\u00e9", "/" + "a" * 8192, "https://e.tt/", "/a\tb"]),
]  # fmt: skip


@pytest.mark.parametrize("name", FORWARDED)
async def test_a_missing_or_repeated_header_is_400(
    service: Service, browser: Browser, emulator: DescopeEmulator, name: str
) -> None:
    await browser.sign_in(emulator)
    cookie = {"Cookie": browser.cookie(APP)}
    missing = await service.ask(
        "/verify", headers={key: value for key, value in FORWARDED.items() if key != name} | cookie
    )
    doubled = await service.ask("/verify", headers=[*FORWARDED.items(), (name, FORWARDED[name]), *cookie.items()])
    assert (missing.status, doubled.status) == (400, 400)
    assert len(missing.text) < 200


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in MALFORMED for value in values])
async def test_a_malformed_header_is_400_even_with_a_session(
    service: Service, browser: Browser, emulator: DescopeEmulator, name: str, value: str
) -> None:
    await browser.sign_in(emulator)
    answer = await service.ask("/verify", headers=FORWARDED | {name: value, "Cookie": browser.cookie(APP)})
    assert answer.status == 400


OUTSIDE = ["evil.test", "example.test.evil.test", "notexample.test", "test", "127.0.0.1", f"{APP}:8443"]


@pytest.mark.parametrize("host", OUTSIDE)
async def test_a_host_outside_of_the_site_is_403(
    service: Service, browser: Browser, emulator: DescopeEmulator, host: str
) -> None:
    await browser.sign_in(emulator)
    answer = await service.verify(host=host, cookie=browser.cookie(APP), headers=NAVIGATION)
    assert answer.status == 403
    assert not answer.location


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("APP.Example.TEST", APP),
        (f"{APP}.", APP),
        (f"{APP}:443", f"{APP}:443"),
        ("example.test", "example.test"),
        ("a_b.example.test", "a_b.example.test"),
    ],
)
async def test_spellings_of_a_host_are_one_host(service: Service, host: str, shown: str) -> None:
    answer = await service.verify("/x", host=host, headers=NAVIGATION)
    assert answer.location == LOGIN + quote(f"https://{shown}/x", safe="")


async def test_a_peer_that_is_no_trusted_proxy_is_400(emulator: DescopeEmulator) -> None:
    async with running(settings_for(emulator, TRUSTED_PROXIES="10.0.0.0/8")) as service:
        browser = Browser(service)
        await browser.sign_in(emulator)
        assert (await browser.open()).status == 400


# query -> who passes, of alice (admin, user, deployer; T2engineering), carol (user; no tenant, unverified), dave
# (nothing, example.org) and zoë (user, "night, shift"; two tenants)
POLICIES = [
    ("", "acdz"),
    ("roles=user", "acz"),
    ("roles=user,admin", "a"),
    ("roles=deployer", "a"),
    ("any_role=admin,night%2C+shift", "az"),
    ("roles=night%2C%20shift", "z"),
    ("permissions=read", "ac"),
    ("permissions=read,write", "a"),
    ("tenant=T2engineering", "a"),
    ("tenant=T2sales,T2engineering", "a"),
    ("emails=alice@example.com,dave@example.org", "ad"),
    ("emails=ALICE@example.com", "a"),
    ("domains=example.com", "az"),
    ("domains=EXAMPLE.org", "d"),
    ("domains=example", ""),
    ("amr=email", "acdz"),
    ("amr=mfa", ""),
    ("amr=email,mfa", ""),
    ("roles=user&domains=example.com&tenant=T2engineering", "a"),
    ("mode=401", "acdz"),
    ("mode=redirect&roles=admin", "a"),
]
PEOPLE = {"a": ALICE, "c": CAROL, "d": DAVE, "z": ZOE}


async def signed_in(service: Service, emulator: DescopeEmulator) -> dict[str, str]:
    """Each one's cookies."""
    found = {}
    for letter, person in PEOPLE.items():
        browser = Browser(service)
        await browser.sign_in(emulator, person)
        found[letter] = browser.cookie(APP)
    return found


async def test_the_policy_of_a_route(service: Service, emulator: DescopeEmulator) -> None:
    cookies = await signed_in(service, emulator)
    for query, passing in POLICIES:
        for _ in range(2):  # the second time from memory
            answers = {who: await service.verify(cookie=cookie, query=query) for who, cookie in cookies.items()}
            statuses = {who: answer.status for who, answer in answers.items()}
            assert statuses == {who: 200 if who in passing else 403 for who in cookies}, query
            assert not any(answer.location for answer in answers.values())


async def test_a_person_is_told_in_html_and_a_program_in_json(service: Service, emulator: DescopeEmulator) -> None:
    cookies = await signed_in(service, emulator)
    page = await service.verify(cookie=cookies["d"], query="roles=admin", headers=NAVIGATION)
    told = await service.verify(cookie=cookies["d"], query="roles=admin", headers=JSON)
    assert (page.status, told.status) == (403, 403)
    assert f"https://{AUTH}/auth/logout" in page.text
    assert told.json() == {"error": "this user is not allowed here"}


BAD_POLICIES = [
    "role=admin", "roles", "roles=", "roles=a,", "roles=,a", "roles=a&roles=b", "=a", "&", "roles=a&",
    "x=1&roles=admin",
    "mode=302", "mode=", "mode=401,redirect", "ROLES=admin", "roles=%ff", "roles=%20", "redirect=https://evil.test",
]  # fmt: skip


@pytest.mark.parametrize("query", BAD_POLICIES)
async def test_a_policy_that_cant_be_read_is_500_for_everybody(
    service: Service, browser: Browser, emulator: DescopeEmulator, query: str
) -> None:
    await browser.sign_in(emulator)
    assert (await service.verify(cookie=browser.cookie(APP), query=query)).status == 500
    assert (await service.verify(query=query, headers=NAVIGATION)).status == 500


async def test_mode_401_sends_no_browser_away(service: Service) -> None:
    assert (await service.verify(query="mode=401", headers=NAVIGATION)).status == 401
    assert (await service.verify(query="mode=redirect", headers=NAVIGATION)).status == 307


async def test_the_default_policy_holds_beside_the_routes(emulator: DescopeEmulator) -> None:
    async with running(settings_for(emulator, DEFAULT_POLICY="roles=user&mode=401")) as service:
        browser = Browser(service)
        await browser.sign_in(emulator, CAROL)
        assert (await browser.open()).status == 200
        assert (await browser.open(query="roles=admin")).status == 403
        stranger = Browser(service)
        await stranger.sign_in(emulator, DAVE)
        assert (await stranger.open(query="domains=example.org")).status == 403
        assert (await service.verify(headers=NAVIGATION)).status == 401
        assert (await service.verify(headers=NAVIGATION, query="mode=redirect")).status == 307


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"])
async def test_the_method_of_the_subrequest_changes_nothing(
    service: Service, browser: Browser, emulator: DescopeEmulator, method: str
) -> None:
    await browser.sign_in(emulator)
    headers = FORWARDED | {"Cookie": browser.cookie(APP)}
    assert (await service.ask("/verify", method, headers)).status == 200
    assert (await service.ask("/verify", method, FORWARDED)).status == 401


# -- Bearer ----------------------------------------------------------------------------------------------------------


async def test_bearer_tokens_where_they_are_enabled(emulator: DescopeEmulator) -> None:
    token = emulator.project.sign_in(ALICE, ("pwd",)).session
    other = emulator.project.sign_in(DAVE, ("pwd",)).session
    good = {"Authorization": f"Bearer {token}"}
    async with running(settings_for(emulator, BEARER_ENABLED="true")) as service:
        answer = await service.verify(headers=good)
        assert (answer.status, answer.headers["X-Auth-User"], answer.headers["X-Auth-Email"]) == (200, "U2alice", "")
        assert (await service.verify(headers={"Authorization": f"bearer  {token}"})).status == 200
        assert (await service.verify(headers=good, query="roles=admin")).status == 200
        assert (await service.verify(headers=good, query="domains=example.com")).status == 403
        assert (await service.verify(headers={"Authorization": f"Bearer {token}x"} | NAVIGATION)).status == 401
        browser = Browser(service)
        await browser.sign_in(emulator, ALICE)
        assert (await browser.open(headers={"Authorization": "Bearer bad"})).status == 401, "no silent way past it"
        assert (await browser.open(headers={"Authorization": f"Bearer {other}"})).status == 401, "two people"
        assert (await browser.open(headers=good)).headers["X-Auth-Email"] == "alice@example.com"
        assert (await browser.open(headers={"Authorization": "Basic eDp5"})).status == 200, "the application's own"
    async with running(settings_for(emulator)) as service:
        assert (await service.verify(headers=good)).status == 401


async def test_without_keys_a_bearer_token_is_503_and_nothing_else_is(emulator: DescopeEmulator) -> None:
    token = emulator.project.sign_in(ALICE, ("pwd",)).session
    settings = settings_for(emulator, BEARER_ENABLED="true")
    async with running(settings) as service:
        browser = Browser(service)
        await browser.sign_in(emulator)
    await emulator.pause()
    async with running(settings, warm=False) as service:
        browser.service = service
        answer = await service.verify(headers={"Authorization": f"Bearer {token}"})
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert (await browser.open()).status == 200
        assert (await service.verify(headers=NAVIGATION)).status == 307
        assert (await service.verify(headers=JSON)).status == 401
    await emulator.resume()


async def test_what_is_allowed_is_counted_and_not_logged(emulator: DescopeEmulator) -> None:
    async with running(settings_for(emulator)) as service:
        browser = Browser(service)
        await browser.sign_in(emulator)
        service.log.truncate(0)
        service.log.seek(0)
        for _ in range(3):
            await browser.open()
        assert service.log.getvalue() == ""
        assert 'specter_verify_answers_total{status="200"} 3.0' in await service.metrics()


async def test_whatever_fails_unexpectedly_is_500_and_tells_nothing(
    emulator: DescopeEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(settings_for(emulator)) as service:
        browser = Browser(service)
        await browser.sign_in(emulator)

        def broken(*_arguments: object) -> None:
            raise RuntimeError(f"no memory for {browser.cookie(APP)}")

        monkeypatch.setattr("verify_service.session.sessions.Sessions.find", broken)
        answer = await browser.open()
        assert answer.status == 500
        assert not set(answer.headers) & set(IDENTITY)
        assert browser.cookie(APP) not in answer.text
        failure = next(line for line in service.logged if line.get("exception") == "RuntimeError")
        assert any("verify.py" in place for place in failure["at"])
        assert "no memory" not in service.log.getvalue()

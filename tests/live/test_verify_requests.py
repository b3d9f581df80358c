"""What the whole site answers to programs, forms, sockets, many visitors at once, and to those who lie."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack

import aiohttp
import pytest

from specter_tui.demo.descope import PEOPLE, Person
from tests.live.verify_http2 import Http2
from tests.live.verify_site import DOMAIN, VerifySite
from tests.live.verify_visitor import HTML, Visitor, cookie_header, identity, redirect_of

pytestmark = pytest.mark.live

ALICE, BOB, CAROL, ZOE = PEOPLE[0], PEOPLE[1], PEOPLE[2], PEOPLE[4]
SESSION, REFRESH = "__Secure-dv_s", "__Host-dv_r"
DEEP = "/deep?q=a%20b&list=1&list=2&u=%C3%BC&next=https%3A%2F%2Fevil.example%2F%3Fx%3D1%26y&e="


# -- who has no session ---------------------------------------------------------------------------------------------


async def test_a_navigation_is_led_to_the_sign_in_with_its_whole_address(site: VerifySite) -> None:
    async with Visitor(site) as visitor:
        answer = await visitor.get(site.url("app", DEEP))
    assert answer.status == 307
    assert redirect_of(answer.headers["Location"]) == site.url("app", DEEP)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "application/json"},
        {"Accept": "*/*", "X-Requested-With": "XMLHttpRequest"},
        {"Accept": "*/*", "Sec-Fetch-Mode": "cors"},
        {"Accept": "text/html", "Authorization": "Bearer a.b.c"},
    ],
)
async def test_a_program_is_told_401_and_where_to_sign_in(site: VerifySite, headers: dict[str, str]) -> None:
    async with Visitor(site) as visitor:
        answer = await visitor.get(site.url("app", "/api?x=1"), headers)
        told = await answer.json()
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert redirect_of(told["login_url"]) == site.url("app", "/api?x=1")


async def test_a_form_sent_after_expiry_is_led_to_the_sign_in_and_not_sent_there(site: VerifySite) -> None:
    form = {**HTML, "Content-Type": "application/x-www-form-urlencoded"}
    async with Visitor(site) as visitor:
        answer = await visitor.request("POST", site.url("app", "/save?x=1"), headers=form, data="password=hunter2")
    assert answer.status == 303
    assert answer.headers["Location"].startswith(site.url("auth", "/?redirect="))
    assert redirect_of(answer.headers["Location"]).startswith(site.url("app"))
    assert "hunter2" not in site.log
    assert all("hunter2" not in json.dumps(one) for one in site.application.seen)


async def test_a_socket_needs_a_session(site: VerifySite) -> None:
    address = site.url("app", "/ws").replace("https:", "wss:")
    async with Visitor(site) as visitor:
        with pytest.raises(aiohttp.WSServerHandshakeError) as told:
            await visitor.session.ws_connect(address)
        assert told.value.status == 401
        await visitor.sign_in(ALICE.id)
        async with visitor.session.ws_connect(address) as socket:
            seen = await socket.receive_json()
            await socket.send_str("still there")
            assert await socket.receive_str() == "still there"
    assert identity(seen)["x-auth-user"] == ALICE.id
    assert "dv_" not in cookie_header(seen)


# -- who has one ----------------------------------------------------------------------------------------------------


async def test_the_sign_in_leads_back_to_the_deep_link(site: VerifySite) -> None:
    async with Visitor(site) as visitor:
        assert await visitor.sign_in(BOB.id, site.url("wiki", DEEP)) == site.url("wiki", DEEP)
        seen = await visitor.seen(site.url("wiki", DEEP))
    assert seen["path"] == DEEP
    assert identity(seen)["x-auth-tenant"] == "T2sales"


async def test_sso_by_tenant(site: VerifySite) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in(BOB.id, method="sso", tenant="T2sales")
        assert identity(await visitor.seen(site.url("app")))["x-auth-user"] == BOB.id


async def test_names_and_roles_of_any_alphabet_arrive_encoded(site: VerifySite) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in(ZOE.id)
        found = identity(await visitor.seen(site.url("app")))
    assert found["x-auth-email"] == "zo%C3%AB@example.com"
    assert found["x-auth-name"] == "Zo%C3%AB %C5%BDi%C5%BEek%2C Dr."
    assert found["x-auth-roles"] == "user,night%2C shift"


async def test_a_body_and_a_method_pass_unchanged(site: VerifySite) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in(ALICE.id)
        answer = await visitor.request("PUT", site.url("app", "/x"), data=b"a body", headers={"Accept": "*/*"})
        seen = await answer.json()
    assert (seen["method"], seen["body"]) == ("PUT", "a body")


async def test_a_role_that_is_missing_is_403_without_a_redirect(site: VerifySite) -> None:
    async with Visitor(site) as alice, Visitor(site) as bob:
        await alice.sign_in(ALICE.id)
        await bob.sign_in(BOB.id)
        assert identity(await alice.seen(site.url("admin")))["x-auth-user"] == ALICE.id
        refused = await bob.get(site.url("admin"))
        told = await bob.get(site.url("admin"), {"Accept": "application/json"})
    assert (refused.status, refused.content_type) == (403, "text/html")
    assert (told.status, told.content_type) == (403, "application/json")


async def test_a_role_taken_away_is_gone_after_the_sessions_life(site: VerifySite) -> None:
    site.restart(SESSION_TTL="2")
    site.until_ready()
    people = site.descope.project.people
    async with Visitor(site) as visitor:
        await visitor.sign_in(ALICE.id)
        await visitor.seen(site.url("admin"))
        people[ALICE.id] = Person(ALICE.id, ALICE.email, ALICE.name, ("user",))
        try:
            await asyncio.sleep(2.1)
            turned = await visitor.get(site.url("admin"))
            renewed = await visitor.get(turned.headers["Location"])
            assert (turned.status, renewed.status) == (307, 303)
            assert renewed.headers["Location"] == site.url("admin")
            assert (await visitor.get(site.url("admin"))).status == 403
        finally:
            people[ALICE.id] = ALICE


@pytest.fixture
def people(site: VerifySite) -> Iterator[list[Person]]:
    found = [Person(f"U9{number:03}", f"p{number}@example.com", f"Person {number}") for number in range(200)]
    site.descope.project.people.update({person.id: person for person in found})
    yield found
    for person in found:
        del site.descope.project.people[person.id]


async def test_two_hundred_people_at_once_are_never_taken_for_each_other(
    site: VerifySite, people: list[Person]
) -> None:
    async def one(person: Person) -> list[str]:
        async with Visitor(site) as visitor:
            target = site.url("app", f"/mine/{person.id}")
            assert await visitor.sign_in(person.id, target) == target
            found = [identity(await visitor.seen(target)) for _ in range(3)]
            me = await visitor.get(site.url("auth", "/auth/me"))
            assert person.email in await me.text()
            return [f"{one['x-auth-user']} {one['x-auth-email']}" for one in found]

    found = await asyncio.gather(*(one(person) for person in people))
    assert found == [[f"{person.id} {person.email}"] * 3 for person in people]


async def test_two_hundred_renewals_at_once_keep_everyone_who_he_was(site: VerifySite, people: list[Person]) -> None:
    async with AsyncExitStack() as stack:
        visitors = [await stack.enter_async_context(Visitor(site)) for _ in people]
        target = site.url("app", "/mine")
        await asyncio.gather(*(one.sign_in(person.id) for one, person in zip(visitors, people, strict=True)))
        assert len({one.cookies()[REFRESH] for one in visitors}) == len(people)
        for one in visitors:  # as when it has expired
            one.jar.clear(lambda cookie: cookie.key == SESSION)

        async def renewed(visitor: Visitor) -> str:
            turned = await visitor.get(target)
            back = await visitor.get(turned.headers["Location"])
            assert (back.status, back.headers["Location"]) == (303, target)
            return identity(await visitor.seen(target))["x-auth-user"]

        assert await asyncio.gather(*(renewed(one) for one in visitors)) == [person.id for person in people]


# -- who lies -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["X-Auth-User", "x-auth-user", "X_Auth_User", "X-Auth_User", "x_auth_user", "X.Auth.User"]
)
@pytest.mark.parametrize("host", ["app", "open"])
async def test_nobody_chooses_who_he_is(site: VerifySite, name: str, host: str) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in(BOB.id)
        seen = await visitor.seen(site.url(host), {name: "root", "X-Auth-Roles": "admin", "X_Auth_Roles": "admin"})
    assert "root" not in json.dumps(seen)
    assert "admin" not in json.dumps(seen["headers"])
    if host == "app":
        assert identity(seen)["x-auth-user"] == BOB.id


async def test_our_cookies_stay_away_from_applications(site: VerifySite) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in(ALICE.id)
        cookies = visitor.cookies()
        forged = "__Host-dv_r=stolen; dv_s=x; __host-DV_T_0a1b2c3d=x; theme=dark; dv_score=7"
        sent = f"a=1; {SESSION}={cookies[SESSION]}; {forged}; b=2"
        async with (
            aiohttp.ClientSession(
                connector=visitor.session.connector, connector_owner=False, cookie_jar=aiohttp.DummyCookieJar()
            ) as plain,
            plain.get(site.url("app"), headers={"Cookie": sent, "Accept": "*/*"}) as answer,
        ):
            assert answer.status == 200
            seen = await answer.json()
    assert cookie_header(seen) == "a=1; theme=dark; dv_score=7; b=2"


async def test_what_is_said_of_the_connection_changes_nothing(site: VerifySite) -> None:
    lies = {
        "X-Forwarded-Host": f"open.{DOMAIN}",
        "X-Forwarded-Uri": "/public",
        "X-Forwarded-Method": "OPTIONS",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Prefix": "//evil.example",
        "X-Forwarded-Port": "81",
        "X_Forwarded_Host": "evil.example",
    }
    async with Visitor(site) as visitor:
        answer = await visitor.get(site.url("app", "/secret"), HTML | lies)
        dropped = await visitor.get(
            site.url("app", "/secret"), HTML | {"Connection": "X-Forwarded-Host, x-forwarded-uri"}
        )
    assert answer.status == 307
    assert redirect_of(answer.headers["Location"]) == site.url("app", "/secret")
    assert dropped.status == 307
    assert redirect_of(dropped.headers["Location"]) == site.url("app", "/secret")


async def test_the_service_itself_is_not_on_the_sign_in_host(site: VerifySite) -> None:
    async with Visitor(site) as visitor:
        for path in ("/verify", "/verify?roles=x", "/healthz", "/readyz"):
            assert (await visitor.get(site.url("auth", path))).status == 404, path


async def test_a_code_is_good_only_in_the_browser_that_asked_for_it(site: VerifySite) -> None:
    async with Visitor(site) as victim, Visitor(site) as thief:
        _, transaction = await victim.begin(site.url("app"))
        callback = await victim.choose(await victim.provider(transaction), ALICE.id)
        await thief.begin(site.url("app"))
        assert (await thief.get(callback)).status == 400
        assert SESSION not in thief.cookies()


# -- HTTP/2 and long cookies ----------------------------------------------------------------------------------------


async def test_cookies_split_by_http2_and_long_ones_in_chunks(site: VerifySite) -> None:
    """HTTP/2 clients may send each cookie in a header of its own (RFC 9113, 8.2.3)."""
    roles = tuple(f"role-{number:03}-of-a-large-organisation" for number in range(150))
    many = Person("U9many", "many@example.com", "Many Roles", roles)
    site.descope.project.people[many.id] = many
    try:
        async with Visitor(site) as visitor:
            await visitor.sign_in(many.id)
            ours = {name: value for name, value in visitor.cookies().items() if name.startswith(SESSION)}
    finally:
        del site.descope.project.people[many.id]
    assert len(ours) > 1, "the session was meant to need several cookies"
    crumbs = ["a=1", *(f"{name}={value}" for name, value in ours.items()), "b=2"]
    with Http2(site.https, f"app.{DOMAIN}", site.authority.certificate_pem) as client:
        for order in (crumbs, crumbs[::-1]):
            status, body = client.get("/x", order)
            assert status == 200
            seen = json.loads(body)
            assert identity(seen)["x-auth-user"] == many.id
            assert identity(seen)["x-auth-roles"] == ",".join(roles)
            assert cookie_header(seen) == "; ".join(one for one in order if not one.startswith(SESSION))
        assert client.get("/x", [one for one in crumbs if not one.startswith(f"{SESSION}_2")])[0] == 401

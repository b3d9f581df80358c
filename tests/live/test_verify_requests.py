"""What the whole site answers to programs, forms, sockets, and many visitors at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack

import aiohttp
import pytest

from specter_tui.demo.descope import PEOPLE, Person
from tests.live.verify_site import VerifySite
from tests.live.verify_visitor import HTML, Visitor, cookie_header, identity, redirect_of

pytestmark = pytest.mark.live

ALICE, BOB, ZOE = PEOPLE[0], PEOPLE[1], PEOPLE[4]
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
    site.restart(SESSION_TTL="1")
    site.until_ready()
    form = {**HTML, "Content-Type": "application/x-www-form-urlencoded"}
    async with Visitor(site) as visitor:
        await visitor.sign_in(ALICE.id)
        await asyncio.sleep(1.2)
        answer = await visitor.request("POST", site.url("app", "/save?x=1"), headers=form, data="password=hunter2")
        assert answer.status == 303
        assert answer.headers["Location"].startswith(site.url("auth", "/?redirect="))
        assert redirect_of(answer.headers["Location"]) == site.url("app")
        renewed = await visitor.get(answer.headers["Location"])
        assert (renewed.status, renewed.headers["Location"]) == (303, site.url("app"))
        assert (await visitor.seen(site.url("app")))["method"] == "GET"
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


async def test_logging_out_everywhere_ends_every_session_of_the_person(site: VerifySite) -> None:
    async with Visitor(site) as here, Visitor(site) as there, Visitor(site) as other:
        for one in (here, there):
            await one.sign_in(ALICE.id)
        await other.sign_in(BOB.id)
        origin = {"Origin": site.url("auth", "")}
        address = site.url("auth", "/auth/logout")
        assert (await here.request("POST", address, data={"all": "1"})).status == 403  # another site's form
        assert (await here.request("POST", address, data={"all": "1"}, headers=origin)).status == 200
        for one in (here, there):
            assert (await one.get(site.url("app"))).status == 307
            assert (await one.get(site.url("auth", f"/?redirect={site.url('app')}"))).status == 200
        assert identity(await other.seen(site.url("app")))["x-auth-user"] == BOB.id


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

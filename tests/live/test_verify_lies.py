"""Who lies to the whole site: forged names, cookies and addresses, in HTTP/1.1 and in HTTP/2."""

from __future__ import annotations

import json

import aiohttp
import pytest

from specter_tui.demo.descope import PEOPLE, Person
from tests.live.harness import DOMAIN
from tests.live.verify_http2 import Http2
from tests.live.verify_site import VerifySite
from tests.live.verify_visitor import HTML, Visitor, cookie_header, identity, redirect_of

pytestmark = pytest.mark.live

ALICE, BOB = PEOPLE[0], PEOPLE[1]
SESSION = "__Secure-dv_s"


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

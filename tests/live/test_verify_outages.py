"""The whole site while a part of it is away: closed where it has to be, and open to those who were let in before."""

from __future__ import annotations

import asyncio
import time

import pytest

from specter_tui.demo.descope import PEOPLE, Fault, Target, Trouble
from specter_tui.demo.descope.keys import Algorithm
from tests.live.verify_site import VerifySite
from tests.live.verify_visitor import HTML, Visitor, identity

pytestmark = pytest.mark.live

ALICE, BOB = PEOPLE[0], PEOPLE[1]
SESSION = "__Secure-dv_s"


async def test_a_stopped_verify_service_closes_every_protected_host(site: VerifySite) -> None:
    async with Visitor(site) as visitor, Visitor(site) as stranger:
        await visitor.sign_in(ALICE.id)
        site.stop()
        before = len(site.application.seen)
        asked = [  # at once: where no DNS server answers, each waits for the name that is gone
            one.get(site.url(host), headers)
            for one in (visitor, stranger)
            for host in ("app", "wiki", "admin")
            for headers in (HTML, {"Accept": "application/json"})
        ]
        assert [answer.status for answer in await asyncio.gather(*asked)] == [500] * 12
        assert len(site.application.seen) == before
        assert (await stranger.seen(site.url("open")))["method"] == "GET"
        site.start()
        assert identity(await visitor.seen(site.url("app")))["x-auth-user"] == ALICE.id


async def test_sessions_outlive_a_restart(site: VerifySite) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in(ALICE.id)
        site.restart()
        assert identity(await visitor.seen(site.url("app")))["x-auth-user"] == ALICE.id


async def test_with_descope_down_sessions_go_on_and_sign_ins_say_so(site: VerifySite) -> None:
    async with Visitor(site) as visitor, Visitor(site) as late:
        await visitor.sign_in(ALICE.id)
        _, transaction = await late.begin(site.url("app"))
        callback = await late.choose(await late.provider(transaction), BOB.id)
        site.descope_down()
        assert identity(await visitor.seen(site.url("app")))["x-auth-user"] == ALICE.id
        assert site.status("/readyz") == 200  # the keys are there, if old
        told = await late.get(callback)
        assert told.status == 503
        assert "Retry-After" in told.headers
        assert "try again" in (await told.text()).lower()
        assert SESSION not in late.cookies()
        site.restart()
        assert (site.status("/healthz"), site.status("/readyz")) == (200, 503)
        assert identity(await visitor.seen(site.url("app")))["x-auth-user"] == ALICE.id
        async with Visitor(site) as stranger:
            url, transaction = await stranger.begin(site.url("app"))
            failed = await stranger.get(site.url("auth", f"/auth/login/oauth?provider=google&tx={transaction}"))
            assert failed.status == 503
            assert "Retry-After" in failed.headers
            assert (await stranger.get(url)).status == 200
        site.descope_up()
        site.until_ready()
        async with Visitor(site) as stranger:
            await stranger.sign_in(BOB.id)


async def test_an_expired_session_with_descope_down_is_told_so(site: VerifySite) -> None:
    site.restart(SESSION_TTL="1")
    site.until_ready()
    async with Visitor(site) as visitor:
        await visitor.sign_in(ALICE.id)
        site.descope_down()
        time.sleep(1.1)  # noqa: ASYNC251  nothing else runs in this loop
        turned = await visitor.get(site.url("app"))
        assert turned.status == 307
        told = await visitor.get(turned.headers["Location"])
        assert told.status == 503
        site.descope_up()
        renewed = await visitor.get(turned.headers["Location"])
        assert (renewed.status, renewed.headers["Location"]) == (303, site.url("app", "/"))


@pytest.mark.parametrize("trouble", list(Trouble)[1:])
async def test_nobody_gets_in_by_a_broken_answer_of_descope(site: VerifySite, trouble: Trouble) -> None:
    async with Visitor(site) as visitor:
        _, transaction = await visitor.begin(site.url("app"))
        callback = await visitor.choose(await visitor.provider(transaction), ALICE.id)
        site.descope.faults.set(Target.EXCHANGE, Fault(trouble, status=500))
        told = await visitor.get(callback)
        assert told.status == 503
        assert SESSION not in visitor.cookies()
        assert (await visitor.get(site.url("app"))).status == 307


async def test_keys_may_rotate_while_people_are_signed_in(site: VerifySite) -> None:
    async with Visitor(site) as before, Visitor(site) as after:
        await before.sign_in(ALICE.id)
        site.descope.project.keys.rotate(Algorithm.ES384)
        site.descope.project.keys.revoke_old()
        await after.sign_in(BOB.id)
        assert identity(await before.seen(site.url("app")))["x-auth-user"] == ALICE.id
        assert identity(await after.seen(site.url("app")))["x-auth-user"] == BOB.id


async def test_the_secret_may_rotate_while_people_are_signed_in(site: VerifySite) -> None:
    old, new = site.settings["SESSION_SECRET"], "another-secret-of-the-tests-long-enough"
    async with Visitor(site) as visitor:
        await visitor.sign_in(ALICE.id)
        site.restart(SESSION_SECRET=f"{new},{old}")
        await visitor.seen(site.url("app"))
        site.restart(SESSION_SECRET=new)
        assert (await visitor.get(site.url("app"))).status == 307


async def test_nothing_secret_is_ever_logged(site: VerifySite) -> None:
    async with Visitor(site) as visitor:
        _, transaction = await visitor.begin(site.url("app", "/?token=in-the-address"))
        callback = await visitor.choose(await visitor.provider(transaction), ALICE.id)
        await visitor.get(callback)
        await visitor.seen(site.url("app"))
        await visitor.get(site.url("app"), {"Accept": "text/html", "Authorization": "Bearer hunter2.hunter2.hunter2"})
        kept = [*visitor.cookies().values(), callback.partition("code=")[2].partition("&")[0]]
    log = site.log
    assert log
    for secret in (*kept, "hunter2", "in-the-address", site.settings["SESSION_SECRET"], "eyJ"):
        assert secret not in log

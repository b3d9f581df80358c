"""No line of the log, at the level that says most, holds what would sign anybody in.

People sign in, come back, renew, sign out and fail, in any order; whatever secret was on the wire is looked for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from unittest.mock import patch
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specter_tui.demo.descope import DescopeEmulator, Fault, Target, Trouble
from tests.verify_service.raw_bytes import exchange, request
from tests.verify_service.service import (
    ALICE,
    APP,
    AUTH,
    BOB,
    NAVIGATION,
    Answer,
    Browser,
    Clock,
    Service,
    running,
    settings_for,
)  # fmt: skip

_PART = 16  # characters of a secret that are looked for, at both ends and in the middle
_PLACE = quote(f"https://{APP}/?token=in-the-address-hunter2", safe="")


@dataclass
class Watched(Browser):
    """A browser that notes each value of a cookie that it was ever given."""

    secrets: set[str] = field(default_factory=set)

    def take(self, answer: Answer) -> None:
        super().take(answer)
        self.secrets |= {value for value, _ in self.held.values()}


@dataclass
class World:
    """One site, its emulator, and two visitors."""

    emulator: DescopeEmulator
    service: Service
    clock: Clock
    browser: Watched
    other: Watched
    secrets: set[str] = field(default_factory=set)

    def tokens(self) -> tuple[str, str]:
        """Alice's, fresh."""
        made = self.emulator.project.sign_in(ALICE, ("email",))
        self.secrets |= {made.session, made.refresh}
        return made.session, made.refresh

    async def hand_over(self, session: str, refresh: str) -> None:
        self.browser.held.clear()
        made = replace(self.emulator.project.sign_in(ALICE, ("email",)), session=session, refresh=refresh)
        await self.browser.hand_over(made, await self.browser.begin())

    async def verify(self, **headers: str) -> None:
        await self.service.verify("/?token=hunter2-in-the-address", cookie=self.browser.cookie(APP), headers=headers)


async def signs_in(world: World) -> None:
    await world.hand_over(*world.tokens())


async def signs_in_by_oauth(world: World) -> None:
    world.other.held.clear()
    state, code = await world.other.start(), world.emulator.project.ticket(BOB, ("oauth",))
    world.secrets |= {state, code}
    for _ in range(2):  # a code is good once
        await world.other.visit(f"/auth/callback?state={state}&code={code}")


async def opens_pages(world: World) -> None:
    await world.verify(**NAVIGATION)
    await world.verify(Authorization=f"Bearer {world.tokens()[0]}")


async def comes_back_after_the_session_has_expired(world: World) -> None:
    world.clock.now += 3601
    await world.browser.visit(f"/?redirect={_PLACE}")


async def signs_out_everywhere(world: World) -> None:
    await world.browser.visit("/auth/logout", "POST", "all=1", Origin=f"https://{AUTH}")


async def is_not_allowed(world: World) -> None:
    await world.service.verify(cookie=world.browser.cookie(APP), query="roles=nobody", headers=NAVIGATION)
    await world.service.verify(cookie=world.browser.cookie(APP), query=f"tokens={world.tokens()[0]}")


async def brings_forged_tokens(world: World) -> None:
    session, refresh = world.tokens()
    await world.verify(Authorization=f"Bearer {session[:-6]}AAAAAA")
    await world.hand_over(session[:-6] + "AAAAAA", refresh)
    await world.hand_over(refresh, session)
    await world.service.verify(cookie=world.browser.cookie(APP)[:-9] + "AAAAAAAAA", headers=NAVIGATION)


async def comes_from_elsewhere(world: World) -> None:
    await world.service.verify(host="evil.test", cookie=world.browser.cookie(APP))
    await world.browser.visit("/auth/session", "POST", world.tokens()[0], Origin="https://evil.test")
    await world.browser.visit(f"/?redirect={quote('https://evil.test/?code=' + world.tokens()[1], safe='')}")


async def meets_descope_in_trouble(world: World) -> None:
    for fault in (Fault(Trouble.DOWN), Fault(Trouble.STATUS, status=401), Fault(Trouble.HTML)):
        for target in (Target.REFRESH, Target.START, Target.EXCHANGE, Target.LOGOUT):
            world.emulator.faults.set(target, fault)
        await comes_back_after_the_session_has_expired(world)
        world.other.held.clear()
        transaction = await world.other.begin()
        await world.other.visit(f"/auth/login/oauth?tx={transaction}&provider=google")
        await signs_out_everywhere(world)
        world.emulator.faults.clear()


async def sends_what_is_no_http(world: World) -> None:
    for line in (world.browser.cookie(AUTH), world.tokens()[0]):
        await exchange(world.service.port, iter([request(b"Cookie: " + line.encode() + b"\x00")]))
        await exchange(world.service.port, iter([request(b"Cookie: " + line.encode() * 200)]))


async def finds_a_fault_of_ours(world: World) -> None:
    for place in ("session.sessions.Sessions.find", "sign_in.transactions.Transactions.find"):
        fault = RuntimeError(f"no memory for {world.browser.cookie(AUTH)} and {world.tokens()[0]}")
        with patch(f"verify_service.{place}", side_effect=fault):
            await world.verify(**NAVIGATION)
            await world.browser.visit("/?tx=x")


Step = Callable[[World], Awaitable[None]]
STEPS: tuple[Step, ...] = (
    signs_in, signs_in_by_oauth, opens_pages, comes_back_after_the_session_has_expired, signs_out_everywhere,
    is_not_allowed, brings_forged_tokens, comes_from_elsewhere, meets_descope_in_trouble, sends_what_is_no_http,
    finds_a_fault_of_ours,
)  # fmt: skip


async def walk(steps: list[Step]) -> None:
    clock = Clock(time.time())
    async with DescopeEmulator() as emulator, running(settings_for(emulator, BEARER_ENABLED="true"), clock) as service:
        world = World(emulator, service, clock, Watched(service), Watched(service))
        for step in steps:
            await step(world)
        log = service.log.getvalue()
        secrets = world.secrets | world.browser.secrets | world.other.secrets
        secrets |= {one.reveal() for one in service.settings.secrets}
    for secret in filter(None, secrets):
        middle = len(secret) // 2
        for part in (secret[:_PART], secret[-_PART:], secret[middle : middle + _PART]):
            assert part not in log, [line for line in log.splitlines() if part in line]
    assert "eyJ" not in log, "no token of any kind"
    assert "hunter2" not in log


def test_11_no_line_of_the_log_signs_anybody_in() -> None:
    asyncio.run(walk([*STEPS, signs_in, *reversed(STEPS)]))


@settings(max_examples=5, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(STEPS), min_size=2, max_size=5))
def test_11_no_line_of_the_log_signs_anybody_in_in_any_order(steps: list[Step]) -> None:
    asyncio.run(walk([signs_in, *steps]))

"""What Descope's SDK (2.16.0) makes of Descope's answers, and what is made of that: one test a trap.

docs/advisories.md lists them by the numbers in the tests' names.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from specter_tui.demo.descope import PROJECT, DescopeEmulator, Fault, Target, Trouble
from tests.verify_service.service import ALICE, APP, BOB, Browser, Service, names_of, running, settings_for
from tests.verify_service.test_descope_traps import claims
from verify_service.app import OPERATIONS
from verify_service.descope.keys import KeyState
from verify_service.descope.tokens import person_of
from verify_service.errors import IdentityError
from verify_service.request.cookies import CHUNK

pytestmark = pytest.mark.asyncio(loop_scope="module")

IDENTITY = Path(__file__).parents[2] / "verify_service/descope/identity.py"


async def test_a1_the_tenant_falls_back_to_the_claims_at_the_top() -> None:
    tenants = {"T1": {"roles": ["r1"], "permissions": ["p1"]}, "T2": {"roles": ["r2"]}}
    both = person_of(claims(dct="T2", tenants=tenants, roles=["top"]), None)
    assert (both.tenant, both.roles, both.permissions) == ("T2", ("top", "r2"), ())
    assert person_of(claims(dct="T3", roles=["top"]), None).roles == ("top",), (
        "no `tenants`: the top level is the tenant's"
    )
    assert person_of(claims(tenants={"T1": tenants["T1"]}), None).tenant == "T1"
    assert person_of(claims(tenants=tenants), None).tenant == ""


async def test_a6_only_a_verified_address_counts() -> None:
    assert person_of(claims(), {"email": "a@b.test", "verifiedEmail": True}).email_verified
    for verified in (False, None, "true", 1):
        assert not person_of(claims(), {"email": "a@b.test", "verifiedEmail": verified}).email_verified
    assert not person_of(claims(email="a@b.test", verifiedEmail=True), None).email_verified
    with pytest.raises(IdentityError):
        person_of(claims(email=["a@b.test"]), None)


async def test_a2_a_slash_at_the_end_of_the_address(emulator: DescopeEmulator) -> None:
    """The SDK asks //v2/keys then, which no server answers."""
    async with running(settings_for(emulator, DESCOPE_BASE_URI=f"{emulator.base_url}/")) as service:
        assert service.app[OPERATIONS].keys.state is KeyState.FRESH


async def test_a3_a_bad_session_token_is_not_made_good_by_a_refresh_token(
    browser: Browser, emulator: DescopeEmulator
) -> None:
    """The SDK's validate_and_refresh_session renews for any text that is no token, and for no forged one."""
    good = emulator.project.sign_in(ALICE, ("pwd",))
    head, payload, _ = good.session.split(".")
    emulator.faults.asked.clear()
    for bad in ("x", "", f"{head}.{payload}.AAAA", good.refresh):
        answer = await browser.hand_over(replace(good, session=bad), await browser.begin())
        assert answer.status == 401
    assert emulator.faults.asked[Target.REFRESH] == 0
    assert (await browser.open()).status == 307


async def test_a3_a_rate_limit_is_told_and_ends_nothing(browser: Browser, emulator: DescopeEmulator) -> None:
    """RateLimitException is no AuthException, and its status_code is a text like E130429."""
    await browser.sign_in(emulator)
    session = browser.held.pop("__Secure-dv_s")
    emulator.faults.set(Target.REFRESH, Fault(Trouble.STATUS, status=429, retry_after=17))
    page = await browser.visit(f"/?redirect=https%3A%2F%2F{APP}%2F")
    assert (page.status, page.headers["Retry-After"]) == (503, "17")
    assert any(name.startswith("__Host-dv_r") for name in browser.held), "it is good again later"
    browser.held["__Secure-dv_s"] = session
    assert (await browser.open()).status == 200


async def test_a5_the_user_is_the_subject_that_a_template_replaced(browser: Browser, emulator: DescopeEmulator) -> None:
    token = emulator.project.keys.issue(claims(sub="alice@example.com", dsub="U2real"))
    made = replace(emulator.project.sign_in(ALICE, ("pwd",)), session=token, refresh="")
    assert (await browser.hand_over(made, await browser.begin())).status == 200
    assert names_of(await browser.open())["X-Auth-User"] == "U2real"


async def test_a6_forty_tenants_fit_into_one_cookie(
    service: Service, browser: Browser, emulator: DescopeEmulator
) -> None:
    """The token itself has 6 kB, of which a browser keeps no more than 4 in a cookie."""
    tenants = {
        f"T2tenant{number:040}": {"roles": ["member", "editor"], "permissions": ["read"]} for number in range(40)
    }
    token = emulator.project.keys.issue(claims(tenants=tenants, dct=next(iter(tenants))))
    assert len(token) > 6000
    made = replace(emulator.project.sign_in(ALICE, ("pwd",)), session=token, refresh="")
    assert (await browser.hand_over(made, await browser.begin())).status == 200
    assert len(browser.cookie(APP)) < CHUNK
    names = names_of(await browser.open())
    assert (names["X-Auth-Roles"], names["X-Auth-Permissions"]) == ("member,editor", "read")


async def test_a7_2_tokens_in_cookies_mode_is_refused_with_a_reason_and_lets_nobody_in(
    browser: Browser, emulator: DescopeEmulator
) -> None:
    emulator.project.tokens_in_cookies = True
    state = await browser.start()
    answer = await browser.visit(f"/auth/callback?state={state}&code={emulator.project.ticket(BOB, ('oauth',))}")
    assert answer.status == 503
    assert (await browser.open()).status == 307


async def test_a7_7_the_client_that_misreads_an_empty_project_is_not_used() -> None:
    """`DescopeClient("")` raises while DESCOPE_PROJECT_ID is set; ours is the async one, told which project."""
    tree = ast.parse(IDENTITY.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert "DescopeClientAsync" in names
    assert "DescopeClient" not in names
    assert settings_for().project_id == PROJECT

"""Slips of the pen in a policy: nobody passes, the log says what was meant, and a visitor learns nothing of it."""

from __future__ import annotations

import pytest

from specter_tui.demo.descope import DescopeEmulator
from tests.verify_service.service import Browser, Service
from verify_service.errors import PolicyError
from verify_service.request.policy import parse

pytestmark = pytest.mark.asyncio(loop_scope="module")

SLIPS = [
    ("role=admin", "'role' is unknown; did you mean roles?"),
    ("Roles=admin", "'Roles' is unknown; did you mean roles?"),
    ("email=a@b.test", "'email' is unknown; did you mean emails?"),
    ("anyrole=a", "'anyrole' is unknown; did you mean any_role?"),
    ("scope=a", "'scope' is unknown; known are amr, any_role, domains, emails, mode, permissions, roles, tenant"),
    ("roles=a&roles=b", "'roles' is repeated; write its values with commas"),
    ("emails=alice", "'emails' holds 'alice', which fits nobody; write addresses like alice@example.com"),
    ("emails=a@b.test,b@c@d.test", "'emails' holds 'b@c@d.test', which fits nobody"),
    ("emails=@example.com", "'emails' holds '@example.com', which fits nobody"),
    ("domains=@example.com", "'domains' holds '@example.com', which fits nobody; write domains like example.com"),
    ("domains=*.example.com", "'domains' holds '*.example.com', which fits nobody"),
    ("domains=.example.com", "'domains' holds '.example.com', which fits nobody"),
    ("domains=https://example.com", "'domains' holds 'https://example.com', which fits nobody"),
    ("domains=alice@example.com", "'domains' holds 'alice@example.com', which fits nobody"),
    ("domains=a%1b[31m%0ab", "holds 'a\\x1b[31m\\nb'"),
    ("x" * 500 + "=a", "'" + "x" * 40 + "...' is unknown"),
    ("roles=", "'roles' is empty or holds an empty value"),
    ("mode=never", "'mode' is neither 'redirect' nor '401'"),
]


@pytest.mark.parametrize(("query", "told"), SLIPS)
async def test_a_slip_is_explained(query: str, told: str) -> None:
    with pytest.raises(PolicyError) as raised:
        parse(query)
    assert told in str(raised.value)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("query", [
    "emails=a@b.test,B@C.TEST", "domains=example.com,localhost,xn--bcher-kva.example", "domains=b%C3%BCcher.example",
    "emails=o'neil%2Bx@example.com", "emails=%22a%2Cb%22@example.com",
])  # fmt: skip
async def test_what_an_address_may_be_is_taken(query: str) -> None:
    assert parse(query).restricts


async def test_the_log_tells_the_slip_and_the_answer_does_not(
    service: Service, browser: Browser, emulator: DescopeEmulator
) -> None:
    await browser.sign_in(emulator)
    answer = await browser.open(query="emails=boss.example.com")
    assert answer.status == 500
    assert "boss" not in answer.text + str(answer.headers)
    refused = next(line for line in service.logged if line["event"] == "refused")
    assert "'boss.example.com', which fits nobody" in refused["policy"]

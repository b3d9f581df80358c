"""The emulated sign-in flow, asked for as Descope's web component does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from descope.descope_client_async import DescopeClientAsync

from specter_tui.demo.descope import PEOPLE, PROJECT, DescopeEmulator
from tests.demo.descope_browser import choose, query

ALICE, BOB = PEOPLE[0], PEOPLE[1]


@pytest.fixture
async def emulator() -> AsyncIterator[DescopeEmulator]:
    async with DescopeEmulator() as running:
        yield running


ORIGIN = {"Origin": "https://auth.example.test"}


@pytest.fixture
async def flow(emulator: DescopeEmulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=emulator.base_url, headers=ORIGIN) as client:
        yield client


async def step(flow: httpx.AsyncClient, path: str, **body: object) -> dict[str, Any]:
    answer = await flow.post(f"/v1/flow/{path}", json=body)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]
    found: dict[str, Any] = answer.json()
    return found


async def test_the_flow_leads_over_two_screens_to_a_session(flow: httpx.AsyncClient, emulator: DescopeEmulator) -> None:
    config = (await flow.get(f"/pages/{PROJECT}/v2-beta/config.json")).json()
    screen = config["flows"]["sign-in"]["startScreenId"]
    assert 'name="email"' in (await flow.get(f"/pages/{PROJECT}/v2-beta/{screen}.html")).text
    wrong = await step(flow, "start", flowId="sign-in", input={"email": "nobody@example.com"})
    assert wrong["screen"]["state"]["errorText"]
    again = {"executionId": wrong["executionId"], "stepId": wrong["stepId"], "interactionId": "continue"}
    asked = await step(flow, "next", **again, input={"email": ALICE.email})
    assert asked["screen"]["id"] == "code"
    typed = {"executionId": asked["executionId"], "stepId": "code", "interactionId": "verify"}
    assert (await step(flow, "next", **typed, input={"code": "000000"}))["screen"]["state"]["errorText"]
    done = await step(flow, "next", **typed, input={"code": "123456"})
    assert done["status"] == "completed"
    async with DescopeClientAsync(PROJECT, base_url=emulator.base_url) as client:
        assert (await client.validate_session(done["authInfo"]["sessionJwt"]))["userId"] == ALICE.id
        await client.refresh_session(done["authInfo"]["refreshJwt"])
    assert (await step(flow, "next", **typed, input={"code": "123456"}))["errorCode"]
    assert (await step(flow, "start", flowId="other"))["errorCode"]


async def test_the_flow_goes_to_a_provider_and_comes_back(flow: httpx.AsyncClient) -> None:
    asked = {"flowId": "sign-in", "interactionId": "google"}
    sent = await step(flow, "start", **asked, options={"redirectUrl": "https://auth.example.test/?tx=1"})
    back = await choose(sent["redirect"]["url"], BOB.id)
    assert query(back)["tx"] == ["1"]
    run, _, name = query(back)["descope-login-flow"][0].rpartition("_")
    assert (run, name) == (sent["executionId"], sent["stepId"])
    come = {"executionId": run, "stepId": name, "interactionId": "submit"}
    done = await step(flow, "next", **come, input={"exchangeCode": query(back)["code"][0]})
    assert done["authInfo"]["user"]["userId"] == BOB.id
    assert (await step(flow, "start", **asked, options={"redirectUrl": "https://evil.example/"}))["errorCode"]


async def test_who_refuses_at_the_provider_starts_over(flow: httpx.AsyncClient) -> None:
    options = {"redirectUrl": "https://auth.example.test/"}
    sent = await step(flow, "start", flowId="sign-in", interactionId="google", options=options)
    come = {"executionId": sent["executionId"], "stepId": "provider", "interactionId": "submit"}
    refused = await step(flow, "next", **come, input={"exchangeError": "access_denied"})
    assert (refused["screen"]["id"], refused["status"]) == ("welcome", "waiting")
    again = await step(flow, "next", **come | {"stepId": "welcome", "interactionId": "google"})
    assert query(again["redirect"]["url"])["redirect"][0].startswith("https://auth.example.test/?")


async def test_the_flow_sends_a_link(flow: httpx.AsyncClient, emulator: DescopeEmulator) -> None:
    asked = {"flowId": "sign-in", "interactionId": "link", "input": {"email": ALICE.email}}
    sent = await step(flow, "start", **asked, options={"redirectUrl": "https://auth.example.test/?tx=1"})
    assert sent["screen"]["id"] == "sent"
    ((_, link),) = emulator.project.outbox
    assert query(link)["descope-login-flow"] == [f"{sent['executionId']}_sent"]
    come = {"executionId": sent["executionId"], "stepId": "sent", "interactionId": "submit"}
    done = await step(flow, "next", **come, input={"token": query(link)["t"][0]})
    assert done["authInfo"]["user"]["userId"] == ALICE.id


async def test_the_component_needs_nothing_of_descopes_own_hosts(flow: httpx.AsyncClient) -> None:
    pages = f"/pages/{PROJECT}/v2-beta"
    assert (await flow.get(f"{pages}/theme.json")).json()["dark"]["globals"] == ""
    version = (await flow.get(f"{pages}/config.json")).json()["componentsVersion"]
    library = await flow.get(f"/npm/@descope/web-components-ui@{version}/dist/umd/index.js")
    assert "DescopeUI" in library.text
    folder = f"/npm/@descope/web-components-ui@{version}/dist/umd"
    for path in ("/pages/P2other/v2-beta/config.json", f"{pages}/x.html", "/npm/x/dist/umd/index.js", f"{folder}/1.js"):
        assert (await flow.get(path)).status_code == 404


async def test_the_real_library_is_served_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "1050.js").write_text("the library")
    async with DescopeEmulator(library=tmp_path) as emulator, httpx.AsyncClient(base_url=emulator.base_url) as client:
        config = (await client.get(f"/pages/{PROJECT}/v2-beta/config.json")).json()
        folder = f"/npm/@descope/web-components-ui@{config['componentsVersion']}/dist/umd"
        assert (await client.get(f"{folder}/1050.js")).text == "the library"
        assert (await client.get(f"{folder}/..%2f..%2fpasswd.js")).status_code == 404
        assert "descope-button" in (await client.get(f"/pages/{PROJECT}/v2-beta/welcome.html")).text

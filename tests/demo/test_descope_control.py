"""The emulated Descope from outside: its switches over HTTP, its program, and who may not reach it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from specter_tui.demo.descope import PEOPLE, PROJECT, DescopeEmulator
from specter_tui.demo.descope.sessions import Lifetimes

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def emulator() -> AsyncIterator[DescopeEmulator]:
    async with DescopeEmulator() as running:
        yield running


async def test_the_switches_are_there_over_http(emulator: DescopeEmulator) -> None:
    refresh = emulator.project.sign_in(PEOPLE[0], ("oauth",)).refresh
    headers = {"Authorization": f"Bearer {PROJECT}:{refresh}"}
    async with httpx.AsyncClient(base_url=emulator.base_url) as client:

        async def statuses(path: str, count: int = 1) -> list[int]:
            return [(await client.post(path, headers=headers)).status_code for _ in range(count)]

        fault = {"trouble": "status", "status": 500, "times": 1}
        assert (await client.put("/emulator/faults/refresh", json=fault)).status_code == 204
        assert await statuses("/v1/auth/refresh", 2) == [500, 200]
        await client.put("/emulator/faults/refresh", json=fault | {"times": 0})
        await client.request("DELETE", "/emulator/faults")
        assert await statuses("/v1/auth/refresh") == [200]
        assert (await client.get("/emulator/asked")).json()["refresh"] == 1
        settings = {"session_seconds": 5, "rotate_refresh": True}
        assert (await client.patch("/emulator/project", json=settings)).status_code == 204
        assert emulator.project.lifetimes == Lifetimes(session=5)
        assert emulator.project.rotate_refresh is True
        before = emulator.project.keys.current.kid
        rotated = await client.post("/emulator/keys", json={"algorithm": "ES384", "revoke_old": True})
        assert rotated.json()["kid"] != before
        assert len(emulator.project.keys.document()["keys"]) == 1
        minted = (await client.post("/emulator/mint", json={"claims": {"sub": "x"}})).json()["token"]
        assert emulator.project.keys.read(minted) == {"sub": "x"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/emulator/faults/nothing", {}, 400),
        ("PUT", "/emulator/faults/keys", {"trouble": "nothing"}, 400),
        ("PUT", "/emulator/faults/keys", {"nothing": 1}, 400),
        ("PATCH", "/emulator/project", {"nothing": 1}, 400),
        ("POST", "/emulator/keys", {"algorithm": "HS256"}, 400),
        ("POST", "/emulator/mint", [], 400),
    ],
)
async def test_a_switch_that_is_not_there_is_told(
    emulator: DescopeEmulator, method: str, path: str, body: object, status: int
) -> None:
    async with httpx.AsyncClient(base_url=emulator.base_url) as client:
        assert (await client.request(method, path, json=body)).status_code == status


async def test_other_origins_and_other_names_are_refused(emulator: DescopeEmulator) -> None:
    async with httpx.AsyncClient(base_url=emulator.base_url) as client:
        plain = await client.put("/emulator/faults/keys", content="{}", headers={"Content-Type": "text/plain"})
        rebound = await client.get("/", headers={"Host": "evil.example"})
        read = await client.get("/v2/keys/x", headers={"Origin": "https://evil.example"})
    assert (plain.status_code, rebound.status_code) == (415, 421)
    assert "Access-Control-Allow-Origin" not in read.headers


async def test_it_listens_on_loopback_alone(emulator: DescopeEmulator) -> None:
    assert emulator.base_url.startswith("http://127.0.0.1:")
    async with DescopeEmulator() as other:
        assert other.port != emulator.port
        with pytest.raises(OSError, match="in use"):
            await DescopeEmulator(other.port).resume()


async def test_it_runs_as_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "specter_tui.demo.descope", "--algorithm", "ES384", "--rotate-refresh"]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, cwd=ROOT)
    try:
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode().strip()
        base_url = line.partition("=")[2].partition(" ")[0]
        assert line == f"DESCOPE_BASE_URI={base_url} DESCOPE_PROJECT_ID={PROJECT}"
        async with httpx.AsyncClient() as client:
            (key,) = (await client.get(f"{base_url}/v2/keys/{PROJECT}")).json()["keys"]
        assert key["alg"] == "ES384"
        port = base_url.rpartition(":")[2]
        second = await asyncio.create_subprocess_exec(*command, "--port", port, stderr=subprocess.PIPE, cwd=ROOT)
        _, told = await second.communicate()
        assert (second.returncode, b"choose another --port" in told) == (1, True)
    finally:
        process.terminate()
        assert await process.wait() == 0

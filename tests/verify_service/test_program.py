"""The program as it is run: what it imports, its health check, its metrics' port and its end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO, TypeAlias

import aiohttp
import pytest

from specter_tui.demo.descope import DescopeEmulator, Fault, Target
from tests.verify_service.service import REQUIRED
from verify_service.config import DEFAULTS

Process: TypeAlias = subprocess.Popen[str]
Answer: TypeAlias = "asyncio.Future[aiohttp.ClientResponse]"
ROOT = Path(__file__).parents[2]
PURE = (
    "descope.tokens",
    "request.client_address",
    "request.cookies",
    "request.decision",
    "request.forwarded",
    "request.identity_headers",
    "request.person",
    "request.policy",
    "request.redirects",
    "session.ended",
    "session.seal",
    "session.session",
    "site",
)


def environment(**changed: str) -> dict[str, str]:
    # Measuring coverage imports modules of its own.
    clean = {
        name: value for name, value in os.environ.items() if name not in DEFAULTS and not name.startswith("COVERAGE_")
    }
    return (
        clean
        | REQUIRED
        | {"DESCOPE_BASE_URI": "http://127.0.0.1:9", "BIND": "127.0.0.1", "PYTHONPATH": str(ROOT)}
        | changed
    )


def loaded(module: str) -> set[str]:
    code = f"import sys, json, {module}; print(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("name", PURE)
def test_what_decides_loads_no_io(name: str) -> None:
    assert not loaded(f"verify_service.{name}") & {"aiohttp", "httpx", "descope", "asyncio", "socket", "uvloop"}


def test_the_whole_service_loads_nothing_of_the_dashboard() -> None:
    found = loaded("verify_service.server")
    assert {"descope", "aiohttp", "uvloop"} <= found
    assert not found & {"specter_tui", "textual", "docker", "cloudflare", "watchfiles"}


def test_the_health_check_loads_no_sdk() -> None:
    assert not loaded("verify_service.__main__") & {"descope", "aiohttp", "httpx", "cryptography", "structlog"}


@contextmanager
def program(out: int | IO[str] = subprocess.PIPE, /, **changed: str) -> Iterator[subprocess.Popen[str]]:
    """The service; where it may log much, `out` has to be a file, or it waits for somebody to read."""
    process = subprocess.Popen(
        [sys.executable, "-m", "verify_service"], env=environment(**changed), stdout=out, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def status(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def wait(port: int, path: str, wanted: int = 200) -> None:
    ends = time.monotonic() + 30
    while status(port, path) != wanted:
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_health_metrics_and_end(unused_tcp_port_factory: object) -> None:
    port, metrics = unused_tcp_port_factory(), unused_tcp_port_factory()  # type: ignore[operator]
    check = [sys.executable, "-m", "verify_service", "--check"]
    with program(PORT=str(port), METRICS_PORT=str(metrics), DEFAULT_POLICY="mode=401") as process:
        wait(port, "/healthz")
        assert subprocess.run(check, env=environment(PORT=str(port)), check=False).returncode == 0
        assert status(port, "/readyz") == 503, "nobody answers for Descope"
        assert status(port, "/metrics") == 404
        with urllib.request.urlopen(f"http://127.0.0.1:{metrics}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        assert "specter_verify_keys_usable 0.0" in text
        assert 'specter_verify_descope_calls_total{call="keys",result="error"}' in text
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)
        assert process.returncode == 0
        events = [json.loads(line) for line in out.splitlines()]
        assert [event["event"] for event in events][:1] == ["listening"]
        assert "stopping" in {event["event"] for event in events}
        assert any("DEFAULT_POLICY does not say who may pass" in event["event"] for event in events)
    done = subprocess.run(check, env=environment(PORT=str(port)), check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("specter-verify: no answer")


def test_a_port_that_is_taken_is_said(unused_tcp_port: int) -> None:
    with program(PORT=str(unused_tcp_port)):
        wait(unused_tcp_port, "/healthz")
        done = subprocess.run(
            [sys.executable, "-m", "verify_service"], env=environment(PORT=str(unused_tcp_port)), check=False,
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 1
        assert done.stderr.startswith("specter-verify: can't listen")
        assert "Traceback" not in done.stderr


@asynccontextmanager
async def open_request(port: int, delay: float, **settings: str) -> AsyncIterator[tuple[Process, Answer]]:
    """The program with a request under way, for which it has to ask Descope; that takes so many seconds."""
    async with DescopeEmulator() as emulator:
        with program(PORT=str(port), DESCOPE_BASE_URI=emulator.base_url, **settings) as process:
            await asyncio.to_thread(wait, port, "/readyz")
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
                async with client.get("/") as page:
                    transaction = (await page.text()).partition('data-transaction="')[2].partition('"')[0]
                    cookie = next(one for one in page.headers.getall("Set-Cookie") if f"dv_t_{transaction}=" in one)
                emulator.faults.set(Target.START, Fault(delay=delay))
                path = f"/auth/login/oauth?provider=google&tx={transaction}"
                headers = {"Cookie": cookie.partition(";")[0]}
                answer = asyncio.ensure_future(client.get(path, headers=headers, allow_redirects=False))
                while not emulator.faults.asked[Target.START]:  # noqa: ASYNC110  the emulator counts and signals nothing
                    await asyncio.sleep(0.05)
                yield process, answer


async def test_an_open_request_ends_before_the_service_does(unused_tcp_port: int) -> None:
    async with open_request(unused_tcp_port, 2, SHUTDOWN_GRACE="20") as (process, answer):
        process.send_signal(signal.SIGTERM)
        async with await answer as told:
            assert told.status == 303
        assert await asyncio.to_thread(process.wait, 30) == 0


async def test_a_request_that_outlasts_the_grace_does_not_hold_the_service(unused_tcp_port: int) -> None:
    patient = {"SHUTDOWN_GRACE": "1", "DESCOPE_TIMEOUT": "30"}
    async with open_request(unused_tcp_port, 30, **patient) as (process, answer):
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 20) == 0
        with pytest.raises(aiohttp.ClientError):
            await answer

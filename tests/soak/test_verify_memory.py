"""The verify service's memory over a million requests, each with another bad credential."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from specter_tui.demo.descope import DescopeEmulator
from tests.bench.bench_verify import ASKED, environment

_REQUESTS = int(os.environ.get("SPECTER_SOAK_REQUESTS", "1000000"))
_WARM = _REQUESTS // 10  # what is kept on purpose is kept by then
_CONNECTIONS = 16
_GROWTH = 1.03
_MOST = 90 * 1024 * 1024
ROOT = Path(__file__).parents[2]


@contextmanager
def service(base_uri: str, port: int) -> Iterator[int]:
    """The program on a port, with its keys; gives its process id."""
    settings = environment(base_uri) | {"PORT": str(port), "BIND": "127.0.0.1", "BEARER_ENABLED": "true"}
    process = subprocess.Popen(
        [sys.executable, "-m", "verify_service"], cwd=ROOT, env={"PATH": os.defpath, **settings},
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def hostile(port: int, count: int, known_key: str, head: str) -> None:
    """Requests of one connection: a broken cookie, a token of an unknown key, and one with a wrong signature."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in range(count):
        noise = secrets.token_urlsafe(24)
        bad = (
            f"Cookie: __Secure-dv_s=A{noise * 12}",
            f"Authorization: Bearer {head}.{noise}.{noise}",
            f"Authorization: Bearer {known_key}.{noise}.{noise}",
        )[number % 3]
        writer.write(f"GET /verify HTTP/1.1\r\nHost: x\r\n{FORWARDED}{bad}\r\n\r\n".encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        status, length = int(answer[9:12]), int(answer.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        assert status in {307, 401}, answer
        await reader.readexactly(length)
    writer.close()
    await writer.wait_closed()


FORWARDED = "".join(f"{name}: {value}\r\n" for name, value in ASKED.items())


@pytest.mark.soak
@pytest.mark.timeout(7_200)
async def test_memory_stays_flat_over_a_million_bad_credentials(unused_tcp_port: int) -> None:
    async with DescopeEmulator() as emulator:
        token = emulator.project.keys.issue({"sub": "x"})
        stranger = emulator.project.keys.issue({"sub": "x"}, {"kid": "SKunknown"})
        with service(emulator.base_url, unused_tcp_port) as pid:
            await asyncio.to_thread(ready, unused_tcp_port)

            async def send(number: int) -> None:
                one = (unused_tcp_port, number // _CONNECTIONS, token.partition(".")[0], stranger.partition(".")[0])
                await asyncio.gather(*(hostile(*one) for _ in range(_CONNECTIONS)))

            await send(_WARM)
            before = resident(pid)
            await send(_REQUESTS - _WARM)
            after = resident(pid)
    print(f"{_REQUESTS} requests: {before / 2**20:.1f} MiB after a tenth, {after / 2**20:.1f} MiB at the end")  # noqa: T201  for `make soak`
    assert after <= before * _GROWTH
    assert after <= _MOST


def ready(port: int) -> None:
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the service does not become ready")

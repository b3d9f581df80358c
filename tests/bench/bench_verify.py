"""The verify service's warm /verify beside what it is measured by, straight and in turn: A B C, C B A, ..."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from statistics import median
from typing import Any, Final

from specter_tui.demo.descope import PROJECT, DescopeEmulator
from tests.bench.figure import Figure, spread
from tests.bench.process import PYTHON, clean_environment
from tests.bench.verify_load import Load, Target, available, load, nginx, resident_mib, target
from verify_service.config import read
from verify_service.descope.identity import Grant
from verify_service.request.person import Person
from verify_service.session.sessions import Sessions

ROUNDS: Final = 8
SESSIONS: Final = 500
SECRET: Final = "0123456789abcdef0123456789abcdef"
ASKED: Final = {
    "X-Forwarded-Method": "GET",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "app.example.test",
    "X-Forwarded-Uri": "/reports/2026?from=1",
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Server": "traefik",
    "X-Real-Ip": "203.0.113.7",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-US,en;q=0.5",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Sec-Fetch-Mode": "navigate",
}
HEADERS: Final = {
    "X-Auth-User": "U2alice", "X-Auth-Email": "alice@example.com", "X-Auth-Name": "Alice Adams",
    "X-Auth-Roles": "admin,user", "X-Auth-Permissions": "read,write", "X-Auth-Tenant": "T2engineering",
    "Cache-Control": "no-store", "Vary": "Cookie, Accept",
    "Cookie": "theme=dark; lang=en; _ga=GA1.1.1234567890.1234567890",
}  # fmt: skip
ALICE: Final = Person(
    "U2alice", "alice@example.com", True, "Alice Adams", "T2engineering", ("admin", "user"), ("read", "write"), ("pwd",)
)


def environment(base_uri: str = "http://127.0.0.1:9") -> dict[str, str]:
    """The service's settings, and those of the handlers beside it."""
    return {
        "DESCOPE_PROJECT_ID": PROJECT, "SESSION_SECRET": SECRET, "COOKIE_DOMAIN": "example.test",
        "DEFAULT_POLICY": "roles=user", "DESCOPE_BASE_URI": base_uri, "BENCH_HEADERS": json.dumps(HEADERS),
    }  # fmt: skip


def cookies() -> list[str]:
    """Session cookies of as many people."""
    sessions = Sessions(read(environment()))
    return [
        f"__Secure-dv_s={sessions.seal(sessions.begin(Grant(ALICE, '', 0.0), time.time()))}" for _ in range(SESSIONS)
    ]


def in_turn(
    targets: dict[str, Target], connections: int, rounds: int, headers: dict[str, str], held: list[str], **more: Any
) -> dict[str, list[Load]]:
    """Slices of each, forwards and backwards."""
    found: dict[str, list[Load]] = {name: [] for name in targets}
    for count in range(rounds):
        for name in list(targets)[:: 1 if count % 2 == 0 else -1]:
            one = load(targets[name], connections, headers, held, **more)
            assert not one.errors, f"{name} answered {one.errors} times with an error"
            found[name].append(one)
    return found


def share(found: dict[str, list[Load]], floor: str, name: str) -> tuple[float, str]:
    """How many times the requests/s of `name` the floor makes: the median within a turn; and a note."""
    pairs = list(zip(found[floor], found[name], strict=True))
    ratios = [one.rate / other.rate for one, other in pairs]
    cpu = median(other.cpu / one.cpu for one, other in pairs)
    rates = " over ".join(f"{median(one.rate for one in found[side]):.0f}" for side in (floor, name))
    return median(ratios), f"{rates} requests/s; processor time {cpu:.2f}; {spread(ratios, 'times')}"


def figures() -> Iterator[Figure]:
    """What others make of it, so that less is better."""
    if not available():
        return
    held = cookies()
    starts = [_start() for _ in range(5)]
    yield Figure("verify: from its start to its first answer", median(starts), "s", 3.0, spread(starts, "s"))
    with ExitStack() as stack:
        targets = {name: stack.enter_context(target(name, environment())) for name in ("bare", "verify")}
        targets["nginx"] = stack.enter_context(nginx(HEADERS))
        in_turn(targets, 16, 1, ASKED, held)  # warm
        found = in_turn(targets, 16, ROUNDS, ASKED, held)
        yield Figure("verify: a bare handler over it, 16 connections", *_budgeted(found, "bare", 1 / 0.95))
        yield Figure("verify: nginx with the same headers over it", *_budgeted(found, "nginx", None))
        found = in_turn({name: targets[name] for name in ("bare", "verify")}, 64, ROUNDS, ASKED, held)
        slow = [one.p99 / other.p99 for one, other in zip(found["verify"], found["bare"], strict=True)]
        both = " over ".join(f"{median(one.p99 for one in found[name]):.1f} ms" for name in ("verify", "bare"))
        yield Figure("verify: its p99 over a bare handler's, 64 connections", median(slow), "times", 2.0, both)
        yield Figure("verify: resident memory after it", resident_mib(targets["verify"].pid), "MiB", 90)
    yield from asyncio.run(_sdk())


def _budgeted(found: dict[str, list[Load]], floor: str, budget: float | None) -> tuple[float, str, float | None, str]:
    value, note = share(found, floor, "verify")
    return value, "times", budget, note


def _start() -> float:
    """Seconds until the program, started anew, answers /healthz."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [PYTHON, "-m", "verify_service"],
        env=clean_environment() | environment() | {"PORT": "13000", "BIND": "127.0.0.1"},
        stdout=subprocess.DEVNULL,
    )
    try:
        while True:
            with suppress(OSError), urllib.request.urlopen("http://127.0.0.1:13000/healthz", timeout=5):
                return time.perf_counter() - started
            time.sleep(0.01)
    finally:
        process.terminate()
        process.wait(20)


async def _sdk() -> list[Figure]:
    async with DescopeEmulator() as emulator:
        token = emulator.project.sign_in(next(iter(emulator.project.people.values())), ("pwd",)).session
        return await asyncio.to_thread(_beside_the_sdk, emulator.base_url, token)


def _beside_the_sdk(base_uri: str, token: str) -> list[Figure]:
    held = cookies()[:50]
    asked = ASKED | {"Authorization": f"Bearer {token}"}
    with ExitStack() as stack:
        targets = {name: stack.enter_context(target(name, environment(base_uri))) for name in ("verify", "sdk")}
        in_turn(targets, 16, 1, asked, held)
        found = in_turn(targets, 16, 4, asked, held)
    return [Figure("verify: a handler that calls the SDK each time, over it", *_budgeted(found, "sdk", 1 / 5))]

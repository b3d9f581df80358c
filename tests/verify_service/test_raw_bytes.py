"""The running program under bytes that are no good HTTP: what it answers, what it logs, and that it goes on.

Bounded here; `make soak` bends requests for SPECTER_SOAK_SECONDS (tests/soak/test_verify_fuzz.py).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from subprocess import Popen
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

from specter_tui.demo.descope import DescopeEmulator
from tests.verify_service import raw_bytes
from tests.verify_service.raw_bytes import Credentials, Mutator, answers, credentials, exchange, judge, verify
from tests.verify_service.service import ALICE
from tests.verify_service.test_program import program, wait
from verify_service.flood import MOST

INPUTS = 1200
AT_ONCE = 24


class Running(NamedTuple):
    """The program with everybody's credentials."""

    emulator: DescopeEmulator
    port: int
    metrics: int
    process: Popen[str]
    log: IO[str]
    known: Credentials

    async def ask(self, sent: bytes) -> bytes:
        return await exchange(self.port, iter([sent]))

    async def lives(self) -> None:
        """It still answers, and with the right person."""
        sent = verify(self.known.witness, b"Connection: close")
        assert judge(sent, await self.ask(sent), self.known) == 1
        assert self.process.poll() is None

    def end(self) -> list[dict[str, Any]]:
        """What it logged."""
        self.process.terminate()
        assert self.process.wait(30) == 0
        self.log.seek(0)
        return [json.loads(line) for line in self.log]


@asynccontextmanager
async def fuzzed(ports: Any, **settings: str) -> AsyncIterator[Running]:
    async with DescopeEmulator() as emulator:
        port, metrics = ports(), ports()
        more = {"PORT": str(port), "METRICS_PORT": str(metrics), "DESCOPE_BASE_URI": emulator.base_url}
        with TemporaryFile("w+") as log, program(log, BEARER_ENABLED="true", **more, **settings) as process:
            await asyncio.to_thread(wait, port, "/readyz")
            yield Running(emulator, port, metrics, process, log, known_to(emulator))


def known_to(emulator: DescopeEmulator) -> Credentials:
    """New sessions, with a token of Descope's that is good for ten minutes."""
    return credentials({ALICE.id: emulator.project.sign_in(ALICE, ("pwd",)).session})


async def bend(running: Running, seed: int, inputs: int, seconds: float = float("inf")) -> tuple[int, int]:
    """Sends bent requests; how many, and how many people the answers named."""
    mutator, ends = Mutator(running.known, seed), time.monotonic() + seconds
    sent = named = 0

    async def client() -> None:
        nonlocal sent, named
        while sent < inputs and time.monotonic() < ends:
            sent += 1
            one = mutator.next()
            stream = await exchange(running.port, mutator.segments(one))
            try:
                named += judge(one, stream, running.known)
            except AssertionError as error:
                raise AssertionError(f"seed {seed}: {one!r} got {stream[:2000]!r}") from error

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))
    await running.lives()
    return sent, named


def unremarkable(running: Running) -> None:
    """The log holds nothing that was sent, no error of the service's own, and not a line for each."""
    events = running.end()
    text = json.dumps(events)
    assert not [event for event in events if event["level"] == "error"]
    assert not [part for parts in running.known.parts.values() for part in parts if part[:24].decode() in text]


async def test_22_no_bytes_on_a_socket_name_somebody_else(unused_tcp_port_factory: Any) -> None:
    async with fuzzed(unused_tcp_port_factory) as running:
        _, named = await bend(running, 20260801, INPUTS)
        assert named > INPUTS // 10, "good requests are among them, or it would hold for nothing"
        unremarkable(running)


def cases(known: Credentials) -> dict[str, tuple[bytes, list[int]]]:
    one, two = known.lines["U2one"][0], known.lines["U2two"][0]
    chunked, cookie = b"Transfer-Encoding: chunked", one.removeprefix(b"Cookie: ")
    bearer = known.lines[ALICE.id][0]
    upgrade = (b"Connection: Upgrade", b"Upgrade: websocket")
    folded = verify(one.replace(b"theme=dark; ", b"theme=dark;\r\n "))
    return {
        "a cookie in the trailers": (verify(chunked) + b"0\r\n" + one + b"\r\n\r\n", [401]),
        "a cookie in the body": (verify(b"Content-Length: %d" % len(one)) + one, [401]),
        "a cookie behind the header": (verify() + one + b"\r\n\r\n", [400]),
        "two people's cookies": (verify(one, two), [401]),
        "two people's cookies in one line": (verify(one + b"; " + two.removeprefix(b"Cookie: ")), [401]),
        "one cookie twice": (verify(one, one), [200]),
        "a cookie and another's token": (verify(one, bearer), [401]),
        "two tokens": (verify(bearer, bearer), [401]),
        "a name with an underscore": (verify(b"Cookie_: " + cookie), [401]),
        "a folded line": (folded, [400]),
        "a NUL": (verify(one + b"\x00"), [400]),
        "a space before the colon": (verify(b"Cookie : " + cookie), [400]),
        "a length and chunks": (verify(one, chunked, b"Content-Length: 3") + b"0\r\n\r\n", [400]),
        "two lengths": (verify(one, b"Content-Length: 0", b"Content-Length: 1"), [400]),
        "a chunk of no size": (verify(one, chunked) + b"zz\r\n", [400]),
        "an upgrade, and more behind it": (verify(one, *upgrade) + verify(two), [200, 200]),
        "two in a row": (verify(one) + verify(two), [200, 200]),
        "forwarded headers twice": (verify(one, b"X-Forwarded-Host: app.example.test"), [400]),
        "a header of 70 kB": (verify(one, b"X-Pad: " + b"x" * 70_000), [400]),
        "200 headers": (verify(one, *[b"X-Pad: x"] * 200), [400]),
        "a target elsewhere": (verify(one, target=b"http://other.test/verify"), [200]),
        "half a request": (verify(one)[:-20], []),
    }  # fmt: skip


async def test_each_of_these_gets_one_answer_only(unused_tcp_port_factory: Any) -> None:
    async with fuzzed(unused_tcp_port_factory) as running:
        tried = cases(running.known)
        streams = await asyncio.gather(*(running.ask(sent) for sent, _ in tried.values()))
        told = {name: [one.status for one in answers(stream)] for name, stream in zip(tried, streams, strict=True)}
        assert told == {name: wanted for name, (_, wanted) in tried.items()}
        for (sent, _), stream in zip(tried.values(), streams, strict=True):
            judge(sent, stream, running.known)
        await running.lives()
        unremarkable(running)


BROKEN = {
    "no HTTP": b"\x16\x03\x01\x02\x00hunter2\r\n\r\n",
    "a header of 70 kB": raw_bytes.request(b"Cookie: PHPSESSID=hunter2" + b"x" * 70_000),
    "a NUL": raw_bytes.request(b"Cookie: PHPSESSID=hunter2\x00"),
    "an address": raw_bytes.request(target=b"/?token=hunter2\xff"),
    "a chunk of no size": raw_bytes.request(b"Transfer-Encoding: chunked", method=b"POST") + b"hunter2\r\n",
}


async def test_no_client_fills_the_log(unused_tcp_port_factory: Any) -> None:
    """Each of these made aiohttp write an error with its traceback; aiohttp tells of its own ones in other words."""
    async with fuzzed(unused_tcp_port_factory) as running:
        for sent in BROKEN.values():
            for _ in range(MOST):
                (answer,) = answers(await running.ask(sent))
                assert (answer.status, answer.body) == (400, b"Bad Request")
        count = MOST * len(BROKEN)
        await running.lives()
        _, _, text = (await exchange(running.metrics, iter([raw_bytes.request(target=b"/metrics")]))).partition(
            b"\r\n\r\n"
        )
        assert b"specter_verify_unreadable_requests_total %.1f" % count in text
        events = running.end()
    told = [event for event in events if event["event"] == "unreadable request"]
    assert len(told) == MOST
    assert {event["level"] for event in events} <= {"info", "warning"}
    assert set(told[0]) == {"event", "level", "timestamp", "why", "where"}
    assert "hunter2" not in json.dumps(events)


async def test_nothing_that_a_stranger_packed_is_unpacked(unused_tcp_port_factory: Any) -> None:
    """A body that claims to be compressed and is not was 500, with three tracebacks in the log."""
    form = (
        b"Origin: https://auth.example.test",
        b"Content-Type: application/x-www-form-urlencoded",
        b"Content-Length: 3",
    )
    async with fuzzed(unused_tcp_port_factory) as running:
        for way in (b"gzip", b"deflate", b"br", b"zstd", b"x, gzip"):
            lines = (*form, b"Content-Encoding: " + way)
            (answer,) = answers(
                await running.ask(raw_bytes.request(*lines, method=b"POST", target=b"/auth/logout", body=b"abc"))
            )
            assert answer.status == 200, "signing out needs no form"
        await running.lives()
        unremarkable(running)

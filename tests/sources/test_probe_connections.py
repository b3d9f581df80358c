"""Connections that the probe keeps from one round to the next."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from specter_tui.core.proof import ProbeTarget
from specter_tui.sources.probe import Probe
from tests.sources.test_probe import certificate

REDIRECT = b"HTTP/1.1 307 X\r\nLocation: https://auth.example.org/\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Open:
    """A server that leaves its connections open, and what it saw."""

    address: str = ""
    answer: bytes = REDIRECT
    names: list[str | None] = field(default_factory=list)  # one a handshake
    requests: list[str] = field(default_factory=list)
    hung_up: int = 0  # connections that the other end closed
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    mute_second: bool = False  # hangs up without an answer where a connection is used again


@asynccontextmanager
async def open_server(context: ssl.SSLContext) -> AsyncIterator[Open]:
    state = Open()
    tasks: set[asyncio.Task[None] | None] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        state.writers.append(writer)
        used = 0
        try:
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).decode()
                state.requests.append(request)
                used += 1
                if state.mute_second and used > 1:
                    writer.transport.abort()
                    return
                writer.write(state.answer)
                await writer.drain()
        except asyncio.IncompleteReadError:
            state.hung_up += 1
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    context.sni_callback = lambda _socket, name, _context: state.names.append(name)
    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    state.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield state
    finally:
        server.close()
        for task in tasks:
            if task is not None:
                task.cancel()
        await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)
        await server.wait_closed()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Open]:
    async with open_server(certificate(tmp_path)[0]) as state:
        yield state


@pytest.fixture
async def probe() -> AsyncIterator[Probe]:
    one = Probe(keep=2)
    yield one
    await one.close()


def target(server: Open, host: str = "app.example.org") -> ProbeTarget:
    return ProbeTarget("app@docker", "web", server.address, tls=True, host=host, path="/", method="HEAD")


async def told(probe: Probe, *targets: ProbeTarget) -> list[tuple[int, str]]:
    return [(answer.status, answer.error) for answer in await probe.read(targets)]


async def test_the_next_round_needs_no_handshake(probe: Probe, server: Open) -> None:
    one = target(server)
    first, second = (await probe.read([one]))[0], (await probe.read([one]))[0]
    assert (first.status, second.status, len(server.requests)) == (307, 307, 2)
    assert server.names == ["app.example.org"]
    assert second.served_fingerprint == first.served_fingerprint != ""
    assert "Connection: keep-alive" in server.requests[0]


async def test_another_host_has_a_handshake_of_its_own(probe: Probe, server: Open) -> None:
    targets = target(server), target(server, "other.example.org")
    for _ in range(3):
        await probe.read(targets)
    assert sorted(map(str, server.names)) == ["app.example.org", "other.example.org"]
    assert len(server.requests) == 6


async def test_a_probe_that_keeps_nothing_says_so_and_shakes_hands_each_time(server: Open) -> None:
    probe = Probe()
    for _ in range(2):
        await probe.read([target(server)])
    await probe.close()
    assert len(server.names) == 2
    assert all("Connection: close" in one for one in server.requests)


async def test_what_the_other_end_closed_meanwhile_is_opened_anew(probe: Probe, server: Open) -> None:
    await probe.read([target(server)])
    server.writers[0].transport.abort()
    await asyncio.sleep(0.05)
    assert await told(probe, target(server)) == [(307, "")]
    assert len(server.names) == 2


async def test_a_connection_that_ends_under_the_request_is_no_failure_of_the_route(probe: Probe, server: Open) -> None:
    server.mute_second = True
    await probe.read([target(server)])
    assert await told(probe, target(server)) == [(307, "")]
    assert len(server.requests) == 3, "asked on the old one, then on a new one"


async def test_after_forget_the_new_certificate_is_seen(probe: Probe, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("old", "new")]
    for folder in folders:
        folder.mkdir()
    context, old = certificate(folders[0])
    _, new = certificate(folders[1])
    async with open_server(context) as server:
        one = target(server)
        seen = [(await probe.read([one]))[0].served_fingerprint]
        context.load_cert_chain(folders[1] / "pair.pem")
        await probe.forget()
        seen.append((await probe.read([one]))[0].served_fingerprint)
        for writer in server.writers[:1]:
            await writer.wait_closed()
    assert seen == [hashlib.sha256(der).hexdigest() for der in (old, new)]


async def test_no_connection_is_used_when_it_is_old(
    probe: Probe, server: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("specter_tui.sources.probe_connections.FRESH", (0.0, 0.0))
    for _ in range(3):
        await probe.read([target(server)])
    assert len(server.names) == 3


async def test_no_more_connections_are_kept_than_allowed(probe: Probe, server: Open) -> None:
    targets = [target(server, f"app{number}.example.org") for number in range(6)]
    for _ in range(2):
        assert await told(probe, *targets) == [(307, "")] * 6
    assert len(server.names) == 6 + 4, "two of six were kept"


async def test_two_requests_for_one_host_never_share_a_connection(probe: Probe, server: Open) -> None:
    paths = [replace(target(server), path=f"/{number}") for number in range(4)]
    for _ in range(2):
        assert await told(probe, *paths) == [(307, "")] * 4
    assert len(server.requests) == 8


async def test_a_body_that_nobody_read_is_not_taken_for_the_next_answer(probe: Probe, server: Open) -> None:
    server.answer = b"HTTP/1.1 200 X\r\nContent-Length: %d\r\n\r\n" % len(REDIRECT) + REDIRECT
    one = replace(target(server), method="GET")
    for _ in range(2):
        assert await told(probe, one) == [(200, "")]
    assert len(server.names) == 2


@pytest.mark.parametrize("later", [False, True])
async def test_what_a_server_adds_to_its_answer_is_not_the_next_answer(probe: Probe, server: Open, later: bool) -> None:
    junk = b"HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n"
    server.answer = REDIRECT if later else REDIRECT + junk
    for _ in range(3):
        assert await told(probe, target(server)) == [(307, "")]
        if later:
            server.writers[-1].write(junk)
            await asyncio.sleep(0.05)


async def test_close_hangs_up(probe: Probe, server: Open) -> None:
    await probe.read([target(server)])
    await probe.close()
    async with asyncio.timeout(5):
        while not server.hung_up:  # noqa: ASYNC110  the other end has no event
            await asyncio.sleep(0.01)

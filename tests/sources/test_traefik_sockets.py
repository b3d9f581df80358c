"""The client over real sockets: what a transport of the tests can not imitate."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.certs import make_certificate
from tests.sources.traefik_answers import answers, api, failure

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    tasks = set[asyncio.Task[None]]()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())  # type: ignore[arg-type]  # a handler runs in a task
        with suppress(OSError):
            await handler(reader, writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]
    await asyncio.gather(*tasks)


async def cut_short(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
    await writer.drain()


async def test_a_truncated_body_over_a_socket() -> None:
    async with listening(cut_short) as port:
        assert "broke off" in (await failure(api(api_url=f"http://127.0.0.1:{port}"))).message


async def test_nobody_listens() -> None:
    async with listening(cut_short) as port:
        pass
    error = await failure(api(api_url=f"http://localhost:{port}"))
    assert error.message == f"Traefik's API at http://localhost:{port} refuses the connection"


@pytest.mark.parametrize("host", ["nowhere.invalid", "a..invalid", f"{'a' * 70}.invalid"])
async def test_an_unknown_host(host: str) -> None:
    assert "cannot be resolved" in (await failure(api(api_url=f"http://{host}"))).message


async def test_a_port_that_speaks_no_tls() -> None:
    async with listening(cut_short) as port:
        error = await failure(api(api_url=f"https://127.0.0.1:{port}"))
    assert "does not speak TLS" in error.message
    assert "http://" in error.remedy


@pytest.mark.parametrize(
    ("name", "days", "trusted", "wanted"),
    [
        ("127.0.0.1", 90, False, "no known authority signed"),
        ("127.0.0.1", 90, True, "broke off"),  # trusted: the answer itself is the cut one
        ("other.example.org", 90, True, "for another name"),
        ("127.0.0.1", 1, True, "expired or not yet valid"),
    ],
)
async def test_certificates_of_the_api(tmp_path: Path, name: str, days: float, trusted: bool, wanted: str) -> None:
    made = make_certificate(name, not_before=datetime.now(UTC) - timedelta(days=2), days=days)  # noqa: TID251  a real handshake
    (tmp_path / "chain.pem").write_text(made.chain)
    (tmp_path / "key.pem").write_text(made.key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "chain.pem", tmp_path / "key.pem")
    ca_file = str(tmp_path / "chain.pem") if trusted else ""
    async with listening(cut_short, context) as port:
        error = await failure(api(api_url=f"https://127.0.0.1:{port}", ca_file=ca_file))
    assert wanted in error.message
    if not trusted:
        assert "traefik.ca_file" in error.remedy


async def test_connections_are_kept_between_reads() -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while request := await reader.readline():
            while (await reader.readline()).strip():
                pass
            answer = answers()[request.split()[1].decode()]
            assert isinstance(answer, httpx.Response)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer.content) + answer.content)

    async with listening(serve) as port:
        source = api(api_url=f"http://127.0.0.1:{port}")
        await source.read()
        after_the_first = connections
        for _ in range(3):
            await source.read()
        assert connections == after_the_first
        await source.close()


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with listening(cut_short) as port:
        assert "broke off" in (await failure(api(api_url=f"http://127.0.0.1:{port}"))).message

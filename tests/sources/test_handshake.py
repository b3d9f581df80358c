"""Handshakes with real TLS servers on loopback."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from specter_tui.core.model import OF_A_HANDSHAKE
from specter_tui.core.serving import HandshakeTarget, Side
from specter_tui.sources.handshake import Handshakes
from tests.certs import Made, make_certificate

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]


@asynccontextmanager
async def server(folder: Path, made: Made | None, got: list[bytes] | None = None) -> AsyncIterator[int]:
    """A TLS server with this certificate; without one it answers in plain text. Keeps what it was sent."""
    context = None
    if made is not None:
        (folder / "chain.pem").write_text(made.chain)
        (folder / "key.pem").write_text(made.key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "chain.pem", folder / "key.pem")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if context is None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        elif got is not None:
            got.append(await reader.read(100))
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


def target(port: int, host: str = "app.example.org") -> HandshakeTarget:
    return HandshakeTarget(host, Side.LOCAL, f"127.0.0.1:{port}")


async def test_what_is_shown_is_told_and_nothing_is_sent(tmp_path: Path) -> None:
    made = make_certificate("app.example.org", "*.example.org", not_before=datetime.now(UTC))  # noqa: TID251  it is served
    sent: list[bytes] = []
    async with server(tmp_path, made, sent) as port:
        first, second = await Handshakes().read([target(port), target(port, "b.example.org")])
        async with asyncio.timeout(10):
            while len(sent) < 2:  # noqa: ASYNC110  the server tells nobody when both are gone
                await asyncio.sleep(0.01)
    assert first.certificate is not None
    assert first.certificate.fingerprint == made.fingerprint
    assert (first.certificate.sans, first.certificate.source) == (made.names, OF_A_HANDSHAKE)
    assert (first.error, first.refused) == ("", False)
    assert second.certificate is first.certificate, "the same leaf is parsed once"
    assert sent == [b"", b""]


async def test_one_that_speaks_no_tls_has_ended_the_handshake(tmp_path: Path) -> None:
    async with server(tmp_path, None) as port:
        (found,) = await Handshakes().read([target(port)])
    assert found.certificate is None
    assert found.refused
    assert "ended the handshake" in found.error


async def test_nobody_there_and_names_that_are_none_are_no_refusals(tmp_path: Path) -> None:
    async with server(tmp_path, None) as port:
        pass
    asked = [target(port), HandshakeTarget("no such name.invalid", Side.EDGE, ":443"), target(port, "a" * 300)]
    for found in await Handshakes().read(asked):
        assert not found.refused
        assert "could not be reached" in found.error
        assert found.certificate is None


async def test_one_that_never_answers_is_given_up() -> None:
    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(wait, "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        (found,) = await Handshakes(deadline=0.2).read([target(port)])
    assert (found.error, found.refused) == ("did not answer within 0.2 s", False)


async def test_nothing_to_ask_is_nothing() -> None:
    assert await Handshakes().read([]) == ()

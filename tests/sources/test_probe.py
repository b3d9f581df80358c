"""The probe against real sockets: what it sends, what it reads, and what it makes of hostile answers."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from specter_tui.core.proof import ProbeTarget
from specter_tui.sources.probe import Probe
from specter_tui.sources.probe_request import USER_AGENT, place_of

Answer = Callable[["Server", str, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """What came in, and what is going on."""

    address: str = ""
    requests: list[str] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    now: int = 0
    most: int = 0


@asynccontextmanager
async def serving(answer: Answer, context: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    state = Server()
    tasks: set[asyncio.Task[None] | None] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        state.now += 1
        state.most = max(state.most, state.now)
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).decode()
            state.requests.append(request)
            await answer(state, request, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            state.now -= 1
            writer.transport.abort() if context is None else writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    if context is not None:
        context.sni_callback = lambda _socket, name, _context: state.names.append(name)
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


def saying(text: str, *, get: str = "") -> Answer:
    async def answer(_: Server, request: str, writer: asyncio.StreamWriter) -> None:
        chosen = get if get and request.startswith("GET") else text
        writer.write(chosen.replace("\n", "\r\n").encode())
        await writer.drain()
        writer.write_eof() if writer.can_write_eof() else None

    return answer


def target(server: Server, **changes: object) -> ProbeTarget:
    base = ProbeTarget("app@docker", "web", server.address, tls=False, host="app.example.org", path="/", method="HEAD")
    return replace(base, **changes)  # type: ignore[arg-type]  # named by each test


@pytest.fixture
async def probe() -> AsyncIterator[Probe]:
    one = Probe()
    yield one
    await one.close()


REDIRECT = "HTTP/1.1 307 Temporary Redirect\nLocation: https://auth.example.org/?redirect=x\nContent-Length: 0\n\n"
LOGIN = '{"error": "x", "login_url": "https://auth.example.org/"}'
JSON_401 = f"HTTP/1.1 401 Unauthorized\nContent-Type: application/json\nContent-Length: {len(LOGIN)}\n\n"


async def test_what_is_sent(probe: Probe) -> None:
    async with serving(saying(REDIRECT)) as server:
        (answer,) = await probe.read([target(server, path="/a?b=c%20d")])
    assert (answer.status, answer.location) == (307, "https://auth.example.org/?redirect=x")
    assert not answer.error
    (request,) = server.requests
    lines = request.split("\r\n")
    assert lines[0] == "HEAD /a?b=c%20d HTTP/1.1"
    headers = dict(line.split(": ", 1) for line in lines[1:] if line)
    assert headers == {
        "Host": "app.example.org",
        "User-Agent": USER_AGENT,
        "Accept": "text/html",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


async def test_get_follows_an_undecided_head_and_only_then(probe: Probe) -> None:
    for status, methods in [(200, ["HEAD"]), (302, ["HEAD"]), (405, ["HEAD", "GET"]), (500, ["HEAD", "GET"])]:
        async with serving(saying(f"HTTP/1.1 {status} X\nContent-Length: 0\n\n", get=REDIRECT)) as server:
            await probe.read([target(server)])
        assert [one.split()[0] for one in server.requests] == methods


async def test_a_target_for_get_alone_gets_no_head(probe: Probe) -> None:
    async with serving(saying("HTTP/1.1 405 X\nContent-Length: 0\n\n")) as server:
        await probe.read([target(server, method="GET")])
    assert [one.split()[0] for one in server.requests] == ["GET"]


async def test_the_login_url_of_a_json_answer(probe: Probe) -> None:
    async with serving(saying(JSON_401, get=JSON_401 + LOGIN)) as server:
        (answer,) = await probe.read([target(server)])
    assert (answer.status, answer.login_url) == (401, "https://auth.example.org/")


async def test_cookies_are_not_kept(probe: Probe) -> None:
    async with serving(saying("HTTP/1.1 404 X\nSet-Cookie: a=b; Path=/\nContent-Length: 0\n\n")) as server:
        await probe.read([target(server)])
        await probe.read([target(server)])
    assert len(server.requests) == 4
    assert not any("ookie" in one for one in server.requests)


async def test_redirects_are_not_followed(probe: Probe) -> None:
    async with serving(saying("HTTP/1.1 302 X\nLocation: /again\nContent-Length: 0\n\n")) as server:
        (answer,) = await probe.read([target(server)])
    assert (answer.status, len(server.requests)) == (302, 1)


async def test_tls_sends_the_host_as_sni_and_tells_which_leaf_was_served(probe: Probe, tmp_path: Path) -> None:
    context, der = certificate(tmp_path)
    async with serving(saying(REDIRECT), context) as server:
        one = target(server, tls=True)
        answers = await probe.read([one, replace(one, host="other.example.org")])
    assert sorted(map(str, server.names)) == ["app.example.org", "other.example.org"]
    assert {answer.served_fingerprint for answer in answers} == {hashlib.sha256(der).hexdigest()}
    assert [answer.status for answer in answers] == [307, 307]


async def test_answers_are_in_order_and_at_most_ten_at_once(probe: Probe) -> None:
    async def slow(_: Server, request: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        name = request.split(" ")[1].strip("/")
        writer.write(f"HTTP/1.1 302 X\r\nLocation: {name}\r\nContent-Length: 0\r\n\r\n".encode())

    async with serving(slow) as server:
        answers = await probe.read([target(server, path=f"/{number}") for number in range(35)])
    assert [one.location for one in answers] == [str(number) for number in range(35)]
    assert 1 < server.most <= 10


async def test_a_pause_lies_between_two_beginnings(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        slept.append(seconds)
        await sleep(0)

    probe = Probe(pause=5.0)
    async with serving(saying(REDIRECT)) as server:
        targets = [target(server, path=f"/{number}") for number in range(4)]
        monkeypatch.setattr("specter_tui.sources.probe.asyncio.sleep", noted)
        answers = await probe.read(targets)
        monkeypatch.undo()
    await probe.close()
    assert [answer.status for answer in answers] == [307] * 4
    assert [round(seconds / 5) for seconds in slept] == [1, 2, 3], "the first begins at once"


async def endless(_: Server, _request: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"x" * 65536)
        await writer.drain()


async def dripping(_: Server, _request: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 X\r\n")
    while not writer.is_closing():
        writer.write(b"X-A: b\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


async def silent(_: Server, _request: str, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def test_an_endless_body_is_left_alone(probe: Probe) -> None:
    async with serving(endless) as server:
        (answer,) = await probe.read([target(server, method="GET")])
    assert (answer.status, answer.login_url, answer.error) == (200, "", "")


@pytest.mark.parametrize("behaviour", [dripping, silent])
async def test_the_deadline_lies_around_everything(behaviour: Answer) -> None:
    probe = Probe(0.3)
    async with serving(behaviour) as server:
        (answer,) = await probe.read([target(server)])
    await probe.close()
    assert answer.status == 0
    assert "within 0.3 s" in answer.error


@pytest.mark.parametrize(
    "text",
    ["garbage\n\n", "", "HTTP/1.1 999999 X\n\n", "HTTP/1.1 200 X\nX: " + "y" * 300_000 + "\n\n", "SSH-2.0-x\n"],
)
async def test_what_is_no_http_is_an_error_in_one_line(probe: Probe, text: str) -> None:
    async with serving(saying(text)) as server:
        (answer,) = await probe.read([target(server)])
    assert answer.status == 0
    assert answer.error.startswith("no valid answer from 127.0.0.1")
    assert answer.error.isprintable()
    assert len(answer.error) < 300


async def test_json_that_is_odd_has_no_login_url(probe: Probe) -> None:
    for body in ("[" * 60_000, "{", "[]", '{"login_url": 3}', "\xff"):
        head = f"HTTP/1.1 401 X\nContent-Type: application/json\nContent-Length: {len(body.encode())}\n\n"
        async with serving(saying(head, get=head + body)) as server:
            (answer,) = await probe.read([target(server)])
        assert (answer.status, answer.login_url) == (401, "")


async def test_nobody_listens_and_no_tls_there(probe: Probe) -> None:
    async with serving(saying(REDIRECT)) as server:
        (plain,) = await probe.read([target(server, tls=True)])
    (gone,) = await probe.read([target(server)])
    assert plain.error
    assert gone.error.startswith("no connection to 127.0.0.1")


ODD = [
    {"host": "a\r\nX-Forwarded-For: 1"},
    {"host": "a b"},
    {"host": ""},
    {"host": "a" * 64 + ".org"},
    {"host": "a/b"},
    {"path": "/\r\nX: y"},
    {"path": "/ HTTP/1.1"},
    {"path": "a"},
    {"path": "/ü"},
    {"method": "POST"},
    {"address": "127.0.0.1:80/x"},
    {"address": "user@127.0.0.1:80"},
    {"address": "127.0.0.1:x"},
    {"address": ""},
]


@pytest.mark.parametrize("change", ODD)
async def test_no_target_can_be_more_than_one_request(probe: Probe, change: dict[str, str]) -> None:
    async with serving(saying(REDIRECT)) as server:
        (answer,) = await probe.read([target(server, **change)])
    assert answer.status == 0
    assert answer.error
    assert server.requests == []


@given(st.text(max_size=30), st.text(max_size=30))
def test_every_accepted_target_is_one_clean_request_line(host: str, path: str) -> None:
    one = ProbeTarget("r", "web", "127.0.0.1:80", tls=False, host=host, path=path, method="HEAD")
    try:
        place_of(one)
    except ValueError:
        return
    assert path.startswith("/")
    assert not any(mark in host + path for mark in "\r\n\0 ")


async def test_cancelling_frees_the_connections() -> None:
    probe = Probe()
    async with serving(silent) as server:
        reading = asyncio.create_task(probe.read([target(server)]))
        async with asyncio.timeout(10):
            while not server.requests:  # noqa: ASYNC110  the other end has no event
                await asyncio.sleep(0.01)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await probe.close()


def certificate(folder: Path) -> tuple[ssl.SSLContext, bytes]:
    """A server context with a certificate that nobody signed, expired long ago."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TRAEFIK DEFAULT CERT")])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    leaf = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "pair.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + leaf.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context, leaf.public_bytes(serialization.Encoding.DER)

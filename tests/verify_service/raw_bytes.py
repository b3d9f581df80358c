"""Requests as bytes, bent in every way that a socket allows, and what the service may answer to them.

A seed is a request that Traefik or a browser would send. What comes back is judged by one rule: a 200 of /verify names
a person whose whole credential was in the bytes, nothing but that names anybody, and nothing is a 5xx but a policy that
can't be read.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from random import Random
from typing import Final, NamedTuple

from tests.verify_service.service import APP, AUTH, settings_for
from verify_service.descope.identity import Grant
from verify_service.request.cookies import CHUNK, split
from verify_service.request.person import Person
from verify_service.session.sessions import Sessions

ALLOWED: Final = frozenset({100, 200, 303, 307, 400, 401, 403, 404, 405, 413, 417, 429})
UNREADABLE_POLICY: Final = b"the policy of this route can't be read"
_QUIET: Final = 0.15  # seconds without an answer after which the client stops sending; only coverage depends on it
_LAST: Final = 5.0
_NAME: Final = b"__Secure-dv_s"
_FORWARDED: Final = (
    b"X-Forwarded-Method: GET", b"X-Forwarded-Proto: https", b"X-Forwarded-Host: " + APP.encode(),
    b"X-Forwarded-Uri: /a?b=c",
)  # fmt: skip
_BYTES: Final = (
    b"\x00",
    b"\r",
    b"\n",
    b"\t",
    b"\x0b",
    b" ",
    b"\x7f",
    b"\xff",
    b":",
    b";",
    b",",
    b"=",
    b"%",
    b"#",
    b"\\",
)


class Credentials(NamedTuple):
    """What each person's requests carry; all parts have to be there."""

    parts: Mapping[str, tuple[bytes, ...]]
    lines: Mapping[str, tuple[bytes, ...]]  # the header lines that sign a request of theirs
    witness: bytes  # of somebody in no seed: a bent request may well sign the others out

    def within(self, sent: bytes) -> set[str]:
        """Whose credential the bytes hold."""
        return {user for user, parts in self.parts.items() if all(part in sent for part in parts)}


def credentials(bearer: Mapping[str, str]) -> Credentials:
    """Some with a cookie, one whose cookie needs chunks, and those of some Bearer tokens."""
    sessions = Sessions(settings_for())

    def sealed(person: Person) -> bytes:
        return sessions.seal(sessions.begin(Grant(person, "", 0.0), time.time())).encode()

    cookies = {user: sealed(Person(user, roles=("user",))) for user in ("U2one", "U2two", "U2witness")}
    large = sealed(Person("U2large", roles=tuple(f"role-{number}" for number in range(600))))
    chunks = tuple(large[at : at + CHUNK] for at in range(0, len(large), CHUNK))
    parts: dict[str, tuple[bytes, ...]] = {user: (value,) for user, value in cookies.items()} | {"U2large": chunks}
    lines: dict[str, tuple[bytes, ...]] = {
        user: (b"Cookie: theme=dark; " + _NAME + b"=" + value,) for user, value in cookies.items()
    }
    lines["U2large"] = tuple(b"Cookie: " + _NAME + b"_%d=" % at + one for at, one in enumerate(chunks, 1))
    witness = lines.pop("U2witness")[0]
    for user, token in bearer.items():
        parts[user] = (token.encode(),)
        lines[user] = (b"Authorization: Bearer " + token.encode(),)
    return Credentials(parts, lines, witness)


def request(*lines: bytes, target: bytes = b"/verify", method: bytes = b"GET", body: bytes = b"") -> bytes:
    """A request with the given header lines."""
    return b"\r\n".join((method + b" " + target + b" HTTP/1.1", b"Host: verify", *lines, b"", body))


def verify(*lines: bytes, target: bytes = b"/verify") -> bytes:
    """What Traefik asks."""
    return request(*_FORWARDED, *lines, target=target)


def seeds(known: Credentials) -> list[bytes]:
    """Good requests of every kind."""
    origin = b"Origin: https://" + AUTH.encode()
    form = b"Content-Type: application/x-www-form-urlencoded"
    return [
        verify(),
        verify(b"Sec-Fetch-Mode: navigate", b"Accept: text/html"),
        *(verify(*lines) for lines in known.lines.values()),
        *(verify(*lines, target=b"/verify?roles=user") for lines in known.lines.values()),
        verify(*known.lines["U2one"], b"Transfer-Encoding: chunked") + b"3\r\nabc\r\n0\r\nCookie: a=b\r\n\r\n",
        verify(*known.lines["U2two"], b"Content-Length: 5") + b"abcde",
        verify(target=b"/verify?emails=a@b.test&mode=401"),
        request(target=b"/?redirect=https%3A%2F%2F" + APP.encode()),
        request(target=b"/auth/callback?state=a&code=b"),
        request(origin, form, b"Content-Length: 5", method=b"POST", target=b"/auth/logout", body=b"all=1"),
        request(origin, b"Content-Type: application/json", b"Content-Length: 2", method=b"POST",
                target=b"/auth/session", body=b"{}"),
    ]  # fmt: skip


def additions(known: Credentials) -> list[bytes]:
    """Header lines that a client may smuggle in."""
    two = known.lines["U2two"][0]
    return [
        *_FORWARDED, two, two.replace(b"Cookie", b"cookie"), b"Cookie: " + _NAME + b"=x",
        b"Cookie: " + _NAME + b"_1=x", b"X-Forwarded-Host: evil.test", b"X-Forwarded-Uri: /\xff",
        b"X_Forwarded_Host: evil.test", b"X-Auth-User: U2admin", b"X_Auth_User: U2admin",
        b"Authorization: Bearer x.y.z", b"Authorization: Basic eDp5", b"Authorization: Bearer",
        b"Connection: X-Forwarded-Host, Cookie", b"Connection: close", b"Connection: Upgrade", b"Upgrade: websocket",
        b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAAP__", b"Expect: 100-continue", b"Expect: x",
        b"Content-Length: 5", b"Content-Length: -1", b"Content-Length: 5, 6", b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: x, chunked", b"Transfer-Encoding:\x0bchunked", b"Content-Encoding: gzip",
        b"Trailer: Cookie", b"Sec-WebSocket-Key: x", b"Host: other", b"X-Forwarded-For: 127.0.0.1",
        b"Forwarded: host=evil.test", b"Range: bytes=0-", b"TE: trailers",
    ]  # fmt: skip


class Mutator:
    """Bends requests, the same way again for the same seed."""

    def __init__(self, known: Credentials, seed: int) -> None:
        self._random = Random(seed)
        self._seeds = seeds(known)
        self._additions = additions(known)
        self._ways: tuple[Callable[[bytes], bytes], ...] = (
            self._byte, self._cut, self._repeat, self._line, self._line, self._line, self._fold, self._spelling,
            self._end, self._trailers, self._long, self._pipeline, self._version,
        )  # fmt: skip

    def next(self) -> bytes:
        """Another one, bent up to four times."""
        sent = self._random.choice(self._seeds)
        for _ in range(self._random.randrange(5)):
            sent = self._random.choice(self._ways)(sent)
        return sent

    def segments(self, sent: bytes) -> Iterator[bytes]:
        """How it is sent: whole, in a few pieces, or less than all of it."""
        if self._random.random() < 0.1:
            sent = sent[: self._at(sent)]
        cuts = sorted(self._at(sent) for _ in range(self._random.choice((0, 0, 0, 1, 3))))
        for begin, end in zip((0, *cuts), (*cuts, len(sent)), strict=True):
            yield sent[begin:end]

    def _at(self, sent: bytes) -> int:
        return self._random.randrange(len(sent) + 1)

    def _byte(self, sent: bytes) -> bytes:
        at = self._at(sent)
        return sent[:at] + self._random.choice(_BYTES) + sent[at + self._random.randrange(2) :]

    def _cut(self, sent: bytes) -> bytes:
        at = self._at(sent)
        return sent[:at] + sent[at + self._random.randrange(40) :]

    def _repeat(self, sent: bytes) -> bytes:
        at = self._at(sent)
        return sent[:at] + sent[at : at + 60] + sent[at:]

    def _line(self, sent: bytes) -> bytes:
        """Another header line at some place."""
        lines = sent.split(b"\r\n")
        lines.insert(self._random.randrange(1, len(lines) + 1), self._random.choice(self._additions))
        return b"\r\n".join(lines)

    def _fold(self, sent: bytes) -> bytes:
        """A line goes on in the next one (RFC 9112, 5.2)."""
        return self._changed(sent, lambda line: line.replace(b": ", b":\r\n ", 1))

    def _spelling(self, sent: bytes) -> bytes:
        bends: tuple[Callable[[bytes], bytes], ...] = (
            bytes.lower, bytes.upper, lambda line: line.replace(b"-", b"_"), lambda line: line.replace(b":", b" :", 1),
            lambda line: b" " + line, lambda line: line + b" \t", lambda line: line + b"\r\n" + line, lambda _line: b"",
        )  # fmt: skip
        return self._changed(sent, self._random.choice(bends))

    def _changed(self, sent: bytes, change: Callable[[bytes], bytes]) -> bytes:
        lines = sent.split(b"\r\n")
        at = self._random.randrange(len(lines))
        lines[at] = change(lines[at])
        return b"\r\n".join(lines)

    def _end(self, sent: bytes) -> bytes:
        return sent.replace(b"\r\n", self._random.choice((b"\n", b"\r", b"\r\r\n", b"\n\r")), self._random.randrange(4))

    def _trailers(self, sent: bytes) -> bytes:
        """Credentials and identities behind the body, where they mean nothing."""
        head, _, _ = sent.partition(b"\r\n\r\n")
        trailer = b"\r\n".join(self._random.sample(self._additions, 3))
        return head + b"\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\na\r\n0\r\n" + trailer + b"\r\n\r\n"

    def _long(self, sent: bytes) -> bytes:
        count = self._random.choice((200, 9000, 70000))
        line = self._random.choice(
            (b"X-Pad: " + b"x" * count, b"Cookie: " + b"a=b; " * (count // 5), b"x: y\r\n" * 200)
        )
        return sent.replace(b"\r\n", b"\r\n" + line.removesuffix(b"\r\n") + b"\r\n", 1)

    def _pipeline(self, sent: bytes) -> bytes:
        return sent + self._random.choice(self._seeds)

    def _version(self, sent: bytes) -> bytes:
        others = (b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/1.1 x", b"http/1.1", b"HTTP/1.", b"")
        return sent.replace(b"HTTP/1.1", self._random.choice(others), 1)


class Answered(NamedTuple):
    """One answer on the wire."""

    status: int
    headers: list[tuple[bytes, bytes]]  # names in lower case
    body: bytes


def answers(stream: bytes) -> Iterator[Answered]:
    """Those that came back on one connection."""
    while stream:
        head, _, rest = stream.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        assert first.startswith(b"HTTP/"), stream[:200]  # in whatever version was asked for
        headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
        length = int(dict(headers).get(b"content-length", b"0"))
        if rest.startswith(b"HTTP/"):  # to a HEAD
            length = 0
        yield Answered(int(first[9:12]), headers, rest[:length])
        stream = rest[length:]


def judge(sent: bytes, stream: bytes, known: Credentials) -> int:
    """How many people the answers name; AssertionError where one of them should not be."""
    named = 0
    for one in answers(stream):
        users = [value.decode() for name, value in one.headers if name == b"x-auth-user"]
        if one.status == 500:
            assert UNREADABLE_POLICY in one.body
        else:
            assert one.status in ALLOWED
        if one.status != 200 or not users:
            assert not [name for name, _ in one.headers if name.startswith(b"x-auth-")]
            assert one.status != 200 or one.body, "Traefik takes it for a yes"
            continue
        (user,) = users
        assert user in known.within(sent)
        assert one.body == b""
        assert not split(
            [value.decode("utf-8", "surrogateescape") for name, value in one.headers if name == b"cookie"]
        ).ours
        named += 1
    return named


async def exchange(port: int, segments: Iterator[bytes]) -> bytes:
    """Sends the segments, and reads what comes back until the service closes or nothing more comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    stream = b""
    with suppress(ConnectionError):
        for one in segments:
            writer.write(one)
            await writer.drain()
            await asyncio.sleep(0)
        with suppress(TimeoutError):
            while piece := await asyncio.wait_for(reader.read(65536), _QUIET):
                stream += piece
        if not reader.at_eof():
            writer.write_eof()
            async with asyncio.timeout(_LAST):
                stream += await reader.read()
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return stream

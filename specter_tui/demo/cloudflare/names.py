"""A name server over the emulator's records, by UDP and TCP: enough for an ACME server, Traefik and a person."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final, Self, cast

from specter_tui.demo.cloudflare import wire
from specter_tui.demo.cloudflare.account import Account, StoredRecord

_TTL: Final = 60
_EDGE: Final = "127.0.0.1"  # what proxied records answer with: the edge, which a demo does not have
_KINDS: Final = {number: kind for kind, number in wire.TYPES.items()}
_ANSWERED: Final = ("A", "AAAA", "CNAME", "TXT", "NS")
_CHAIN: Final = 8


class NameServer:
    """Answers for the zones of an account on `127.0.0.1:port` (0: any free one)."""

    def __init__(self, account: Account, port: int = 0) -> None:
        self.account = account
        self.port = port
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None

    def reply(self, message: bytes, limit: int = 65_535) -> bytes | None:
        """The answer to one message; None to what is no question."""
        question = wire.parse(message)
        if question is None:
            return None
        zone = self._zone(question.name)
        if zone is None:
            return wire.answer(question, wire.REFUSED)
        kind = _KINDS.get(question.type, "")
        if kind == "SOA":
            records = [self._soa(zone)] if question.name == zone else []
            code = wire.NO_ERROR if records or self._exists(question.name) else wire.NAME_ERROR
            return wire.answer(question, code, records, limit)
        found = list(self._found(question.name, kind))
        code = wire.NO_ERROR if found or self._exists(question.name) or question.name == zone else wire.NAME_ERROR
        return wire.answer(question, code, found, limit)

    async def __aenter__(self) -> Self:
        self._tcp = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = int(self._tcp.sockets[0].getsockname()[1])
        try:
            self._udp, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: _Datagrams(self), local_addr=("127.0.0.1", self.port)
            )
        except OSError:
            self._tcp.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            async with asyncio.timeout(5):
                (size,) = struct.unpack(">H", await reader.readexactly(2))
                reply = self.reply(await reader.readexactly(size))
                if reply is not None:
                    writer.write(struct.pack(">H", len(reply)) + reply)
                    await writer.drain()
        writer.close()

    def _zone(self, name: str) -> str | None:
        names = {zone.name for zone in self.account.zones.values()}
        while name not in names:
            _, dot, name = name.partition(".")
            if not dot:
                return None
        return name

    def _exists(self, name: str) -> bool:
        return any(one.name == name or one.name.endswith(f".{name}") for one in self.account.all_records())

    def _found(self, name: str, kind: str) -> Iterator[bytes]:
        for _ in range(_CHAIN):
            records = self._at(name)
            alias = next((one for one in records if one.type == "CNAME"), None)
            for one in records:
                if one.type == kind and kind in _ANSWERED:
                    yield from _encoded(name, one)
            if alias is None or kind == "CNAME":
                return
            yield from _encoded(name, alias)
            name = alias.content.rstrip(".").lower()

    def _at(self, name: str) -> list[StoredRecord]:
        """The records of a name, or of the wildcard that answers for it (RFC 4592)."""
        if self._exists(name):
            return [one for one in self.account.all_records() if one.name == name]
        parent = name.partition(".")[2]
        while parent and not self._exists(parent):
            parent = parent.partition(".")[2]
        return [one for one in self.account.all_records() if one.name == f"*.{parent}"]

    def _soa(self, zone: str) -> bytes:
        content = f"ns.{zone} dns.{zone} 1 10000 2400 604800 60"
        return wire.resource(zone, "SOA", content, _TTL)


def _encoded(name: str, record: StoredRecord) -> Iterator[bytes]:
    content = _EDGE if record.proxied and record.type == "A" else record.content
    with contextlib.suppress(ValueError):  # a record that no wire can carry is not there
        yield wire.resource(name, record.type, content, _TTL if record.ttl == 1 else record.ttl)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)  # Python 3.11's own is no subclass of it

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        reply = self._server.reply(data, wire.LONGEST_UDP)
        if reply is not None and self._transport is not None:
            self._transport.sendto(reply, addr)

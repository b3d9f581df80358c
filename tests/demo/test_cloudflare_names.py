"""The demo's name server, asked by dnslib over UDP and TCP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from dnslib import DNSRecord
from hypothesis import given
from hypothesis import strategies as st

from specter_tui.demo.cloudflare import Account, NameServer

ZONE = "starfleet.test"


@pytest.fixture
async def server() -> AsyncIterator[NameServer]:
    account = Account()
    zone = account.add_zone(ZONE)
    for kind, name, content in (
        ("A", "@", "203.0.113.10"),
        ("A", "*", "203.0.113.11"),
        ("CNAME", "www", ZONE),
        ("AAAA", "v6", "2001:db8::1"),
        ("TXT", "_acme-challenge", '"token"'),
        ("TXT", "long", '"' + "x" * 2000 + '"'),
    ):
        account.write(zone, {"type": kind, "name": name, "content": content, "ttl": 60})
    async with NameServer(account) as one:
        yield one


async def ask(server: NameServer, name: str, kind: str, *, tcp: bool = False) -> DNSRecord:
    question = DNSRecord.question(name, kind)
    answer = await asyncio.to_thread(question.send, "127.0.0.1", server.port, tcp=tcp, timeout=5)
    return DNSRecord.parse(answer)


@pytest.mark.parametrize("tcp", [False, True])
@pytest.mark.parametrize(
    ("name", "kind", "code", "answers"),
    [
        (ZONE, "A", 0, ["203.0.113.10"]),
        (f"WWW.{ZONE}", "A", 0, [f"{ZONE}.", "203.0.113.10"]),
        (f"any.{ZONE}", "A", 0, ["203.0.113.11"]),
        (f"a.b.{ZONE}", "A", 0, ["203.0.113.11"]),
        (f"v6.{ZONE}", "AAAA", 0, ["2001:db8::1"]),
        (f"v6.{ZONE}", "A", 0, []),
        (f"_acme-challenge.{ZONE}", "TXT", 0, ['"token"']),
        (f"_acme-challenge.{ZONE}", "SOA", 0, []),
        ("example.net", "A", 5, []),
    ],
)
async def test_answers(server: NameServer, name: str, kind: str, code: int, answers: list[str], tcp: bool) -> None:
    reply = await ask(server, name, kind, tcp=tcp)
    assert reply.header.rcode == code
    assert [str(one.rdata) for one in reply.rr] == answers


async def test_the_soa_of_the_apex_is_in_the_answer(server: NameServer) -> None:
    reply = await ask(server, ZONE, "SOA")
    assert [str(one.rname) for one in reply.rr] == [f"{ZONE}."]


async def test_what_does_not_fit_into_udp_is_asked_for_again_by_tcp(server: NameServer) -> None:
    short = await ask(server, f"long.{ZONE}", "TXT")
    assert (short.header.tc, short.rr) == (1, [])
    whole = await ask(server, f"long.{ZONE}", "TXT", tcp=True)
    assert sum(len(part) for part in whole.rr[0].rdata.data) == 2000


@given(st.binary(max_size=80))
def test_no_message_breaks_it(message: bytes) -> None:
    account = Account()
    account.add_zone(ZONE)
    reply = NameServer(account).reply(message)
    assert reply is None or reply[:2] == message[:2]

"""Attacks that no published advisory names, each over a socket against the real service unless it says otherwise."""

from __future__ import annotations

import asyncio
import tracemalloc

import pytest
from multidict import CIMultiDict

from tests.verify_service.service import Service
from tests.verify_service.test_decisions import FORWARDED
from verify_service.forwarded import Reader, Refusal

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _raw(service: Service, request: bytes) -> bytes:
    """The whole answer to bytes as they stand; the request has to make the service close."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write(request)
    async with asyncio.timeout(20):
        answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize("line", [
    b"Cookie: PHPSESSID=kept-from-scripts; pad=" + b"x" * 70000,
    b"Cookie: PHPSESSID=kept-from-scripts\x00",
    b"Cookie: PHPSESSID=kept-from-scripts\rx",
    b"Cookie : PHPSESSID=kept-from-scripts",
])  # fmt: skip
async def test_a_request_that_is_not_understood_is_not_quoted(service: Service, line: bytes) -> None:
    answer = await _raw(service, b"GET /verify HTTP/1.1\r\nHost: x\r\n" + line + b"\r\n\r\n")
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))
    assert answer.endswith(b"\r\n\r\nBad Request")
    assert "kept-from-scripts" not in service.log.getvalue()


@pytest.mark.parametrize("name", ["X-Forwarded-Method", "X-Forwarded-Proto", "X-Forwarded-Host"])
async def test_what_a_client_makes_long_is_not_remembered(service: Service, name: str) -> None:
    """Any client chooses the method, and any number of them: 4,096 of 60 kB would be 240 MB."""
    assert (await service.ask("/verify", headers=FORWARDED | {name: "A" * 60000})).status == 400
    reader = Reader(service.settings.site)
    tracemalloc.start()
    try:
        for number in range(100):
            assert isinstance(reader.read(CIMultiDict(FORWARDED | {name: f"{number}" + "A" * 60000})), Refusal)
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()

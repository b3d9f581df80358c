"""How long a copy of a session's cookie is good after its owner signed out: here, and in another replica."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Final

from tests.bench.bench_verify import ALICE, ASKED, environment
from tests.bench.figure import Figure
from tests.bench.verify_load import target
from verify_service.config import read
from verify_service.descope.identity import Grant
from verify_service.session.sessions import Sessions

_TTL: Final = 5  # seconds; SESSION_TTL's default is 3600, and the lag grows with it
_ASKED_AGAIN: Final = 1000
_PAUSE: Final = 0.005
_LONGEST: Final = 60.0


def figures() -> Iterator[Figure]:
    """Two replicas with the same secret; somebody signs out at the first one, in the middle of the session's life."""
    settings = environment() | {"SESSION_TTL": str(_TTL)}
    with ExitStack() as stack:
        here, there = (stack.enter_context(target("verify", settings, cpu=None)).port for _ in range(2))
        sessions, begun = Sessions(read(settings)), time.time()
        cookie = f"__Secure-dv_s={sessions.seal(sessions.begin(Grant(ALICE, '', 0.0), begun))}"
        assert _passes(here, cookie)
        assert _passes(there, cookie)
        time.sleep(_TTL / 2)
        _sign_out(here, cookie)
        ended = time.time()
        passed = sum(_passes(here, cookie) for _ in range(_ASKED_AGAIN))
        while _passes(there, cookie):
            assert time.time() - ended < _LONGEST
            time.sleep(_PAUSE)
        refused = time.time()
    name = "verify: after a logout, a copy of the cookie passes"
    yield Figure(f"{name} in the same process", passed, "times", 0, f"of {_ASKED_AGAIN} requests")
    note = f"signed out {ended - begun:.2f} s after the last renewal; SESSION_TTL is {_TTL} s, and its default 3600 s"
    yield Figure(f"{name} in another replica, since the last renewal", refused - begun, "s", _TTL + 0.1, note)


def _passes(port: int, cookie: str) -> bool:
    return _status(port, "GET", "/verify", {**ASKED, "Cookie": cookie}) == http.client.OK


def _sign_out(port: int, cookie: str) -> None:
    headers = {"Cookie": cookie, "Origin": "https://auth.example.test"}
    assert _status(port, "POST", "/auth/logout", headers) == http.client.OK


def _status(port: int, method: str, path: str, headers: Mapping[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, headers=dict(headers))
        return connection.getresponse().status
    finally:
        connection.close()

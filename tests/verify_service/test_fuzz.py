"""Hostile requests: whatever is sent, a 200 names a known user, and nothing but 200 names anybody.

Bounded here; `make soak` runs them for long.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from tests.verify_service.service import APP, settings_for
from verify_service import telemetry
from verify_service.descope.identity import Grant
from verify_service.forward_auth.verify import Verify, trust
from verify_service.metrics import Metrics
from verify_service.request.answers import Allowed
from verify_service.request.cookies import Names, split
from verify_service.request.person import Person
from verify_service.session.sessions import Sessions
from verify_service.values import networks

USERS = {f"U2known{number}": Person(f"U2known{number}", roles=("user",) * (number % 2)) for number in range(3)}
NAME = Names.choose(insecure=False).session
SETTINGS = settings_for()
SESSIONS = Sessions(SETTINGS)
COOKIES = [SESSIONS.seal(SESSIONS.begin(Grant(person, "", 0.0), time.time())) for person in USERS.values()]
LARGE = Person("U2large", roles=tuple(f"role-{number}" for number in range(600)))
CHUNKED = SESSIONS.seal(SESSIONS.begin(Grant(LARGE, "", 0.0), time.time()))
VERIFY = Verify(
    SETTINGS,
    SESSIONS,
    None,
    trusted=trust(networks("127.0.0.1")),
    metrics=Metrics(),
    log=telemetry.configure("ERROR", as_json=True),
)

RAW = st.text(st.characters(max_codepoint=0x17F, exclude_characters="\r\n\x00"), max_size=60)
SEALED = st.sampled_from([*COOKIES, CHUNKED])
PART = st.one_of(
    SEALED,
    RAW,
    st.tuples(SEALED, st.integers(0, 4000), st.integers(0, 4000)).map(lambda cut: cut[0][cut[1] : cut[2]]),
    st.tuples(SEALED, st.integers(0, 300), RAW).map(lambda cut: cut[0][: cut[1]] + cut[2] + cut[0][cut[1] :]),
)
COOKIE_NAME = st.sampled_from(
    [NAME, *(f"{NAME}_{number}" for number in range(6)), "dv_s", "__Host-dv_r", "a", NAME.lower()]
)
COOKIE = st.lists(st.tuples(COOKIE_NAME, PART).map("=".join), max_size=6).flatmap(
    lambda pairs: st.sampled_from(["; ", ";", " ;\t", ","]).map(lambda between: between.join(pairs))
)
USUAL = {"X-Forwarded-Method": "GET", "X-Forwarded-Proto": "https", "X-Forwarded-Host": APP, "X-Forwarded-Uri": "/"}
HEADER = st.sampled_from(
    [*USUAL, "Cookie", "Authorization", "X-Auth-User", "X_Forwarded_Host", "Accept", "Sec-Fetch-Mode", "Connection"]
)
QUERY = st.one_of(
    st.just(""),
    st.sampled_from(["roles=user", "mode=401", "emails=a@b.test", "x=1"]),
    st.text(st.sampled_from("roles=&,%2Cu")),
)
Request = tuple[list[str], list[tuple[str, str]], str]  # Cookie headers, others, query string
REQUEST = st.tuples(
    st.lists(COOKIE, max_size=3),
    st.lists(st.tuples(HEADER, st.one_of(RAW, st.sampled_from([*USUAL.values()]))), max_size=3),
    QUERY,
)


class Transport(asyncio.Transport):
    """A peer on loopback."""

    def get_extra_info(self, name: str, default: object = None) -> object:
        return ("127.0.0.1", 9) if name == "peername" else default


def look(hostile: Request, loop: asyncio.AbstractEventLoop) -> None:
    cookies, extra, query = hostile
    headers = CIMultiDict([*USUAL.items(), *(("Cookie", one) for one in cookies), *extra])
    path = f"/verify?{query}" if query else "/verify"
    mocked = make_mocked_request("GET", path, headers=headers, transport=Transport(), loop=loop)
    answer = loop.run_until_complete(VERIFY.handle(mocked))
    if answer.status != 200:
        assert answer.status in {303, 307, 400, 401, 403, 500}
        assert "X-Auth-User" not in answer.headers
        return
    assert isinstance(answer, Allowed)
    lines = answer.to_bytes().decode("latin-1").split("\r\n")
    assert lines[0] == "HTTP/1.1 200 OK"
    assert lines[-2:] == ["", ""]
    named = dict(line.split(": ", 1) for line in lines[1:-2])
    assert named["X-Auth-User"] in {*USERS, LARGE.user}
    assert split([named.get("Cookie", "")]).ours == {}
    if query == "roles=user":
        assert named["X-Auth-User"] == "U2known1"
    assert query in {"", "roles=user", "mode=401"} or query.startswith("roles=")


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    one = asyncio.new_event_loop()
    yield one
    one.close()


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(REQUEST)
def test_22_a_200_names_a_known_user(loop: asyncio.AbstractEventLoop, hostile: Request) -> None:
    look(hostile, loop)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@settings(max_examples=50_000, suppress_health_check=list(HealthCheck))
@given(REQUEST)
def test_22_a_200_names_a_known_user_for_long(loop: asyncio.AbstractEventLoop, hostile: Request) -> None:
    look(hostile, loop)


def test_the_fuzzer_reaches_what_it_is_about(loop: asyncio.AbstractEventLoop) -> None:
    """Good sessions pass, whole and in chunks, or the property would hold for nothing."""
    for cookie in (f"{NAME}={COOKIES[0]}", f"{NAME}_1={CHUNKED[:3000]}; {NAME}_2={CHUNKED[3000:]}"):
        headers = CIMultiDict([*USUAL.items(), ("Cookie", cookie)])
        mocked = make_mocked_request("GET", "/verify", headers=headers, transport=Transport(), loop=loop)
        assert loop.run_until_complete(VERIFY.handle(mocked)).status == 200

"""The small pure parts: headers, policies, client addresses, limits, lists of ended sessions, logs."""

from __future__ import annotations

import gc
import io
import json
import logging
import tracemalloc
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from tests.verify_service.service import APP, settings_for
from verify_service import telemetry
from verify_service.errors import IdentityError, PolicyError
from verify_service.forward_auth.verify import trust
from verify_service.lru import Lru
from verify_service.request import forwarded
from verify_service.request.answers import Allowed, head_of_allowed
from verify_service.request.client_address import client_address
from verify_service.request.decision import Answer, Client, Lack, decide
from verify_service.request.forwarded import Asked, Reader, Refusal
from verify_service.request.identity_headers import NAMES, encode, identity_headers
from verify_service.request.person import Person
from verify_service.request.policy import Mode, Narrowed, Policy, parse, parse_default
from verify_service.session.ended import Ended
from verify_service.session.known import BYTES_EACH, Known
from verify_service.session.session import Session
from verify_service.session.sessions import Sessions
from verify_service.sign_in.rate import Limiter
from verify_service.site import Site, parse_authority
from verify_service.values import Rate, networks

SITE = Site("example.test", "auth.example.test")
ANYTHING = st.text(st.characters(codec="utf-8"), max_size=40)


# -- identity headers ------------------------------------------------------------------------------------------------


@given(ANYTHING)
def test_a_value_is_printable_ascii_and_can_be_read_back(text: str) -> None:
    try:
        encoded = encode(text)
    except IdentityError:
        assert any(ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0 for letter in text)
        return
    assert encoded.isascii()
    assert encoded.isprintable()
    assert "," not in encoded
    assert encoded == encoded.strip(" ")
    assert unquote(encoded, errors="strict") == text


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("", ""),
        ("a b", "a b"),
        (" admin", "%20admin"),
        ("a ", "a%20"),
        (" ", "%20"),
        ("50%,", "50%25%2C"),
        ("ë", "%C3%AB"),
        ("a:b;c=d", "a:b;c=d"),
    ],
)
def test_values(text: str, encoded: str) -> None:
    assert encode(text) == encoded


@pytest.mark.parametrize(
    "person",
    [
        Person(""),
        Person("a", roles=("",)),
        Person("a\n"),
        Person("a", name="\x00"),
        Person("a", permissions=("\x85",)),
        Person("\ud800"),
    ],
)
def test_who_cant_be_told(person: Person) -> None:
    with pytest.raises(IdentityError):
        identity_headers(person)


def test_all_headers_always() -> None:
    assert identity_headers(Person("u")) == tuple((name, "u" if name == "X-Auth-User" else "") for name in NAMES)


def test_no_answer_holds_a_line_break() -> None:
    with pytest.raises(ValueError, match="line break"):
        head_of_allowed([("X-Auth-User", "a\r\nSet-Cookie: x")])
    with pytest.raises(ValueError, match="line break"):
        Allowed(b"", "a=1\r\nX: y", 0).to_bytes()
    raw = Allowed(b"", "a=\udce9", 0).to_bytes()
    assert raw.endswith(b"Cookie: a=\xe9\r\nConnection: close\r\n\r\n"), "the bytes that came"


# -- decisions -------------------------------------------------------------------------------------------------------

PERSONS = st.builds(Person, user=ANYTHING, roles=st.lists(st.sampled_from(["a", "b"])).map(tuple))
POLICIES = st.builds(Policy, roles=st.frozensets(st.sampled_from(["a", "b"])), mode=st.sampled_from([None, *Mode]))


@given(st.one_of(PERSONS, st.sampled_from(Lack)), POLICIES, POLICIES, st.sampled_from(Client))
def test_allowed_means_a_known_user_whom_both_policies_allow(
    person: Person | Lack, default: Policy, route: Policy, client: Client
) -> None:
    answer = decide(person, Narrowed(default, route), client)
    if answer is Answer.ALLOW:
        assert isinstance(person, Person)
        assert person.user
        assert default.allows(person)
        assert route.allows(person)
    elif isinstance(person, Person):
        assert answer is Answer.FORBIDDEN, "never a redirect, which would come straight back"


@given(st.text(st.sampled_from("roles=,&any%20_mdt+1\x00é"), max_size=40))
def test_a_policy_is_read_or_refused(query: str) -> None:
    try:
        policy = parse(query)
    except PolicyError:
        return
    assert policy == Policy() if not query else policy != Policy()


def test_policies() -> None:
    assert parse("roles=a,b&mode=401") == Policy(roles=frozenset("ab"), mode=Mode.UNAUTHORIZED)
    assert parse_default(" any ") == Policy()
    with pytest.raises(PolicyError):
        parse_default(" ")


# -- X-Forwarded-* ---------------------------------------------------------------------------------------------------

HEADER = st.one_of(ANYTHING, st.sampled_from(["GET", "https", "app.example.test", "/", "wss", "app.example.test:443"]))


@given(
    st.lists(
        st.tuples(st.sampled_from([forwarded.METHOD, forwarded.PROTO, forwarded.HOST, forwarded.URI]), HEADER),
        max_size=6,
    )
)
def test_what_is_read_is_well_formed_and_of_the_site(pairs: list[tuple[str, str]]) -> None:
    asked = Reader(SITE).read(CIMultiDict(pairs))
    if isinstance(asked, Refusal):
        assert asked.status in {400, 403}
        return
    assert isinstance(asked, Asked)
    assert asked.url(SITE).startswith("https://")
    assert asked.url(SITE).isascii()
    assert asked.url(SITE).isprintable()
    authority = parse_authority(asked.authority)
    assert authority is not None
    assert SITE.covers(authority.host)


def test_what_is_remembered_of_requests_is_short() -> None:
    reader = Reader(SITE)
    usual = {
        "X-Forwarded-Method": "GET",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "a.test",
        "X-Forwarded-Uri": "/",
    }
    usual["X-Forwarded-Host"] = APP
    for name in ("X-Forwarded-Method", "X-Forwarded-Proto", "X-Forwarded-Host"):
        asked = reader.read(CIMultiDict(usual | {name: "a" * 300}))
        assert isinstance(asked, Refusal)
        assert asked.status == 400
    assert reader._origin.cache_info().currsize == 0


# -- clients ---------------------------------------------------------------------------------------------------------

TRUSTED = trust(networks("10.0.0.0/8,fc00::/7"))


@pytest.mark.parametrize(
    ("peer", "chain", "client"),
    [
        ("10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["1.1.1.1, 203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["1.1.1.1", "203.0.113.7, 10.0.0.9"], "203.0.113.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["x"], "10.0.0.1"),
        ("10.0.0.1", ["1.1.1.1, x"], "10.0.0.1"),
        ("203.0.113.9", ["1.1.1.1"], "203.0.113.9"),
        ("::ffff:10.0.0.1", ["::ffff:1.2.3.4"], "1.2.3.4"),
        ("fd00::1", ["2001:db8::1:2"], "2001:db8::/64"),
        (None, ["1.1.1.1"], "unknown"),
        ("10.0.0.1", ["fe80::1%" + "x" * 9000], "fe80::/64"),
    ],
)
def test_whom_a_request_comes_from(peer: str | None, chain: list[str], client: str) -> None:
    assert client_address(peer, chain, TRUSTED) == client


def test_the_limit_fills_up_again() -> None:
    limiter = Limiter(Rate(2, 60))
    assert [limiter.wait("a", 0), limiter.wait("a", 0), limiter.wait("a", 0)] == [0, 0, 31]
    assert limiter.wait("b", 0) == 0
    assert limiter.wait("a", 29) > 0
    assert limiter.wait("a", 31) == 0
    assert limiter.wait("a", 10) > 0, "a clock that goes back gives nothing"


def test_the_oldest_entry_is_forgotten() -> None:
    kept: Lru[str, int] = Lru(2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c"), len(kept)) == (1, None, 3, 2)


def test_the_heaviest_are_as_bounded_as_the_many() -> None:
    kept: Lru[str, str] = Lru(100, lambda key, value: len(key) + len(value), 20)
    for name in "abc":
        kept.put(name, "x" * 5)
    kept.put("a", "x" * 6)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == ("x" * 6, "x" * 5, "x" * 5), "19 of 20"
    kept.put("d", "xx")
    assert (kept.get("a"), kept.get("d"), len(kept)) == (None, "xx", 3)
    kept.drop("d")
    kept.drop("d")
    kept.put("e", "x" * 7)
    assert (kept.get("b"), kept.get("e"), len(kept)) == ("x" * 5, "x" * 7, 3)
    kept.put("f", "x" * 20)
    assert len(kept) == 0, "too heavy alone"


# -- sessions --------------------------------------------------------------------------------------------------------


def session(sid: str = "s", user: str = "u", issued: float = 0) -> Session:
    return Session(Person(user), sid, issued, issued, issued + 100, issued + 1000)


def test_when_a_session_holds() -> None:
    sessions = Sessions(settings_for())
    sealed = sessions.seal(Session(Person("u"), "s", 1000, 2000, 3000, 2500))
    found = [sessions.find(sealed, now) is not None for now in (1939, 1940, 2499, 2500, 3000, 2400)]
    assert found == [False, True, True, False, False, True]


@pytest.mark.parametrize("person", [
    Person("u", roles=tuple(f"role{number}" for number in range(260))),
    Person("u", name="\N{LATIN SMALL LETTER U WITH DIAERESIS}" * 1100),
    Person("u", name="x" * 2300, permissions=("read",)),
    Person("u", "u@example.com", name="U", roles=("user", "admin")),
], ids=["roles", "name", "ASCII", "usual"])  # fmt: skip
def test_opened_sessions_take_no_more_memory_than_documented(person: Person) -> None:
    sessions = Sessions(settings_for(CACHE_SIZE="100"))
    sealed = [sessions.seal(Session(person, str(number), 0, 0, 10, 10)) for number in range(400)]
    assert sessions.find(sealed.pop(), 1)
    tracemalloc.start()
    try:
        assert all(sessions.find(bytes(one, "ascii").decode(), 1) for one in sealed)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < 100 * BYTES_EACH
    finally:
        tracemalloc.stop()
    assert len(sessions._opened) == (100 if person.email else pytest.approx(20, abs=18))


def test_the_verdict_on_a_long_policy_is_not_remembered() -> None:
    known = Known(Person("u"), b"", 0, 1)
    known.remember("roles=" + "x" * 300, allowed=True)
    assert not known.verdicts
    for number in range(99):
        known.remember(f"roles={number}", allowed=True)
    assert len(known.verdicts) == 16


def test_ended_sessions() -> None:
    ended = Ended(most=3)
    ended.end(session("a"))
    assert ended.has(session("a"))
    assert not ended.has(session("b"))
    ended.end_all(session("x", "v", issued=5), now=10, longest=1000)
    assert ended.has(session("y", "v", issued=9))
    assert not ended.has(session("z", "v", issued=11)), "a sign-in after that is a new one"
    ended.forget(999)
    assert ended.has(session("a"))
    ended.forget(1011)
    assert not ended.has(session("a"))
    assert not ended.has(session("y", "v", issued=9))
    for number in range(9):
        ended.end(session(str(number)))
    assert [ended.has(session(str(number))) for number in range(9)] == [False] * 6 + [True] * 3


# -- logs ------------------------------------------------------------------------------------------------------------

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1In0.c2ln"


@pytest.mark.parametrize("as_json", [True, False])
def test_whatever_is_logged_by_whom_hides_secrets(as_json: bool) -> None:
    out = io.StringIO()
    log = telemetry.configure("DEBUG", as_json=as_json, stream=out)
    try:
        int(f"cannot read {JWT}")
    except ValueError:
        log.exception("failed", cookie=f"__Secure-dv_s={'A' * 60}", header=f"Bearer {'x' * 30}")
        logging.getLogger("aiohttp.server").exception("Error handling %s", f"/?code=abcdef&state=ghijkl&redirect={JWT}")
    logging.getLogger("httpx").info("HTTP Request: POST https://api.test/?redirectURL=https://a/?state=secret1")
    logging.getLogger("httpcore").debug("headers: Authorization Bearer secret2")
    logging.getLogger("asyncio").warning("slow callback: %s", JWT)
    text = out.getvalue()
    for hidden in (JWT, "eyJ", "AAAAAA", "xxxxx", "abcdef", "ghijkl", "secret1", "secret2", "cannot read"):
        assert hidden not in text
    assert "ValueError" in text
    if as_json:
        events = [json.loads(line) for line in text.splitlines()]
        assert [event["level"] for event in events] == ["error", "error", "warning"]
        assert all(event["at"] for event in events[:2])

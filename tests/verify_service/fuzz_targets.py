"""What has to hold of each parser for any bytes; hypothesis asks in CI, atheris for long (`make soak`).

A target returns, or raises AssertionError. What a parser may raise is named where it is called: anything else that it
raises is a finding too.
"""

from __future__ import annotations

import ipaddress
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from multidict import CIMultiDict

from tests.verify_service.service import APP, DOMAIN, settings_for
from verify_service.descope.identity import Grant
from verify_service.descope.tokens import LONGEST, SESSION, check_claims, person_of, read_header
from verify_service.errors import IdentityError, PolicyError, RejectedError, SealError
from verify_service.request.answers import head_of_allowed
from verify_service.request.client_address import client_address
from verify_service.request.cookies import MOST_CHUNKS, split
from verify_service.request.decision import Client, kind_of_client
from verify_service.request.forwarded import Reader, Refusal
from verify_service.request.identity_headers import identity_headers
from verify_service.request.person import Person
from verify_service.request.policy import Policy, parse, parse_default
from verify_service.request.redirects import LONGEST as LONGEST_TARGET
from verify_service.request.redirects import login_url, safe_target
from verify_service.session.seal import Purpose, Seal
from verify_service.session.session import Session, from_bytes
from verify_service.session.sessions import Sessions
from verify_service.sign_in.arrival import _tokens
from verify_service.sign_in.logout import _fields
from verify_service.site import parse_authority

SETTINGS: Final = settings_for()
SITE: Final = SETTINGS.site
READER: Final = Reader(SITE)
SESSIONS: Final = Sessions(SETTINGS)
SEAL: Final = Seal(SETTINGS.secrets, Purpose.SESSION, DOMAIN)
KNOWN: Final = SESSIONS.seal(SESSIONS.begin(Grant(Person("U2known"), "", 0.0), time.time()))
NAME: Final = "__Secure-dv_s"
_HEADERS: Final = ("X-Forwarded-Method", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Uri")
_NOBODY: Final = Person("U2nobody")
_INSIDE: Final = re.compile(r"https://(?:[a-z0-9_-]+\.)*example\.test(?::443)?/[!-\[\]-~]*")
_HEADER_LINE: Final = re.compile(rb"[A-Za-z-]+: ?[ -~]*")


def _text(data: bytes) -> str:
    """As aiohttp gives what came."""
    return data.decode("utf-8", "surrogateescape")


def cookies(data: bytes) -> None:
    """Cookie headers, one a line: none of ours is left, and no form of ours is taken for another."""
    headers = _text(data).split("\n")
    found = split(headers)
    assert split([found.others]).ours == {}
    assert split([found.others]).others == found.others, "what is left is left as it is"
    value = found.value(NAME)
    assert value is None or value in "; ".join(headers) or len(found.names(f"{NAME}_")) <= MOST_CHUNKS
    known = None if value is None else SESSIONS.find(value, time.time())
    if known is not None:
        assert known.person.user == "U2known"
        assert value == KNOWN


def seal(data: bytes) -> None:
    """Only what was sealed here opens."""
    try:
        SEAL.open(_text(data))
    except SealError:
        return
    assert _text(data) == KNOWN


def session(data: bytes) -> None:
    """The content of a sealed cookie, of whatever version of the service."""
    try:
        found = from_bytes(data)
    except SealError:
        return
    assert found.person.user
    assert isinstance(found, Session)
    _told(found.person)


def redirect(data: bytes) -> None:
    """An address that is kept leads to the site by every reading."""
    found = safe_target(_text(data), SITE)
    if found is None:
        return
    assert _INSIDE.fullmatch(found)
    assert SITE.covers(urlsplit(found).hostname or "")
    assert safe_target(found, SITE) == found
    assert login_url(SITE, found).isascii()


def policy(data: bytes) -> None:
    """A policy that asks for something keeps nobody's nobody out of nothing by accident."""
    query = _text(data)
    try:
        found = parse(query)
    except PolicyError:
        return
    assert found == parse(query)
    assert not query or found != Policy()
    assert found.allows(_NOBODY) is not found.restricts


def default_policy(data: bytes) -> None:
    """DEFAULT_POLICY is either read or refused."""
    try:
        found = parse_default(_text(data))
    except PolicyError:
        return
    assert found.allows(_NOBODY) is not found.restricts


def forwarded(data: bytes) -> None:
    """The four headers, one a line: method, scheme, host, address; then others, as `Name: value`."""
    lines = _text(data).split("\n")
    headers = CIMultiDict(zip(_HEADERS, lines, strict=False))
    for line in lines[len(_HEADERS) :]:
        name, _, value = line.partition(": ")
        headers.add(name, value)
    found = READER.read(headers)
    if isinstance(found, Refusal):
        assert found.status in {400, 403}
        return
    assert SITE.covers(found.authority.partition(":")[0])
    url = found.url(SITE)
    assert safe_target(url, SITE) == (url if len(url) <= LONGEST_TARGET else None)
    assert safe_target(found.front_page(SITE), SITE)
    client = kind_of_client(found, headers)
    assert client is not Client.NAVIGATION or found.method in {"GET", "HEAD"}


def authority(data: bytes) -> None:
    """A host is written in one way once it was read."""
    found = parse_authority(_text(data))
    if found is not None:
        assert parse_authority(str(found)) == found
        assert re.fullmatch(r"[a-z0-9._-]+", found.host)


def token_header(data: bytes) -> None:
    """A token that is looked at closer names a key and an allowed algorithm."""
    token = _text(data)
    try:
        found = read_header(token, SETTINGS.algorithms)
    except RejectedError:
        return
    assert len(token) <= LONGEST
    assert found.algorithm in SETTINGS.algorithms
    assert found.key_id


def claims(data: bytes) -> None:
    """Claims of a token with a good signature: a person who can be told, or a refusal."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return
    if not isinstance(found, dict):
        return
    for user in (None, found):
        try:
            check_claims(found, SETTINGS.project_id, SESSION)
            person = person_of(found, user)
        except (RejectedError, IdentityError, OverflowError):  # the last for an `exp` of 400 digits: `identity` knows
            continue
        assert person.user
        _told(person)


def address(data: bytes) -> None:
    """X-Forwarded-For, one header a line: an address or "unknown", in one spelling."""
    found = client_address("10.0.0.1", _text(data).split("\n"), lambda one: one in {"10.0.0.1", "10.0.0.2"})
    assert found == "unknown" or ipaddress.ip_network(found)


def body(data: bytes) -> None:
    """What the sign-in page's script and the sign-out's form send."""
    _fields(data)
    try:
        session_token, refresh_token = _tokens(data)
    except RejectedError:
        return
    assert isinstance(session_token, str)
    assert isinstance(refresh_token, str)


def _told(person: Person) -> None:
    """Whoever can be told, is told in header lines."""
    try:
        head = head_of_allowed(identity_headers(person))
    except IdentityError:
        return
    assert head.endswith(b"\r\n")
    first, *lines = head.removesuffix(b"\r\n").split(b"\r\n")
    assert first == b"HTTP/1.1 200 OK"
    assert all(_HEADER_LINE.fullmatch(line) for line in lines)
    assert lines[1].removeprefix(b"X-Auth-User: ").strip()


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {
    target.__name__: target
    for target in (
        cookies, seal, session, redirect, policy, default_policy, forwarded, authority, token_header, claims, address,
        body,
    )
}  # fmt: skip
_CLAIMS: Final = {"sub": "U2x", "iss": SETTINGS.project_id, "exp": 9, "drn": "DS", "roles": ["a"], "dct": "T",
                  "tenants": {"T": {"roles": ["b"]}}}  # fmt: skip
EXAMPLES: Final[Mapping[str, tuple[bytes, ...]]] = {
    "cookies": (
        f"a=b; {NAME}={KNOWN}; c".encode(), f"{NAME}_1={KNOWN[:9]}\n{NAME}_2={KNOWN[9:]}".encode(), b"__Host-dv_r=x",
        f"dv_s=a; dv_s_1=b; dv_s_9=c; {NAME}_1=d; {NAME}_2=e".encode(),
    ),
    "seal": (KNOWN.encode(), KNOWN[:-1].encode()),
    "session": (SEAL.open(KNOWN), b"[1]"),
    "redirect": (f"https://{APP}/a?b=c".encode(), b"https://evil.test\\@app.example.test/"),
    "policy": (b"roles=a,b&mode=401", b"emails=a%40b.test&domains=b.test&amr=mfa", b"tenant=%2C"),
    "default_policy": (b"any", b"any&mode=401", b"any_role=a"),
    "forwarded": (f"GET\nhttps\n{APP}\n/a?b\nAccept: text/html".encode(), f"POST\nwss\n{APP}:443\n/".encode()),
    "authority": (b"a.example.test:443", b"A.", b"[::1]:1"),
    "token_header": (b"eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.e30.x", b"e30.e30.e30"),
    "claims": (json.dumps(_CLAIMS).encode(), b"{}"),
    "address": (b"203.0.113.7, 10.0.0.2", b"::ffff:1.2.3.4", b"fe80::1%eth0"),
    "body": (b'{"sessionJwt": "a.b.c", "refreshJwt": null}', b"all=1&redirect=%2F"),
}  # fmt: skip

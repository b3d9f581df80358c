from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specter_tui.core.secrets import (
    MASK,
    Secret,
    mask_environment,
    mask_json,
    mask_labels,
    mask_line,
    mask_text,
    mask_urls,
)

WORD = "hunter2hunter2"


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Secret(WORD)
    assert (repr(secret), str(secret), f"{secret}", f"{[secret]}") == (MASK, MASK, MASK, f"[{MASK}]")
    assert secret.reveal() == WORD
    assert secret == Secret(WORD)
    assert secret != Secret("")
    assert not Secret("")
    with pytest.raises(TypeError):
        pickle.dumps(secret)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"http://user:{WORD}@host:8080/x", "http://***@host:8080/x"),
        (f"http://user:{WORD}@x@host/x", "http://***@host/x"),
        (f"http://user:{WORD}/{WORD}@host/x", "http://***@host/x"),
        (f"see https://{WORD}@a.example and redis://:{WORD}@b/0", "see https://***@a.example and redis://***@b/0"),
        (f"http://host/verify?roles=a&token={WORD}#x", "http://host/verify?roles=a&token=***#x"),
        ("http://descope-auth:3000/verify?roles=a,b&mode=api", None),
        ("https://example.org/@name/post", None),
        ("https://[::1]:8080/@name", None),
        ("http://host:80?x=a@b", None),
        ("mail me@example.org", None),
        ("", None),
    ],
)
def test_credentials_of_urls(text: str, masked: str | None) -> None:
    assert mask_urls(text) == (text if masked is None else masked)


@pytest.mark.parametrize(
    "text",
    [
        f"Bearer {WORD}",
        f"authorization: basic {WORD}==",
        "test:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/",
        "test:$2y$05$nUlTp4rqcbAhjhAzPBtZROHUNkZJTHUrXWyPIqTQAn4c3CRrCZbtq",
        "test:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
        "x\n-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n",
    ],
)
def test_secrets_by_their_form(text: str) -> None:
    assert MASK in mask_text(text)
    for part in (WORD, "IgXLP6", "nUlTp4", "W6ph5", "AAAA"):
        assert part not in mask_text(text)


@pytest.mark.parametrize("text", ["https://www.$1$2/${3}", "Host(`a.example`) && Path(`/x`)", "{{ .Name }}", "a$b"])
def test_ordinary_text_stays(text: str) -> None:
    assert mask_text(text) == text


TRAEFIK = {
    "basicAuth": {"users": [f"test:{WORD}"], "removeHeader": True, "headerField": "X-User"},
    "digestAuth": {"users": [f"test:traefik:{WORD}"]},
    "forwardAuth": {
        "address": f"http://u:{WORD}@auth:3000/verify?roles=a",
        "authResponseHeaders": ["X-Auth-User", "Cookie"],
        "authRequestHeaders": ["Cookie"],
        "authSigninURL": "https://auth.example.org/",
        "addAuthCookiesToResponse": ["sid"],
        "tls": {"ca": "/ca.pem", "cert": "/c.pem", "key": WORD},
    },
    "headers": {
        "customRequestHeaders": {"Authorization": WORD, "X-Origin-Verify": WORD, "X-Removed": ""},
        "customResponseHeaders": {"X-Powered-By": "us", "Set-Cookie": WORD},
        "stsSeconds": 31536000,
    },
    "loadBalancer": {
        "passHostHeader": True,
        "healthCheck": {"path": "/health", "headers": {"Authorization": WORD, "X-Any": WORD}},
        "sticky": {"cookie": {"name": "lb", "secure": True}},
    },
    "plugin": {"jwtAuth": {"settings": {"list": [{"x": WORD}]}}, "other": {"Apikey": WORD, "api-key": WORD}},
    "rateLimit": {"redis": {"endpoints": ["redis:6379"], "password": WORD}},
}


def test_options_of_traefik() -> None:
    text = json.dumps(mask_json(TRAEFIK))
    assert WORD not in text
    for kept in (
        "http://***@auth:3000/verify?roles=a",
        '"authResponseHeaders": ["X-Auth-User", "Cookie"]',
        '"authSigninURL": "https://auth.example.org/"',
        '"addAuthCookiesToResponse": ["sid"]',
        '"X-Removed": ""',
        '"X-Powered-By": "us"',
        '"passHostHeader": true',
        '"path": "/health"',
        '"name": "lb"',
        '"headerField": "X-User"',
        '"ca": "/ca.pem"',
        '"redis:6379"',
        '"stsSeconds": 31536000',
    ):
        assert kept in text


def test_a_document_deeper_than_any_real_one_is_cut_and_does_not_overflow() -> None:
    deep: Any = WORD
    for _ in range(50_000):
        deep = {"a": [deep]}
    assert WORD not in json.dumps(mask_json(deep))


def test_labels() -> None:
    labels = {
        "traefik.http.routers.authentik.rule": "Host(`auth.example.org`)",
        "traefik.http.middlewares.auth.forwardauth.authResponseHeaders": "X-Auth-User,Cookie",
        "traefik.http.middlewares.a.forwardauth.address": f"http://u:{WORD}@verify:3000/verify",
        "traefik.http.middlewares.a.forwardauth.tls.key": WORD,
        "traefik.http.middlewares.a.basicauth.users": f"test:{WORD}",
        "traefik.http.middlewares.a.digestAuth.users[0]": f"test:{WORD}",
        "traefik.http.middlewares.a.headers.customrequestheaders.X-Origin-Verify": WORD,
        "traefik.http.services.a.loadbalancer.healthcheck.headers.X-Any": WORD,
        "traefik.http.middlewares.a.plugin.jwt.secret": WORD,
        "traefik.http.middlewares.token.plugin.geo.country": "DE",
        "com.example.api-token": WORD,
        "com.example.url": f"postgres://u:{WORD}@db/x",
        "org.opencontainers.image.authors": "somebody",
    }
    masked = mask_labels(labels)
    assert WORD not in str(masked)
    assert {name for name, value in masked.items() if value == labels[name]} == {
        "traefik.http.routers.authentik.rule",
        "traefik.http.middlewares.auth.forwardauth.authResponseHeaders",
        "traefik.http.middlewares.token.plugin.geo.country",
        "org.opencontainers.image.authors",
    }
    assert masked["traefik.http.middlewares.a.forwardauth.address"] == "http://***@verify:3000/verify"


def test_environment_keeps_names_only() -> None:
    assert mask_environment({"LANG": "C", "DB_PASSWORD": WORD}) == {"LANG": MASK, "DB_PASSWORD": MASK}


@pytest.mark.parametrize(
    "unit", ["a", "a://", "://a:b", "?a", "basic ", "$1$a", "{SHA}", "-----BEGIN ", "://[", "@", "://auth:1/"]
)
def test_long_hostile_text_takes_no_quadratic_time(unit: str) -> None:
    text = unit * (200_000 // len(unit))  # the test's own time limit is what fails
    assert isinstance(mask_line(text), str)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda one: st.lists(one) | st.dictionaries(st.text(), one),
    )
)
def test_masking_keeps_the_shape_and_is_final(value: Any) -> None:
    once = mask_json(value)
    assert type(once) is type(value)
    assert mask_json(once) == once


_SAFE = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=20)


@given(
    _SAFE,
    st.text(st.characters(codec="ascii", exclude_characters=" /?#\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"), min_size=1),
    _SAFE,
)
def test_no_password_of_a_url_survives(user: str, password: str, host: str) -> None:
    assert mask_urls(f"http://{user}:{password}@{host}/") == f"http://***@{host}/"


_SECRET_SOUNDING = st.sampled_from(["descope-auth", "session", "token-service", "my.auth", "cookie_jar", "secret"])
_AROUND = st.sampled_from(["", "address: ", '"', "- x.forwardauth.address=", "error='dial ", "***@"])


@given(_AROUND, _SECRET_SOUNDING, st.integers(1, 65535), st.sampled_from(["", "/verify", "/verify?emails=a@b.c", "#x"]))
def test_a_host_with_its_port_is_no_assignment(before: str, host: str, port: int, rest: str) -> None:
    url = f"://{host}:{port}{rest}"
    line = f"http://***@{url[3:]}" if before == "***@" else f"{before}http{url}"
    assert mask_line(line) == line


_PASSWORD = st.text(st.characters(codec="ascii", categories=("L", "N", "S")), min_size=6)


@given(_AROUND, _SECRET_SOUNDING, _PASSWORD | st.from_regex(r"[0-9]{1,5}/[0-9a-z]{6,20}", fullmatch=True))
def test_what_only_looks_like_a_port_is_masked_with_its_line(before: str, user: str, password: str) -> None:
    masked = mask_line(f"{before}http://{user}:{password}@h/")
    assert password not in masked
    assert password.rpartition("/")[2] not in masked


@given(st.sampled_from(["auth", "token", "session", "x-auth"]), st.sampled_from([": ", ":", "=", " = "]), _PASSWORD)
def test_what_is_assigned_to_the_name_of_a_secret_is_masked(name: str, sign: str, password: str) -> None:
    assert mask_line(f"{name}{sign}'{password}'") == f"{name}{sign}{MASK}"

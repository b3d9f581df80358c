"""Which certificate a person means."""

from __future__ import annotations

import pytest

from specter_tui.core.errors import NotFoundError, RefusedError
from specter_tui.core.renewing.find import find_certificate, id_of, target_of
from tests.builders import a_certificate, a_router
from tests.core.joining import joined

WILD = a_certificate("example.org", sans=("example.org", "*.example.org"), fingerprint="aa" * 32)
APP = a_certificate("app1.example.org", sans=("app1.example.org",), fingerprint="bb" * 32)
TWIN = a_certificate("app1.example.org", sans=("app1.example.org",), fingerprint="bc" * 32, resolver="zero")
SNAPSHOT = joined(a_router(), a_router("x@file", rule="Host(`bare.net`)"), certificates=(WILD, APP))


@pytest.mark.parametrize(
    ("typed", "main"),
    [
        ("app1.example.org", "app1.example.org"),
        ("APP1.example.org.", "app1.example.org"),
        ("other.example.org", "example.org"),
        ("*.example.org", "example.org"),
        ("aaaaaaaa", "example.org"),
        ("BB:BB:BB:BB:BB", "app1.example.org"),
    ],
)
def test_a_name_a_host_or_an_id(typed: str, main: str) -> None:
    assert find_certificate(SNAPSHOT, typed).certificate.main == main


@pytest.mark.parametrize("typed", ["a.b.example.org", "aaaa", "nope", "", "\x1b[31m", "exampl.org", "a" * 5000])
def test_a_name_that_nothing_has(typed: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        find_certificate(SNAPSHOT, typed)
    assert "\x1b" not in caught.value.sentence()


def test_the_nearest_name_is_told() -> None:
    with pytest.raises(NotFoundError, match=r"no certificate is called exampl\.org"):
        find_certificate(SNAPSHOT, "exampl.org")
    with pytest.raises(NotFoundError) as caught:
        find_certificate(SNAPSHOT, "exampl.org")
    assert caught.value.remedy == "did you mean example.org?"
    with pytest.raises(NotFoundError) as caught:
        find_certificate(SNAPSHOT, "app1")
    assert caught.value.remedy == "did you mean app1.example.org?"


def test_a_host_with_traefiks_own_certificate_is_told_so() -> None:
    with pytest.raises(RefusedError, match=r"no acme.json holds a certificate for bare.net"):
        find_certificate(SNAPSHOT, "bare.net")


def test_several_are_told_apart_by_their_ids() -> None:
    snapshot = joined(a_router(), certificates=(APP, TWIN))
    with pytest.raises(RefusedError) as caught:
        find_certificate(snapshot, "app1.example.org")
    assert caught.value.remedy == (
        "name one by its id: bbbbbbbbbbbb (resolver letsencrypt), bcbcbcbcbcbc (resolver zero)"
    )
    for one in snapshot.certificates:
        assert find_certificate(snapshot, target_of(snapshot, one)) == one
        assert target_of(snapshot, one) == id_of(one)
    assert target_of(SNAPSHOT, SNAPSHOT.certificates[0]) == "example.org"

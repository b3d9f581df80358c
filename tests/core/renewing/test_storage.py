"""An entry of acme.json taken out and put back: all else stays, byte for byte."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specter_tui.core.errors import RefusedError
from specter_tui.core.renewing.storage import entries, entry_bytes, put_back, with_entry, without
from tests.certs import acme_json, make_certificate

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
UNKNOWN = st.dictionaries(
    st.text(max_size=6).filter(lambda name: name not in {"certificate", "domain"}),
    st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner)),
    max_size=2,
)


@st.composite
def stored(draw: st.DrawFn) -> dict[str, Any]:
    """An entry with what Traefik writes and with what no Traefik does."""
    main = draw(st.from_regex(r"[a-z]{1,6}\.test", fullmatch=True))
    key = draw(st.text(alphabet="abcdef=+/", max_size=8))
    return {**draw(UNKNOWN), "domain": {"main": main}, "certificate": draw(st.uuids()).hex, "key": key}


@st.composite
def storages(draw: st.DrawFn) -> tuple[bytes, str, str]:
    """The bytes of a storage in any spacing, and the resolver and digest of one of its entries."""
    document: dict[str, Any] = {}
    for name in draw(st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=3, unique=True)):
        certificates = draw(st.none() | st.lists(stored(), max_size=4))
        document[name] = {**draw(UNKNOWN), "Account": draw(SCALARS), "Certificates": certificates, **draw(UNKNOWN)}
        document[name]["Certificates"] = certificates
    chosen = draw(st.sampled_from(sorted(document)))
    one = draw(stored())
    listed = document[chosen]["Certificates"] or []
    document[chosen]["Certificates"] = [*listed, one]
    draw(st.randoms()).shuffle(document[chosen]["Certificates"])
    indent = draw(st.sampled_from([None, 1, 2, "\t"]))
    separators = draw(st.sampled_from([None, (",", ":"), (" ,", " : ")]))
    text = json.dumps(document, indent=indent, separators=separators, ensure_ascii=draw(st.booleans()))
    return text.encode("utf-8", "replace"), chosen, digest(one)


def digest(one: dict[str, Any]) -> str:
    return hashlib.sha256(one["certificate"].encode()).hexdigest()


def expected(data: bytes, resolver: str, gone: str) -> Any:
    document = json.loads(data)
    listed = document[resolver]["Certificates"]
    document[resolver]["Certificates"] = [one for one in listed if digest(one) != gone]
    return document


@given(storages())
def test_all_but_the_entry_stays(storage: tuple[bytes, str, str]) -> None:
    data, resolver, gone = storage
    left = without(data, resolver, gone)
    assert json.loads(left) == expected(data, resolver, gone)
    assert list(json.loads(left)) == list(json.loads(data)), "the order of the resolvers"
    assert len(left) < len(data)


@given(storages())
def test_what_was_not_touched_since_comes_back_byte_for_byte(storage: tuple[bytes, str, str]) -> None:
    data, resolver, gone = storage
    left = without(data, resolver, gone)
    assert put_back(left, data, left, resolver, gone) == data


@given(storages())
def test_what_traefik_wrote_since_stays_when_the_entry_comes_back(storage: tuple[bytes, str, str]) -> None:
    """It wrote all anew, in its own spacing, and renewed others."""
    data, resolver, gone = storage
    left = without(data, resolver, gone)
    document = json.loads(left)
    document["another"] = {"Account": None, "Certificates": [{"domain": {"main": "x"}, "certificate": "new"}]}
    now = json.dumps(document, indent=2).encode()
    found = json.loads(put_back(now, data, left, resolver, gone))
    back = json.loads(entry_bytes(data, resolver, gone))
    same = [one for one in document[resolver]["Certificates"] if one["domain"]["main"] == back["domain"]["main"]]
    kept = [one for one in document[resolver]["Certificates"] if one not in same]
    assert found[resolver]["Certificates"] == [*kept, back]
    found[resolver]["Certificates"] = document[resolver]["Certificates"]
    assert found == document


@pytest.mark.parametrize("section", ["{}", '{"Account": null}', '{"Certificates": null}', '{"Certificates": [ ]}'])
def test_an_entry_is_put_where_none_is(section: str) -> None:
    data = f'{{"le": {section}, "b": {{"Certificates": null}}}}'.encode()
    found = json.loads(with_entry(data, "le", b'{"certificate": "c"}'))
    assert found["le"]["Certificates"] == [{"certificate": "c"}]
    assert found["b"] == {"Certificates": None}


def test_a_real_one_is_told_by_its_names_and_its_leaf() -> None:
    one, other = make_certificate("App.example.org", "b.example.org"), make_certificate("c.example.org")
    first, second = entries(acme_json({"le": [one], "z": [other]}).encode())
    assert (first.resolver, first.names) == ("le", ("app.example.org", "b.example.org"))
    assert one.fingerprint in first.fingerprints
    assert (second.resolver, second.names) == ("z", ("c.example.org",))
    assert first.digest != second.digest


SECRET = "c2VjcmV0LWtleQ=="


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON"),
        (f'{{"le": {{"key": "{SECRET}"', "is not JSON"),
        (f'["{SECRET}"]', "is no JSON object"),
        ('{"le": {}, "le": {}}', "has le twice in one object"),
        (f'{{"le": {{"Certificates": [], "x": "{SECRET}", "Certificates": []}}}}', "has Certificates twice"),
        ("[" * 100_000, "is not JSON"),
        ("\x00", "is not JSON"),
    ],
)
def test_a_text_that_is_not_plain_is_refused_and_not_shown(text: str, said: str) -> None:
    for read in (lambda: entries(text.encode()), lambda: without(text.encode(), "le", "d")):
        with pytest.raises(RefusedError) as caught:
            read()
        assert said in caught.value.sentence()
        assert SECRET not in caught.value.sentence()
        assert caught.value.__context__ is None, "the decoder's error holds the whole text"


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(RefusedError, match="is not JSON"):
        entries(b'{"le": "\xff\xfe"}')


@pytest.mark.parametrize("count", [0, 2])
def test_an_entry_that_is_not_there_once_is_refused(count: int) -> None:
    one = {"certificate": "c", "domain": {"main": "a"}}
    data = json.dumps({"le": {"Certificates": [one] * count}, "other": {"Certificates": [one]}}).encode()
    with pytest.raises(RefusedError, match=r"resolver le (is no longer|stands in acme.json twice)"):
        without(data, "le", digest(one))
    with pytest.raises(RefusedError, match="no resolver gone any more"):
        without(data, "gone", digest(one))


@pytest.mark.parametrize(
    "odd",
    [
        {"le": []},
        {"le": {"Certificates": {"a": 1}}},
        {"le": {"Certificates": [None, 3, "x", {"domain": 5, "certificate": 7}]}},
        {"le": {"Certificates": [{"domain": {"main": 4, "sans": "no"}, "certificate": "%%%"}]}},
    ],
)
def test_odd_shapes_are_no_entries_of_a_name(odd: dict[str, Any]) -> None:
    assert all(not one.names and not one.fingerprints for one in entries(json.dumps(odd).encode()))

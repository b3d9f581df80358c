"""Sealed values: fixed vectors, rotation, and that nothing else opens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify_service.errors import SealError
from verify_service.request.person import Person
from verify_service.secret import Secret
from verify_service.session.seal import Purpose, Seal
from verify_service.session.session import Session, from_bytes

OLD, NEW = Secret("0123456789abcdef0123456789abcdef"), Secret("fedcba9876543210fedcba9876543210")
DOMAIN = "example.test"


def fixed(size: int) -> bytes:
    return bytes(range(size))


# Made once by this code; a change of them ends every session of everybody who upgrades.
VECTORS = {
    (Purpose.SESSION, b""): "ARQAAQIDBAUGBwgJCgtG167pBk2rOkljRo8hkzAO",
    (Purpose.SESSION, b"hello"): "ARQAAQIDBAUGBwgJCgt9ot68whMNBfqtbO3MMMW4c7WbDmI",
    (Purpose.REFRESH, b"hello"): "AY4AAQIDBAUGBwgJCgtNF1h7_evvTmg8zVIIDYlwiwYf9t0",
    (Purpose.TRANSACTION, "ünïcode".encode()): "AUEAAQIDBAUGBwgJCgsrcE7jqKITLU494XSnp2xBl_tlx4KfkDnI",
}


@pytest.mark.parametrize(("purpose", "plain"), VECTORS)
def test_fixed_vectors(purpose: Purpose, plain: bytes) -> None:
    sealed = VECTORS[purpose, plain]
    assert Seal([OLD], purpose, DOMAIN, fixed).seal(plain) == sealed
    assert Seal([OLD], purpose, DOMAIN).open(sealed) == plain


def test_the_new_secret_seals_and_both_open() -> None:
    before, after, dropped = (Seal(keys, Purpose.SESSION, DOMAIN) for keys in ([OLD], [NEW, OLD], [NEW]))
    held = before.seal(b"held")
    assert after.open(held) == b"held"
    assert dropped.open(after.seal(b"new")) == b"new"
    for seal in (dropped, Seal([NEW], Purpose.SESSION, DOMAIN)):
        with pytest.raises(SealError):
            seal.open(held)


def test_keys_with_the_same_number_are_all_tried() -> None:
    by_number: dict[int, list[Secret]] = {}
    for count in range(600):
        secret = Secret(f"{count:032d}abcdefgh")
        number = Seal([secret], Purpose.SESSION, DOMAIN)._keys[0].number
        by_number.setdefault(number, []).append(secret)
    first, second = next(found[:2] for found in by_number.values() if len(found) > 1)
    assert (
        Seal([first, second], Purpose.SESSION, DOMAIN).open(Seal([second], Purpose.SESSION, DOMAIN).seal(b"x")) == b"x"
    )


def test_a_value_opens_only_as_what_it_was_sealed_for() -> None:
    sealed = Seal([OLD], Purpose.REFRESH, DOMAIN).seal(b"token")
    for other in (Seal([OLD], Purpose.SESSION, DOMAIN), Seal([OLD], Purpose.REFRESH, "other.test")):
        with pytest.raises(SealError):
            other.open(sealed)


def test_each_nonce_is_new() -> None:
    seal = Seal([OLD], Purpose.SESSION, DOMAIN)
    assert len({seal.seal(b"same") for _ in range(200)}) == 200


@given(st.binary(max_size=300), st.data())
def test_whatever_was_changed_does_not_open(plain: bytes, data: st.DataObject) -> None:
    seal = Seal([OLD, NEW], Purpose.SESSION, DOMAIN)
    sealed = seal.seal(plain)
    assert seal.open(sealed) == plain
    at = data.draw(st.integers(0, len(sealed) - 1))
    letter = data.draw(st.characters())
    for changed in (sealed[:at] + letter + sealed[at + 1 :], sealed[:at], sealed + letter, sealed[:at] + sealed):
        if changed != sealed:
            with pytest.raises(SealError):
                seal.open(changed)


@given(st.text(max_size=200))
def test_no_text_opens(text: str) -> None:
    with pytest.raises(SealError):
        Seal([OLD], Purpose.SESSION, DOMAIN).open(text)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
LISTS = st.lists(TEXT, max_size=5).map(tuple)
PEOPLE = st.builds(
    Person, user=TEXT.filter(bool), email=TEXT, email_verified=st.booleans(), name=TEXT, tenant=TEXT, roles=LISTS,
    permissions=LISTS, amr=LISTS,
)  # fmt: skip
TIMES = st.floats(0, 4e9)


@given(st.builds(Session, PEOPLE, TEXT, TIMES, TIMES, TIMES, TIMES))
def test_a_session_is_read_as_it_was_written(session: Session) -> None:
    assert from_bytes(session.to_bytes()) == session


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"null", b"[1]", b'[2,"s",1,1,1,1,"u","",false,"","",[],[],[]]', b"\xff", b"[" * 5000,
             b'[1,"s",1,1,1,1,"","",false,"","",[],[],[]]', b'[1,"s",1,1,1,1,7,"",false,"","",[],[],[]]',
             b'[1,"s","x",1,1,1,"u","",false,"","",[],[],[]]', b'[1,"s",1,1,1,1,"u","",false,"","",[],[]]'],
)  # fmt: skip
def test_another_form_is_no_session(data: bytes) -> None:
    with pytest.raises(SealError):
        from_bytes(data)


def test_a_secret_shows_itself_nowhere() -> None:
    assert "0123" not in f"{OLD} {OLD!r} {[OLD]}"
    with pytest.raises(TypeError):
        OLD.__reduce__()

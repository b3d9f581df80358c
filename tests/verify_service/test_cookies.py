"""Our cookies: found, joined from chunks, taken out of what backends get, and written so that none is left over."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify_service.errors import SealError
from verify_service.request.cookies import CHUNK, MOST_CHUNKS, Jar, Names, split

NAMES = Names.choose(insecure=False)
JAR = Jar(NAMES, "example.test", insecure=False)
S = NAMES.session


@pytest.mark.parametrize(
    ("headers", "value", "others"),
    [
        ([], None, ""),
        ([f"{S}=v"], "v", ""),
        ([f"a=1; {S}=v; b=2"], "v", "a=1; b=2"),
        ([f"a=1;{S}=v;b=2"], "v", "a=1; b=2"),
        (["a=1", f"{S}=v", "b=2"], "v", "a=1; b=2"),  # HTTP/2 sends each alone
        ([f"{S}=v; {S}=v"], "v", ""),
        ([f"{S}=v; {S}=w"], None, ""),
        ([f"{S}=v", f"{S}=w"], None, ""),
        ([f"{S}_1=a; {S}_2=b"], "ab", ""),
        ([f"{S}_2=b; x=1; {S}_1=a"], "ab", "x=1"),
        ([f"{S}_1=a; {S}_3=b"], None, ""),
        ([f"{S}_2=b"], None, ""),
        ([f"{S}_1=a; {S}_1=b"], None, ""),
        ([f"{S}=v; {S}_1=a"], None, ""),
        ([f"{S}_1=a; {S}_2="], None, ""),
        ([f"{S}_1=a; {S}_01=b"], None, ""),
        (["dv_s=x; __Host-dv_r=y; __Host-dv_t_0a1b=z; __Host-dv_l=l; __SECURE-DV_S=q; __Host-dv_r_2=y"], None, ""),
        (["my_dv_s=1; dv_sx=2; xdv_r=3; dv_t_=4; dv=5"], None, "my_dv_s=1; dv_sx=2; xdv_r=3; dv_t_=4; dv=5"),
        ([f'q="a; {S}=v; b"'], "v", 'q="a; b"'),
        ([f"{S}"], "", ""),
        ([f"\t{S} =  v \t; ; a = 1"], "v", "a = 1"),
        ([f"x={S}=v"], None, f"x={S}=v"),
        (["\udce9=\udcff; a=1"], None, "\udce9=\udcff; a=1"),
    ],
)
def test_a_request_is_split(headers: list[str], value: str | None, others: str) -> None:
    found = split(headers)
    assert (found.value(S), found.others) == (value, others)


PIECES = st.sampled_from([*'ab=;, \t"_1', S, "__Host-dv_r", "dv_s", "DV_R"])


@given(st.lists(st.lists(PIECES, max_size=20).map("".join), max_size=4))
def test_none_of_ours_is_ever_left(headers: list[str]) -> None:
    found = split(headers)
    again = split([found.others])
    assert again.ours == {}
    assert again.others == found.others


@given(
    st.lists(
        st.tuples(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.from_regex(r"[A-Za-z0-9=]{0,9}", fullmatch=True))
    )
)
def test_what_is_not_ours_stays_as_it_was(pairs: list[tuple[str, str]]) -> None:
    text = "; ".join(f"{name}={value}" for name, value in pairs)
    assert split([text]).others == text
    assert split([f"{S}=v; {text}"]).others == text


@given(st.integers(1, CHUNK * MOST_CHUNKS))
def test_what_is_written_is_read_again(length: int) -> None:
    value = ("abcdefghi-" * (length // 10 + 1))[:length]
    held = {}
    for line in JAR.session(value, 60):
        pair, _, attributes = line.partition("; ")
        name, _, part = pair.partition("=")
        if "Max-Age=0" not in attributes:
            held[name] = part
            assert len(line) < 4096
    assert split(["; ".join(f"{name}={part}" for name, part in held.items())]).value(S) == value
    every = {S, *(f"{S}_{number}" for number in range(1, MOST_CHUNKS + 1))}
    assert {line.partition("=")[0] for line in JAR.session(value, 60)} == every, "each other form is ended"


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(SealError):
        JAR.session("x" * (CHUNK * MOST_CHUNKS + 1), 60)


def test_attributes() -> None:
    assert JAR.session("v", 60)[0] == (
        f"{S}=v; Path=/; Domain=example.test; Max-Age=60; Secure; HttpOnly; SameSite=Lax"
    )
    assert JAR.refresh("v", 60)[0] == "__Host-dv_r=v; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax"
    insecure = Jar(Names.choose(insecure=True), "a.test", insecure=True)
    assert insecure.session("v", 60)[0] == "dv_s=v; Path=/; Domain=a.test; Max-Age=60; HttpOnly; SameSite=Lax"
    assert all("Max-Age=0" in line and "Domain=example.test" in line for line in JAR.end_session())


def test_what_is_kept_of_requests_is_bounded() -> None:
    """A client sends whatever cookies it likes: as many, and as long."""
    split(["warm=1"])
    tracemalloc.start()
    try:
        for number in range(3000):
            split([f"{number}=".ljust(4096, "x")])
        split([f"{S}=".ljust(60_000, "x")])
        assert tracemalloc.get_traced_memory()[0] < 12_000_000
    finally:
        tracemalloc.stop()
    assert split([f"{S}=a; b=c"]) is split([f"{S}=a; b=c"])
    assert split([f"{S}=a; b=c"]) == ({S: "a"}, "b=c")

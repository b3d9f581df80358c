"""Log streams into lines, wherever the pieces are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specter_tui.core.logs import LogLine, Stream
from specter_tui.core.logs.decode import LogDecoder, StreamError
from specter_tui.core.logs.line import LINE_LIMIT

AT = "2026-11-22T10:00:00.123456789Z"
STAMP = f"{AT} ".encode()


def frame(text: bytes, kind: int = 1) -> bytes:
    return bytes([kind, 0, 0, 0]) + len(text).to_bytes(4, "big") + text


def decoded(data: bytes, *, tty: bool = False, step: int = 0) -> list[LogLine]:
    decoder = LogDecoder("app", tty=tty)
    pieces = [data[place : place + step] for place in range(0, len(data), step)] if step else [data]
    return [line for piece in pieces for line in decoder.feed(piece)] + decoder.end()


def test_frames_of_both_streams() -> None:
    data = frame(STAMP + b"out\n") + frame(STAMP + b"err\r\n", 2)
    assert decoded(data) == [LogLine("app", Stream.STDOUT, AT, "out"), LogLine("app", Stream.STDERR, AT, "err")]


def test_a_terminal_has_no_frames() -> None:
    assert decoded(STAMP + b"one\r\n" + STAMP + b"tw", tty=True) == [
        LogLine("app", Stream.TTY, AT, "one"),
        LogLine("app", Stream.TTY, AT, "tw"),
    ]


def test_bytes_that_are_no_text_are_kept_and_seen() -> None:
    (line,) = decoded(frame(STAMP + b"\xff\x00\x1b[31m\xe2\x80\xae 10%\r20%\n"))
    assert line.text == "\\xff\0\x1b[31m\u202e 10%\r20%"


def test_the_parts_of_a_long_line_become_one_again() -> None:
    parts = [frame(STAMP + b"a" * 16384), frame(STAMP + b"x\n", 2), frame(STAMP + b"b" * 100 + b"\n")]
    error, line = decoded(b"".join(parts))
    assert (error.text, line.text, line.cut) == ("x", "a" * 16384 + "b" * 100, 0)


def test_what_a_process_wrote_last_is_no_part_of_what_the_next_one_writes() -> None:
    data = frame(STAMP + b"a" * 16384) + frame(STAMP + b"ended") + frame(STAMP + b"ended") + frame(STAMP + b"begun\n")
    assert [line.text for line in decoded(data)] == ["a" * 16384 + "ended", "ended", "begun"]


def test_a_line_of_a_terminal_loses_the_times_inside() -> None:
    data = STAMP + b"a" * 16384 + STAMP + b"b" * 16384 + STAMP + b"c\r\n"
    (line,) = decoded(data, tty=True)
    assert line.text == "a" * 16384 + "b" * 16384 + "c"


@pytest.mark.parametrize("tty", [False, True])
def test_what_is_beyond_the_limit_is_counted(*, tty: bool) -> None:
    text = b"\xe2\x82\xac" * LINE_LIMIT
    (line,) = decoded(STAMP + text + b"\n", tty=True) if tty else decoded(frame(STAMP + text + b"\n"))
    assert len(line.text.encode()) <= LINE_LIMIT + 3 * len("\\xe2")
    assert line.cut in {len(text) - LINE_LIMIT, len(text) - LINE_LIMIT + 1}


def test_a_line_without_an_end_takes_bounded_memory() -> None:
    decoder = LogDecoder("app", tty=True)
    for _ in range(100):
        assert decoder.feed(STAMP + b"x" * 16384) == []
    assert len(decoder._rest) <= 2 * LINE_LIMIT + 16384 + 31
    (line,) = decoder.feed(b"end\n")
    assert line.cut > 0
    assert len(line.text) == LINE_LIMIT


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        (b"2026-11-22T10:00:00Z ", "2026-11-22T10:00:00.000000000Z"),
        (b"2026-11-22T10:00:00.5Z ", "2026-11-22T10:00:00.500000000Z"),
        (b"2026-11-22T12:00:00.25+02:00 ", "2026-11-22T10:00:00.250000000Z"),
    ],
)
def test_other_ways_to_write_a_time(stamp: bytes, expected: str) -> None:
    assert decoded(frame(stamp + b"x\n")) == [LogLine("app", Stream.STDOUT, expected, "x")]


@pytest.mark.parametrize("text", [b"no time here\n", b"2026-99-99T10:00:00Z x\n", b"0001-01-01T00:00:00+23:00 x\n"])
def test_a_line_without_a_time_is_still_a_line(text: bytes) -> None:
    assert decoded(frame(text)) == [LogLine("app", Stream.STDOUT, "", text[:-1].decode())]


def test_an_error_of_the_engine_ends_the_stream() -> None:
    with pytest.raises(StreamError, match="logging driver"):
        decoded(frame(b"Error grabbing logs: configured logging driver does not support reading\n", 3))


@pytest.mark.parametrize("data", [b"hello world", b"\x01\0\0\x01\0\0\0\x01x", b"\x04\0\0\0\0\0\0\x01x"])
def test_what_has_no_frames_is_refused(data: bytes) -> None:
    with pytest.raises(StreamError, match="no log stream"):
        decoded(data)


TEXTS = st.lists(
    st.tuples(st.sampled_from((1, 2)), st.binary(max_size=40).map(lambda one: one.replace(b"\n", b"")), st.booleans()),
    max_size=8,
)


@given(TEXTS, st.integers(1, 60))
def test_where_a_stream_is_cut_makes_no_difference(texts: list[tuple[int, bytes, bool]], step: int) -> None:
    data = b"".join(frame(STAMP + text + (b"\n" if ends else b""), kind) for kind, text, ends in texts)
    assert decoded(data, step=step) == decoded(data)


@given(TEXTS, st.integers(1, 60))
def test_where_a_terminal_is_cut_makes_no_difference(texts: list[tuple[int, bytes, bool]], step: int) -> None:
    data = b"".join(STAMP + text + b"\n" for _, text, _ in texts)
    assert decoded(data, tty=True, step=step) == decoded(data, tty=True)
    assert len(decoded(data, tty=True)) == len(texts)


@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_stumble_it(data: bytes, tty: bool) -> None:
    try:
        lines = decoded(data, tty=tty)
    except StreamError:
        return
    assert all("\n" not in line.text or not tty for line in lines)

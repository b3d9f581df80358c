"""A log line as rows: nothing in it is hidden, moved or coloured, whatever it holds."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from specter_tui.core.logs import LogLine, Stream
from specter_tui.core.text import visible
from specter_tui.ui.log_query import Finder
from specter_tui.ui.present.base import ASCII, UNICODE, Role, plain, width_of
from specter_tui.ui.present.logs import LogStyle, clock_of, log_rows

PLAIN = LogStyle(UNICODE)
WRAPPED = LogStyle(UNICODE, wrap=True)


def line(text: str, stream: Stream = Stream.STDOUT, cut: int = 0) -> LogLine:
    return LogLine("wiki", stream, "2026-11-22T10:00:00.123456789Z", text, cut)


def shown(text: str, style: LogStyle = PLAIN, width: int = 80) -> str:
    return "".join(plain(row)[2:].rstrip() for row in log_rows(line(text), width, style))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]52;c;aGk=\x07x", r"\x1b]52;c;aGk=\x07x"),
        ("\x1bPq\x1b\\x", r"\x1bPq\x1b\x"),
        ("\x9b2Jx", r"\x9b2Jx"),
        ("\x00\x08\x7f", r"\x00\x08\x7f"),
        ("a\u202eb", r"a\u202eb"),
        ("[b]x[/b]", "[b]x[/b]"),
        ("a\tb", "a   b"),
        ("1%\r2%\r3%", "\\r×2 3%"),  # noqa: RUF001  as it is shown
        ("gone\rhere", "\\r here"),
        ("done\r", "done"),
    ],
)
def test_controls_are_text(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_colour_codes_can_be_left_out_and_nothing_else() -> None:
    style = LogStyle(UNICODE, colours=False)
    assert shown("\x1b[1;31mred\x1b[0m\x1b[2K\x1b[8m", style) == r"red\x1b[2K"


def test_escapes_are_quieter_than_the_text() -> None:
    (row,) = log_rows(line("\x1b[31mred"), 80, PLAIN)
    assert [(piece.text, piece.role) for piece in row[1:3]] == [("\\x1b[31m", Role.MUTED), ("red", Role.TEXT)]


def test_a_match_is_marked_across_escapes() -> None:
    style = LogStyle(UNICODE, find=Finder("error").spans)
    (row,) = log_rows(line("an er\x1b[0mror, an ERROR"), 80, style)
    assert "".join(piece.text for piece in row if piece.role is Role.FOCUS) == "errorERROR"
    assert shown("an er\x1b[0mror", style) == r"an er\x1b[0mror"


def test_what_is_missing_is_counted() -> None:
    (row,) = log_rows(line("x", cut=1234), 80, PLAIN)
    assert "1,234 more" in plain(row)
    assert shown("x" * 10_000, WRAPPED).replace(" ", "").endswith("5,904more")


def test_names_times_and_the_stream_stand_before_the_text() -> None:
    style = LogStyle(ASCII, names=6, timestamps=True)
    (row,) = log_rows(line("boom", Stream.STDERR), 80, style)
    assert plain(row).rstrip().endswith("wiki   ! boom")
    assert plain(row).startswith(clock_of("2026-11-22T10:00:00.123456789Z"))
    assert clock_of("") == clock_of("nonsense") == "--:--:--.---"


TEXT = st.text(st.characters(codec="utf-8") | st.sampled_from("\x1b[\r\t\x00\u202e\u200b漢é"), max_size=60)


@example("00\x8a\xa0", 4, True, False, False)  # a row that is full when the next piece begins
@given(TEXT, st.integers(4, 40), st.booleans(), st.booleans(), st.booleans())
def test_rows_keep_to_the_width_and_hold_nothing_unsafe(
    text: str, width: int, wrap: bool, times: bool, colours: bool
) -> None:
    style = LogStyle(UNICODE, wrap=wrap, timestamps=times and width > 20, colours=colours, find=Finder("a").spans)
    rows = log_rows(line(text), width, style)
    assert rows
    for row in rows:
        assert width_of(row) <= width
        assert all(visible(piece.text) == piece.text for piece in row)


@example("\N{EMOJI MODIFIER FITZPATRICK TYPE-1-2}", 4)  # without a character before it, it has no width
@given(TEXT.filter(lambda one: "\r" not in one and "\t" not in one), st.integers(4, 40))
def test_wrapping_loses_nothing(text: str, width: int) -> None:
    rows = log_rows(line(text), width, WRAPPED)
    assert "".join(plain(row)[2:] for row in rows) == visible(text)

"""The ring of lines: what is kept, counted and in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from specter_tui.core.logs import LogBuffer, LogLine, Stream


def line(text: str, second: int = 0, container: str = "app") -> LogLine:
    return LogLine(container, Stream.STDOUT, f"2026-11-22T10:00:00.{second:09d}Z", text)


def texts(buffer: LogBuffer) -> list[str]:
    return [one.text for one in buffer]


def test_the_oldest_go_and_are_counted() -> None:
    buffer = LogBuffer(lines=3)
    buffer.extend([line("a"), line("b")])
    assert buffer.extend([line("c"), line("d")]) == 2
    assert (texts(buffer), buffer.dropped, buffer.offset) == (["b", "c", "d"], 1, 1)
    buffer.extend([line(str(number)) for number in range(10)])
    assert (texts(buffer), buffer.dropped, buffer.offset) == (["7", "8", "9"], 11, 11)


def test_long_lines_count_by_their_memory() -> None:
    buffer = LogBuffer(size=10_000)
    buffer.extend([line("x" * 3000) for _ in range(8)])
    assert (len(buffer), buffer.dropped) == (3, 5)
    assert buffer.size <= 10_000
    buffer.extend([line("€" * 50_000)])  # one line alone may be too large
    assert len(buffer) == 1


def test_clear_is_no_loss() -> None:
    buffer = LogBuffer()
    buffer.extend([line("a"), line("b")])
    buffer.clear()
    assert (len(buffer), buffer.size, buffer.dropped, buffer.offset) == (0, 0, 0, 2)
    assert buffer.extend([line("c")]) == 2


def test_a_mark_stays_between_what_was_and_what_comes() -> None:
    buffer = LogBuffer(merge=True)
    buffer.extend([line("a", 5)])
    buffer.mark()
    buffer.extend([line("b", 6)])
    assert [one.stream for one in buffer] == [Stream.STDOUT, Stream.MARK, Stream.STDOUT]


def test_lines_of_several_containers_come_in_order() -> None:
    buffer = LogBuffer(merge=True)
    buffer.extend([line("a", 1, "one"), line("c", 3, "one"), line("d", 3, "one")])
    assert buffer.extend([line("b", 2, "two"), line("e", 4, "two")]) == 1
    assert texts(buffer) == ["a", "b", "c", "d", "e"]


def test_one_container_alone_keeps_the_order_of_its_log() -> None:
    buffer = LogBuffer()
    buffer.extend([line("late", 5), line("early", 1)])
    assert texts(buffer) == ["late", "early"]


def test_search_goes_both_ways_and_not_round() -> None:
    buffer = LogBuffer()
    buffer.extend([line(text) for text in ("x", "y", "x", "y")])
    assert buffer.find(lambda one: one.text == "x", 1, 1) == 2
    assert buffer.find(lambda one: one.text == "x", 1, -1) == 0
    assert buffer.find(lambda one: one.text == "x", 3, 1) is None
    assert buffer.find(lambda one: True, -1, -1) is None


BATCHES = st.lists(st.lists(st.tuples(st.integers(0, 20), st.text(max_size=30)), max_size=8), max_size=12)


@given(BATCHES, st.integers(1, 10), st.integers(300, 3000), st.booleans())
def test_what_came_is_there_or_counted(batches: list[list[tuple[int, str]]], most: int, size: int, merge: bool) -> None:
    buffer = LogBuffer(most, size, merge=merge)
    for batch in batches:
        before = {buffer.offset + place: one for place, one in enumerate(buffer)}
        changed = buffer.extend([line(text, second) for second, text in batch])
        after = {buffer.offset + place: one for place, one in enumerate(buffer)}
        assert all(after[number] is before[number] for number in after if number < changed)
        assert len(buffer) <= most
        assert buffer.size <= size or len(buffer) == 1
        assert buffer.size == sum(one.size for one in buffer)
    assert len(buffer) + buffer.dropped == sum(map(len, batches)) == buffer.offset + len(buffer)
    if merge:
        times = [one.timestamp for one in buffer]
        assert times == sorted(times)

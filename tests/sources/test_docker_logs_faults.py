"""What following logs says and leaves behind when an engine misbehaves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from specter_tui.core.errors import SourceError
from specter_tui.core.logs import FollowRequest, LogLine, LogNotice, LogTarget, Standing, Stream
from specter_tui.core.settings import DockerSettings
from specter_tui.sources.docker_logs import MOST_CONTAINERS
from specter_tui.sources.docker_tools import DockerTools
from specter_tui.sources.log_channel import LogChannel
from tests.fake_engine import Answer, FakeEngine, Handler, fake_engine

RUNNING = {"Id": "a" * 64, "Name": "/app", "Config": {"Tty": False}, "State": {"Running": True, "StartedAt": "x"}}
APP = FollowRequest((LogTarget("a" * 64, "app"),))
STAMP = b"2026-11-22T10:00:00.%09dZ "


def frame(text: bytes, number: int = 0, kind: int = 1) -> bytes:
    data = STAMP % number + text
    return b"%c\0\0\0%b%b" % (kind, len(data).to_bytes(4, "big"), data)


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeEngine]:
    with fake_engine(tmp_path) as engine:
        engine.answers = {"/logs": lambda h: h.hang(), "a/json": lambda h: h.give(RUNNING), **engine.answers}
        yield engine


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specter_tui.sources.docker_logs._LOOK_AGAIN", 0.05)
    monkeypatch.setattr("specter_tui.sources.log_channel.EVERY", 0.01)


def tools(fake: FakeEngine, deadline: float = 5.0) -> DockerTools:
    return DockerTools(DockerSettings(host=fake.host), deadline, environment={})


def log_threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "docker logs"]


async def no_threads() -> None:
    async with asyncio.timeout(10):
        while log_threads():  # noqa: ASYNC110  threads have no event to wait for
            await asyncio.sleep(0.01)


async def read(
    source: DockerTools, request: FollowRequest, enough: Callable[[list[LogLine], list[LogNotice]], bool]
) -> tuple[list[LogLine], list[LogNotice]]:
    lines: list[LogLine] = []
    notices: list[LogNotice] = []
    async with asyncio.timeout(20), aclosing(source.follow(request)) as batches:
        async for batch in batches:
            lines += batch.lines
            notices += batch.notices
            if enough(lines, notices):
                break
    await source.close()
    await no_threads()
    return lines, notices


def lost(_lines: list[LogLine], notices: list[LogNotice]) -> bool:
    return Standing.LOST in [one.standing for one in notices]


FAULTS: dict[str, tuple[Answer, str]] = {
    "500": (lambda h: h.give({"message": "disk \x1b[31mfull"}, 500), "answers 500: disk \\x1b[31mfull"),
    "403": (lambda h: h.give_bytes(b"<html>no", 403), "allow GET"),
    "garbage": (lambda h: h.stream(b"hello world, no frame at all", finish=True), "what came is no log stream"),
    "error in the stream": (lambda h: h.stream(frame(b"Error grabbing logs: broken pipe", kind=3)), "broken pipe"),
    "cut": (lambda h: h.stream(frame(b"one\n")), "lost the connection"),
    "reset": (lambda h: h.reset(), "lost the connection"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_one_sentence_and_it_is_tried_again(fake: FakeEngine, name: str) -> None:
    turns = iter([FAULTS[name][0], lambda h: h.stream(frame(b"back\n", 5), finish=True)])

    def answer(handler: Handler) -> None:
        next(turns, Handler.hang)(handler)

    fake.answers["/logs"] = answer
    lines, notices = await read(tools(fake), APP, lambda lines, _: "back" in [line.text for line in lines])
    (said,) = [one for one in notices if one.standing is Standing.LOST]
    assert FAULTS[name][1] in said.text
    assert "\n" not in said.text
    assert "\x1b" not in said.text
    assert lines[-1].text == "back"


async def test_an_inspection_that_is_odd_is_a_sentence(fake: FakeEngine) -> None:
    fake.answers["a/json"] = lambda h: h.give(["odd"])
    _, notices = await read(tools(fake), APP, lambda _, notices: bool(notices))
    assert notices[0].standing in {Standing.LOST, Standing.FAILED}


async def test_no_engine_is_a_sentence(tmp_path: Path) -> None:
    source = DockerTools(DockerSettings(host=f"unix://{tmp_path}/none.sock"), environment={})
    _, notices = await read(source, APP, lost)
    assert "finds no socket" in notices[0].text


async def test_leaving_while_the_engine_hangs_ends_the_threads(fake: FakeEngine) -> None:
    fake.answers["/logs"] = lambda h: h.hang()
    source = tools(fake, 0.5)
    async with aclosing(source.follow(APP)) as batches:
        assert (await anext(batches)).notices[0].standing is Standing.LIVE
    await source.close()
    await no_threads()


def silent(handler: Handler) -> None:
    """One line, and then nothing for ever."""
    handler.stream(frame(b"here\n"))
    handler.hang()


async def test_leaving_a_silent_stream_ends_its_thread(fake: FakeEngine) -> None:
    fake.answers["/logs"] = silent
    lines, _ = await read(tools(fake), APP, lambda lines, _: bool(lines))
    assert [line.text for line in lines] == ["here"]


async def test_a_cancelled_reader_ends_its_thread(fake: FakeEngine) -> None:
    fake.answers["/logs"] = silent
    source = tools(fake)

    async def follow() -> None:
        async with aclosing(source.follow(APP)) as batches:
            async for _ in batches:
                pass

    task = asyncio.create_task(follow())
    await asyncio.sleep(0.2)
    assert log_threads()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await source.close()
    await no_threads()


async def test_what_was_read_is_not_repeated_and_what_came_late_is_not_lost(fake: FakeEngine) -> None:
    # The second answer begins, as an engine's does, with lines of the moment that is asked for; one of them is new.
    first = frame(b"a\n", 1) + frame(b"b\n", 3) + frame(b"b\n", 3)
    second = frame(b"b\n", 3) + frame(b"b\n", 3) + frame(b"b\n", 3) + frame(b"late\n", 2) + frame(b"c\n", 4)
    turns = iter([first, second])
    fake.answers["/logs"] = lambda h: h.stream(next(turns, b"") or frame(b"end\n", 9), finish=True)
    lines, _ = await read(tools(fake), APP, lambda lines, _: "end" in [line.text for line in lines])
    assert [line.text for line in lines][:6] == ["a", "b", "b", "b", "late", "c"]


async def test_too_many_containers_are_refused(fake: FakeEngine) -> None:
    request = FollowRequest(tuple(LogTarget(str(number), str(number)) for number in range(MOST_CONTAINERS + 1)))
    with pytest.raises(SourceError, match="too many"):
        await anext(tools(fake).follow(request))
    assert not log_threads()


async def test_who_does_not_take_makes_the_writer_wait() -> None:
    channel = LogChannel(1)
    line = LogLine("app", Stream.STDOUT, "2026-11-22T10:00:00.000000000Z", "x" * 1000)
    put = 0

    def write() -> None:
        nonlocal put
        while channel.put([line] * 100):
            put += 100
        channel.leave()

    thread = threading.Thread(target=write)
    thread.start()
    await asyncio.sleep(0.3)
    waiting = put
    assert 0 < waiting <= 5_100, "the room is bounded"
    batch = await channel.take()
    assert batch is not None
    assert len(batch.lines) == waiting
    await asyncio.sleep(0.2)
    assert waiting < put <= 2 * waiting
    channel.close()
    await asyncio.to_thread(thread.join)
    assert await channel.take() is None

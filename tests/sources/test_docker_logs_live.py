"""Logs, statistics and inspection against a real engine."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import Any

import docker
import pytest
import pytest_asyncio
from docker.models.containers import Container

from specter_tui.core.errors import SourceError
from specter_tui.core.logs import WINDOWS, FollowRequest, LogLine, LogNotice, LogTarget, LogWindow, Standing, Stream
from specter_tui.core.settings import DockerSettings
from specter_tui.core.stats import UsageHistory
from specter_tui.sources.docker_tools import DockerTools
from tests.live_engine import Engine, build_busybox_image, running_engine

pytestmark = pytest.mark.live
IMAGE = "specter-logs:1"
HEAD = WINDOWS[1]
ALL = LogWindow("", "all")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with running_engine() as one:
        build_busybox_image(one, IMAGE)
        yield one


@pytest.fixture
def client(engine: Engine) -> Iterator[docker.DockerClient]:
    one = engine.client()
    yield one
    for container in one.containers.list(all=True, sparse=True):
        container.remove(force=True)
    one.close()


@pytest_asyncio.fixture
async def tools(engine: Engine) -> AsyncIterator[DockerTools]:
    one = DockerTools(DockerSettings(host=engine.host))
    yield one
    await one.close()
    await ended_threads()


def log_threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "docker logs"]


async def ended_threads() -> None:
    async with asyncio.timeout(10):
        while log_threads():  # noqa: ASYNC110  threads have no event to wait for
            await asyncio.sleep(0.01)


async def run(client: docker.DockerClient, script: str, **options: Any) -> Container:
    def start() -> Container:
        command = ["/bin/sh", "-c", script]
        return client.containers.run(IMAGE, command, detach=True, stop_signal="SIGKILL", **options)

    return await asyncio.to_thread(start)


def target(container: Container) -> LogTarget:
    return LogTarget(str(container.id), str(container.name))


async def read(
    tools: DockerTools,
    request: FollowRequest,
    enough: Callable[[list[LogLine], list[LogNotice]], bool] = lambda _lines, _notices: False,
) -> tuple[list[LogLine], list[LogNotice]]:
    """All lines and notices until there are enough, or until the source has no more."""
    lines: list[LogLine] = []
    notices: list[LogNotice] = []
    async with asyncio.timeout(30), aclosing(tools.follow(request)) as batches:
        async for batch in batches:
            lines += batch.lines
            notices += batch.notices
            if enough(lines, notices):
                break
    return lines, notices


async def whole(tools: DockerTools, container: Container) -> list[LogLine]:
    """The log of a container that has ended."""
    await asyncio.to_thread(container.wait)
    lines, _ = await read(tools, FollowRequest((target(container),), ALL, follow=False))
    return lines


async def test_both_streams_with_their_times(tools: DockerTools, client: docker.DockerClient) -> None:
    one = await run(
        client, "echo out; sleep 0.2; echo err >&2; sleep 0.2; printf 'a\\377b\\0\\033[31mc\\r\\n'; printf end"
    )
    lines = await whole(tools, one)
    assert [(line.stream, line.text) for line in lines] == [
        (Stream.STDOUT, "out"),
        (Stream.STDERR, "err"),
        (Stream.STDOUT, "a\ufffdb\0\x1b[31mc"),  # the engine's JSON file has no room for odd bytes
        (Stream.STDOUT, "end"),
    ]
    assert [line.timestamp for line in lines] == sorted(line.timestamp for line in lines)
    assert all(len(line.timestamp) == 30 for line in lines)
    assert {line.container for line in lines} == {one.name}


@pytest.mark.parametrize("tty", [False, True])
async def test_a_long_line_is_put_together_and_cut(tools: DockerTools, client: docker.DockerClient, tty: bool) -> None:
    make = "head() { i=0; while [ $i -lt $1 ]; do printf 0123456789abcdef; i=$((i+1)); done; echo; }; "
    one = await run(client, make + "echo first; head 2500; head 5000; echo last", tty=tty)
    lines = await whole(tools, one)
    assert [line.text[:5] for line in lines] == ["first", "01234", "01234", "last"]
    assert lines[1].text == "0123456789abcdef" * 2500
    assert (len(lines[2].text), lines[2].cut > 0, lines[1].cut) == (65536, True, 0)
    assert 80_000 <= len(lines[2].text) + lines[2].cut <= 80_002
    assert {line.stream for line in lines} == {Stream.TTY if tty else Stream.STDOUT}


async def test_leaving_a_quiet_container_ends_its_thread(tools: DockerTools, client: docker.DockerClient) -> None:
    one = await run(client, "echo here; sleep 600")
    lines, notices = await read(tools, FollowRequest((target(one),)), lambda lines, _: bool(lines))
    await ended_threads()
    assert [line.text for line in lines] == ["here"]
    assert notices == [LogNotice(str(one.name), Standing.LIVE)]


async def test_a_restart_loses_and_repeats_no_line(tools: DockerTools, client: docker.DockerClient) -> None:
    script = "echo begin; i=0; while [ $i -lt 3000 ]; do echo $i; i=$((i+1)); done; sleep 600"
    one = await run(client, script)
    seen: list[LogLine] = []
    standings: list[Standing] = []
    restarts = 0
    async with asyncio.timeout(60), aclosing(tools.follow(FollowRequest((target(one),), ALL))) as batches:
        async for batch in batches:
            seen += batch.lines
            standings += [notice.standing for notice in batch.notices]
            if batch.lines and batch.lines[-1].text == "2999":
                if restarts == 3:
                    break
                restarts += 1
                await asyncio.to_thread(one.restart, timeout=0)
    assert [line.text for line in seen] == ["begin", *map(str, range(3000))] * 4
    assert standings[0] is Standing.LIVE


async def test_a_container_that_stops_is_waited_for_and_one_made_anew_is_taken(
    tools: DockerTools, client: docker.DockerClient
) -> None:
    one = await run(client, "echo old; sleep 600", name="anew")
    texts: list[str] = []
    standings: list[Standing] = []
    async with asyncio.timeout(60), aclosing(tools.follow(FollowRequest((target(one),)))) as batches:
        async for batch in batches:
            texts += [line.text for line in batch.lines]
            standings += [notice.standing for notice in batch.notices]
            if texts == ["old"] and standings == [Standing.LIVE]:
                await asyncio.to_thread(one.kill)
            if standings == [Standing.LIVE, Standing.STOPPED] and texts == ["old"]:
                await asyncio.to_thread(one.remove)
                await run(client, "echo new; sleep 600", name="anew")
            if texts == ["old", "new"]:
                break
    assert standings == [Standing.LIVE, Standing.STOPPED, Standing.LIVE]


async def test_several_containers_stand_in_the_order_of_time(tools: DockerTools, client: docker.DockerClient) -> None:
    script = "i=0; while [ $i -lt 20 ]; do echo $i; sleep 0.05; i=$((i+1)); done; sleep 600"
    both = [await run(client, script, name=name) for name in ("left", "right")]
    request = FollowRequest(tuple(target(one) for one in both))
    lines, _ = await read(tools, request, lambda lines, _: sum(line.text == "19" for line in lines) == 2)
    assert len(lines) == 40
    assert {line.container for line in lines} == {"left", "right"}


async def test_a_filter_sees_every_line_before_the_tail_is_cut(tools: DockerTools, client: docker.DockerClient) -> None:
    one = await run(client, "echo needle; i=0; while [ $i -lt 2000 ]; do echo hay; i=$((i+1)); done")
    await asyncio.to_thread(one.wait)
    plain, _ = await read(tools, FollowRequest((target(one),), WINDOWS[0], follow=False))
    assert {line.text for line in plain} == {"hay"}
    request = FollowRequest((target(one),), WINDOWS[0], follow=False, keep=lambda line: "needle" in line.text)
    skipped = 0
    async with aclosing(tools.follow(request)) as batches:
        found = []
        async for batch in batches:
            found += [line.text for line in batch.lines]
            skipped += batch.skipped
    assert (found, skipped) == (["needle"], 2000)


async def test_head_gives_the_first_lines_and_ends(tools: DockerTools, client: docker.DockerClient) -> None:
    one = await run(client, "i=0; while [ $i -lt 6000 ]; do echo $i; i=$((i+1)); done; sleep 600")
    await read(tools, FollowRequest((target(one),), ALL), lambda lines, _: bool(lines) and lines[-1].text == "5999")
    lines, notices = await read(tools, FollowRequest((target(one),), HEAD))
    assert notices == [LogNotice(str(one.name), Standing.DONE)]
    assert [line.text for line in lines] == [str(number) for number in range(HEAD.head)]


async def test_one_reader_that_leaves_does_not_break_the_others(
    tools: DockerTools, client: docker.DockerClient
) -> None:
    one = await run(client, "i=0; while [ $i -lt 6000 ]; do echo $i; i=$((i+1)); done; sleep 600")
    await read(tools, FollowRequest((target(one),), ALL), lambda lines, _: bool(lines) and lines[-1].text == "5999")
    async with aclosing(tools.follow(FollowRequest((target(one),), ALL, follow=False))) as batches:
        seen = list((await anext(batches)).lines)
        with pytest.raises(SourceError, match="no container"):
            await tools.inspect("nobody")  # its failure makes the next call connect anew
        async for batch in batches:
            assert not batch.notices or batch.notices == (LogNotice(str(one.name), Standing.DONE),)
            seen += batch.lines
    assert [line.text for line in seen] == [str(number) for number in range(6000)]


async def test_after_leaves_out_what_was_there(tools: DockerTools, client: docker.DockerClient) -> None:
    one = await run(client, "echo a; sleep 0.1; echo b; sleep 0.1; echo c")
    lines = await whole(tools, one)
    rest, _ = await read(tools, FollowRequest((target(one),), follow=False, after=lines[0].timestamp))
    assert rest == lines[1:]


async def test_a_log_that_the_engine_does_not_keep(tools: DockerTools, client: docker.DockerClient) -> None:
    one = await run(client, "echo x; sleep 600", log_config={"type": "none"})
    _, notices = await read(tools, FollowRequest((target(one),)))
    assert notices[-1].standing is Standing.FAILED
    assert "logging driver" in notices[-1].text
    assert "json-file" in notices[-1].text


async def test_a_container_that_is_gone(tools: DockerTools, engine: Engine) -> None:
    _, notices = await read(tools, FollowRequest((LogTarget("0" * 64, "nobody\x1b[2J"),)))
    assert notices[-1].standing is Standing.FAILED
    assert "nobody\\x1b[2J" in notices[-1].text
    for ask in (tools.inspect, tools.sample):
        with pytest.raises(SourceError, match="no container nobody"):
            await ask("nobody")


async def test_the_engine_goes_away_and_comes_back(
    tools: DockerTools, engine: Engine, client: docker.DockerClient
) -> None:
    if not engine.pid:
        pytest.skip("the shared engine is not ours to stop")
    one = await run(client, "echo up; sleep 600", name="survivor")
    texts: list[str] = []
    standings: list[Standing] = []
    async with asyncio.timeout(90), aclosing(tools.follow(FollowRequest((target(one),)))) as batches:
        async for batch in batches:
            texts += [line.text for line in batch.lines]
            standings += [notice.standing for notice in batch.notices]
            if texts == ["up"] and Standing.LOST not in standings and engine.pid:
                await asyncio.to_thread(engine.down)
            elif Standing.LOST in standings and not engine.pid:
                await asyncio.to_thread(engine.up)
                await asyncio.to_thread(one.start)
            elif texts == ["up", "up"]:
                break
    assert standings[-1] is Standing.LIVE


async def test_what_a_container_uses(tools: DockerTools, client: docker.DockerClient) -> None:
    busy = await run(client, "while :; do :; done")
    history = UsageHistory()
    for _ in range(3):
        history.add(await tools.sample(str(busy.id)))
        await asyncio.sleep(0.5)
    first, *_, last = history
    assert first.cpu is None
    assert last.cpu is not None
    assert 0 < last.cpu <= 110
    assert last.processes == 1
    hosted = await run(client, "sleep 600", network_mode="host")
    sample = await tools.sample(str(hosted.id))
    assert (sample.received, sample.sent) == (None, None)
    await asyncio.to_thread(busy.kill)
    assert history.add(await tools.sample(str(busy.id))) is None
    assert len(history) == 0


async def test_inspection(tools: DockerTools, client: docker.DockerClient) -> None:
    one = await run(client, "sleep 600", environment={"PASSWORD": "hunter2"})
    detail = await tools.inspect(str(one.id))
    assert detail.command[0] == "/bin/sh"
    assert "hunter2" not in repr(detail)

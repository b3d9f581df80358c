"""What the dashboard looks at of single containers, over either engine."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Final

from specter_tui.core.logs import FollowRequest, LogLine, LogTarget, LogWindow, Standing
from specter_tui.core.settings import DockerSettings
from specter_tui.core.stats import UsageHistory
from specter_tui.sources.docker_tools import DockerTools
from tests.contract.subject import APP, CRASHER, WORKER, Subject

_ALL: Final = LogWindow("", "all")
_RESTARTS: Final = 3
_LIFE: Final = {"out 1", "out 2", "err 1"}


def _target(subject: Subject, name: str) -> LogTarget:
    return LogTarget(subject.inspect(name)["Id"], name)


async def _log(tools: DockerTools, target: LogTarget, after: str = "") -> list[LogLine]:
    """What the log holds now."""
    request = FollowRequest((target,), _ALL, follow=False, after=after)
    async with aclosing(tools.follow(request)) as batches:
        return [line async for batch in batches for line in batch.lines]


def _in_time(line: LogLine) -> tuple[str, str, str]:
    return line.timestamp, line.stream, line.text


async def test_restarts_neither_lose_nor_repeat_a_line(subject: Subject) -> None:
    tools = DockerTools(DockerSettings(host=subject.host))
    worker, crasher = _target(subject, WORKER), _target(subject, CRASHER)
    begin = max(line.timestamp for line in await _log(tools, worker))
    seen: list[LogLine] = []
    restarts = 0
    request = FollowRequest((worker, crasher), _ALL, after=begin)
    async with asyncio.timeout(60), aclosing(tools.follow(request)) as batches:
        await asyncio.to_thread(subject.wire.post, f"/containers/{CRASHER}/start")
        async for batch in batches:
            seen += batch.lines
            mine = [line.text for line in seen if line.container == WORKER]
            if restarts and not (len(mine) >= 3 * restarts and set(mine[-3:]) == _LIFE):
                continue
            if restarts == _RESTARTS:
                break
            restarts += 1
            await asyncio.to_thread(subject.wire.post, f"/containers/{WORKER}/restart", t=0)
    await asyncio.to_thread(subject.wire.post, f"/containers/{CRASHER}/stop", t=0)
    for target in (worker, crasher):
        got = [line for line in seen if line.container == target.name]
        kept = await _log(tools, target, begin)
        assert got
        # What comes of several containers at once stands in the order of time; in the engine's file the two streams of
        # one may have changed places.
        assert sorted(got, key=_in_time) == sorted(kept[: len(got)], key=_in_time)
    await tools.close()


async def test_a_stopped_container_has_its_log_and_uses_nothing(subject: Subject) -> None:
    tools = DockerTools(DockerSettings(host=subject.host))
    worker = _target(subject, WORKER)
    await asyncio.to_thread(subject.wire.post, f"/containers/{WORKER}/stop")
    standings: list[Standing] = []
    texts: list[str] = []
    async with asyncio.timeout(30), aclosing(tools.follow(FollowRequest((worker,)))) as batches:
        async for batch in batches:
            texts += [line.text for line in batch.lines]
            standings += [notice.standing for notice in batch.notices]
            if Standing.STOPPED in standings:
                break
    assert set(texts) >= _LIFE
    assert UsageHistory().add(await tools.sample(worker.id)) is None
    await tools.close()


async def test_usage_and_inspection(subject: Subject) -> None:
    tools = DockerTools(DockerSettings(host=subject.host))
    app = _target(subject, APP)
    history = UsageHistory()
    for _ in range(3):
        history.add(await tools.sample(app.id))
        await asyncio.sleep(0.2)
    last = list(history)[-1]
    assert last.cpu is not None
    assert last.cpu >= 0
    assert last.memory
    assert last.processes
    detail = await tools.inspect(app.id)
    assert detail.started_at is not None
    assert detail.command
    await tools.close()

"""What the Docker source says and leaves behind when an engine misbehaves."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from specter_tui.core.errors import SourceError, SourceOff
from specter_tui.core.settings import DockerSettings
from specter_tui.sources.docker_engine import DockerEngine
from tests.fake_engine import Answer, FakeEngine, fake_engine


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeEngine]:
    with fake_engine(tmp_path) as engine:
        yield engine


def source(fake: FakeEngine, deadline: float = 5.0) -> DockerEngine:
    return DockerEngine(DockerSettings(host=fake.host), deadline, environment={})


async def failure(engine: DockerEngine) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await engine.read()
    await engine.close()
    assert "\n" not in caught.value.sentence()
    assert caught.value.remedy
    return caught.value


def docker_threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "docker"]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  threads have no event to wait for
            await asyncio.sleep(0.01)


async def no_docker_threads() -> None:
    await until(lambda: not docker_threads())


LISTING_FAULTS: dict[str, tuple[Answer, str]] = {
    "500": (lambda h: h.give({"message": "layer store \x1b[31mbroken"}, 500), "answers 500"),
    "403": (lambda h: h.give_bytes(b"<html>forbidden", 403), "refuses the request"),
    "error without message": (lambda h: h.give(["odd"], 500), "not what a Docker Engine answers"),
    "html": (lambda h: h.give_bytes(b"<html>hello</html>"), "not what a Docker Engine answers"),
    "empty": (lambda h: h.give_bytes(b""), "not what a Docker Engine answers"),
    "null": (lambda h: h.give(None), "not what a Docker Engine answers"),
    "object": (lambda h: h.give({"a": 1}), "not what a Docker Engine answers"),
    "truncated": (lambda h: h.give_truncated(b'[{"Id": "a'), "lost the connection"),
    "deep": (lambda h: h.give_bytes(b"[" * 200_000), "not what a Docker Engine answers"),
    "reset": (lambda h: h.reset(), "lost the connection"),
}


@pytest.mark.parametrize("name", LISTING_FAULTS)
async def test_a_fault_of_the_listing_is_one_sentence_with_a_remedy(fake: FakeEngine, name: str) -> None:
    fake.answers["/containers/json"] = LISTING_FAULTS[name][0]
    gc.collect()  # else what earlier tests left behind may be finalised at the bottom of the deep one
    error = await failure(source(fake))
    assert LISTING_FAULTS[name][1] in error.message
    assert "\x1b" not in error.sentence()


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ({"ApiVersion": "1.12"}, "too old"),
        ({"ApiVersion": 3}, "not as a Docker Engine"),
        ([], "not as a Docker Engine"),
        ({"ApiVersion": "\x1b[2J"}, "not what a Docker Engine answers"),
    ],
)
async def test_an_unusable_version_is_said(fake: FakeEngine, version: object, words: str) -> None:
    fake.answers["/version"] = lambda h: h.give(version)
    assert words in (await failure(source(fake))).message


@pytest.mark.parametrize("where", ["/version", "/info", "/containers/json"])
async def test_a_hanging_engine_is_given_up_and_its_thread_ends(fake: FakeEngine, where: str) -> None:
    fake.answers[where] = lambda h: h.hang()
    error = await failure(source(fake, 0.4))
    assert "in time" in error.message or "within" in error.message
    await no_docker_threads()


async def test_a_dripping_engine_cannot_pile_up_threads(fake: FakeEngine) -> None:
    fake.answers["/containers/json"] = lambda h: h.drip()
    engine = source(fake, 0.2)
    for _ in range(8):
        with pytest.raises(SourceError):
            await engine.read()
    assert len(docker_threads()) <= 4
    assert all(one.daemon for one in docker_threads())
    await engine.close()
    fake.released.set()
    await no_docker_threads()


async def test_a_cancelled_read_is_gone_and_the_next_one_works(fake: FakeEngine) -> None:
    answer = fake.answers["/containers/json"]
    fake.answers["/containers/json"] = lambda h: h.hang()
    engine = source(fake, 1.0)
    task = asyncio.create_task(engine.read())
    await until(lambda: any(path.endswith("/containers/json") for path in fake.asked))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    fake.answers["/containers/json"] = answer
    assert (await engine.read()).host == "vps"
    await engine.close()
    await no_docker_threads()


async def test_one_odd_container_does_not_lose_the_others(fake: FakeEngine) -> None:
    good = {"Id": "a" * 64, "Names": ["/app"], "Created": 1}
    fake.answers["/containers/json"] = lambda h: h.give([None, good, {"Id": "b" * 64, "Ports": "all", "Created": 1}])
    engine = source(fake)
    read = await engine.read()
    await engine.close()
    assert [one.name for one in read.containers] == ["app"]
    assert len(read.problems) == 2
    assert "bbbbbbbbbbbb" in read.problems[1]


async def test_a_proxy_that_hides_info_costs_only_the_name(fake: FakeEngine) -> None:
    fake.answers["/info"] = lambda h: h.give({"message": "no"}, 403)
    engine = source(fake)
    read = await engine.read()
    assert (read.host, read.version, read.api_version) == ("", "20.10.24", "1.41")
    await engine.close()


async def test_an_unchanged_listing_is_the_same_object(fake: FakeEngine) -> None:
    engine = source(fake)
    first = await engine.read()
    assert await engine.read() is first
    fake.answers["/containers/json"] = lambda h: h.give([{"Id": "x", "Created": 1}])
    assert await engine.read() is not first
    assert [path for path in fake.asked if path.endswith("/info")] == ["/v1.41/info"]
    await engine.close()


async def test_no_socket(tmp_path: Path) -> None:
    configured = DockerEngine(DockerSettings(host=f"unix://{tmp_path}/none.sock"), environment={})
    assert "finds no socket" in (await failure(configured)).message
    found = DockerEngine(
        DockerSettings(), environment={"DOCKER_CONTEXT": "default"}, default_socket=tmp_path / "none.sock"
    )
    assert isinstance(await failure(found), SourceOff)


async def test_nobody_listens(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "dead.sock"))
    engine = DockerEngine(DockerSettings(host=f"unix://{tmp_path}/dead.sock"), environment={})
    assert "is refused by" in (await failure(engine)).message


def test_permission_denied_names_the_group() -> None:
    from specter_tui.sources.docker_host import EngineAddress, explain

    wrapped = RuntimeError("Connection aborted.", PermissionError(13, "Permission denied"))
    assert "group docker" in explain(wrapped, EngineAddress("unix:///run/x.sock")).remedy


async def test_events_end_when_the_stream_is_cut_and_execs_are_left_out(fake: FakeEngine) -> None:
    lines = [{"Action": "exec_create: wget"}, {"Action": "die"}, {"odd": 1}, {"Action": "health_status: healthy"}]
    chunks = [json.dumps(one).encode() + b"\n" for one in lines]
    fake.answers["/events"] = lambda h: h.stream(*chunks)
    engine = source(fake)
    assert [action async for action in engine.events()] == ["die", "health_status: healthy"]
    await engine.close()
    await no_docker_threads()


async def test_events_of_garbage_end(fake: FakeEngine) -> None:
    fake.answers["/events"] = lambda h: h.stream(b"{garbage", finish=True)
    engine = source(fake)
    assert [action async for action in engine.events()] == []
    await engine.close()


async def test_events_of_an_engine_that_refuses_are_an_error(fake: FakeEngine) -> None:
    fake.answers["/version"] = lambda h: h.give({"message": "no"}, 500)
    engine = source(fake)
    with pytest.raises(SourceError):
        async for _ in engine.events():
            pass
    await engine.close()


async def test_an_event_stream_that_never_begins_is_given_up(fake: FakeEngine) -> None:
    fake.answers["/events"] = lambda h: h.hang()
    engine = source(fake, 0.3)
    with pytest.raises(SourceError, match="in time"):
        await anext(engine.events())
    await engine.close()
    await no_docker_threads()


async def test_a_flood_of_events_keeps_no_backlog(fake: FakeEngine) -> None:
    flood = b"".join(json.dumps({"Action": f"a{number}"}).encode() + b"\n" for number in range(2000))
    fake.answers["/events"] = lambda h: h.stream(flood, finish=True)
    engine = source(fake)
    events = engine.events()
    assert await anext(events)
    await no_docker_threads()
    assert len([action async for action in events]) <= 64
    await engine.close()


async def test_close_ends_a_silent_stream_and_its_thread(fake: FakeEngine) -> None:
    def silent(handler: object) -> None:
        handler.stream(b'{"Action": "start"}\n')  # type: ignore[attr-defined]  # the handler of this server
        handler.hang()  # type: ignore[attr-defined]  # the handler of this server

    fake.answers["/events"] = silent
    engine = source(fake)
    events = engine.events()
    assert await anext(events) == "start"
    await engine.close()
    assert [action async for action in events] == []
    await no_docker_threads()


async def test_leaving_the_iteration_ends_the_thread_too(fake: FakeEngine) -> None:
    def silent(handler: object) -> None:
        handler.stream(b'{"Action": "start"}\n')  # type: ignore[attr-defined]  # the handler of this server
        handler.hang()  # type: ignore[attr-defined]  # the handler of this server

    fake.answers["/events"] = silent
    engine = source(fake)
    events = engine.events()
    assert await anext(events) == "start"
    await events.aclose()  # type: ignore[attr-defined]  # an async generator behind the port's type
    await no_docker_threads()
    await engine.close()


def test_the_interpreter_ends_while_an_engine_hangs(fake: FakeEngine) -> None:
    import subprocess
    import sys

    fake.answers["/containers/json"] = lambda h: h.hang()
    program = (
        "import asyncio\n"
        "from specter_tui.core.settings import DockerSettings\n"
        "from specter_tui.sources.docker_engine import DockerEngine\n"
        f"engine = DockerEngine(DockerSettings(host={fake.host!r}), 600)\n"
        "async def main():\n"
        "    task = asyncio.create_task(engine.read())\n"
        "    await asyncio.sleep(0.5)\n"
        "    task.cancel()\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], timeout=20, check=True, env=dict(os.environ))
    assert done.returncode == 0

"""The end of a container's log, out of a real engine, and out of one that refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from docker.models.containers import Container

from specter_tui.core.errors import SourceError
from specter_tui.core.settings import DockerSettings
from specter_tui.sources import docker_tail
from specter_tui.sources.docker_tail import DockerTail
from tests.fake_engine import fake_engine
from tests.live_engine import Engine, build_busybox_image, running_engine

IMAGE = "specter-tail:1"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SCRIPT = "echo one; echo two >&2; echo three"


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with running_engine() as one:
        build_busybox_image(one, IMAGE, [])
        yield one


def ran(engine: Engine, script: str, *, tty: bool = False) -> str:
    """The id of a container that has run the script to its end."""
    client = engine.client()
    try:
        container: Container = client.containers.run(IMAGE, ["sh", "-c", script], detach=True, tty=tty)
        container.wait()
        return str(container.id)
    finally:
        client.close()


@pytest.mark.live
@pytest.mark.parametrize("tty", [False, True])
async def test_both_streams_and_no_more_than_was_asked_for(engine: Engine, tty: bool) -> None:
    container = ran(engine, SCRIPT, tty=tty)
    tail = DockerTail(DockerSettings(host=engine.host), 8.0)
    whole = await tail.read(container, LONG_AGO, None, 100)
    assert sorted(whole.data.split()) == [b"one", b"three", b"two"]
    assert not whole.cut
    end = await tail.read(container, None, None, 2)
    assert len(end.data.splitlines()) == 2
    assert end.cut
    assert (await tail.read(container, None, LONG_AGO, 100)).data == b""
    future = datetime.fromisoformat("2999-01-01T00:00:00+00:00") - timedelta(days=1)
    assert (await tail.read(container, future, None, 100)).data == b""
    await tail.close()


@pytest.mark.live
async def test_a_flood_is_cut_off(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_tail, "_MOST_BYTES", 3)
    container = ran(engine, SCRIPT)
    tail = DockerTail(DockerSettings(host=engine.host), 8.0)
    read = await tail.read(container, None, None, 100)
    await tail.close()
    assert read.cut
    assert 3 < len(read.data) < 13


@pytest.mark.live
async def test_a_container_that_is_gone(engine: Engine) -> None:
    tail = DockerTail(DockerSettings(host=engine.host), 8.0)
    with pytest.raises(SourceError, match="No such container"):
        await tail.read("f" * 64, None, None, 10)
    await tail.close()


async def test_a_proxy_that_lets_no_logs_through(tmp_path: Path) -> None:
    with fake_engine(tmp_path) as fake:
        fake.answers["/json"] = lambda h: h.give({"Config": {"Tty": False}})
        fake.answers["/logs"] = lambda h: h.give_bytes(b"<html>forbidden", 403)
        tail = DockerTail(DockerSettings(host=fake.host), 5.0)
        with pytest.raises(SourceError, match="refuses the request") as refused:
            await tail.read("c" * 64, None, None, 10)
        assert "allow GET in its proxy" in refused.value.remedy
        await tail.close()

"""Who has acme.json mounted, and whether Traefik's container comes back when it is started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from specter_tui.core.actions.ports import ContainerFacts
from specter_tui.core.errors import SourceError
from specter_tui.core.model import ContainerHealth
from specter_tui.core.renewing.work import Holder, TraefikFacts
from specter_tui.core.settings import DockerSettings
from specter_tui.sources.docker_mounts import DockerMounts
from specter_tui.sources.order_log import OrderLogs
from tests.builders import NOW
from tests.fake_engine import Handler, fake_engine

FILE = "/opt/traefik/acme/acme.json"


class Control:
    """`ContainerControl`, of which one call is used."""

    async def look(self, container_id: str) -> ContainerFacts:
        return ContainerFacts(container_id, "traefik", "running", ContainerHealth.NONE, "")

    async def restart(self, container_id: str) -> None:
        raise AssertionError(container_id)

    start = stop = restart


async def look(folder: Path, listed: object, own: object = None) -> TraefikFacts:
    inspected = {"Config": {"User": "1000:1000", "Labels": {}}, "HostConfig": {"AutoRemove": False}}
    with fake_engine(folder) as engine:
        engine.answers["/containers/json"] = lambda handler: handler.give(listed)
        engine.answers["/abc/json"] = lambda handler: handler.give(inspected if own is None else own)
        return await DockerMounts(DockerSettings(host=engine.host), Control()).look("abc", FILE)


def container(*mounts: Any, name: str = "traefik") -> dict[str, Any]:
    return {"Id": f"{name}-id", "Names": [f"/{name}"], "State": "running", "Mounts": list(mounts)}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (FILE, True),
        ("/opt/traefik/acme", True),
        ("/opt", False),
        ("/", False),
    ],
)
async def test_a_mount_over_the_file(tmp_path: Path, source: str, *, found: bool) -> None:
    facts = await look(tmp_path, [container({"Source": source, "RW": True})])
    assert facts.holders == (Holder("traefik-id", "traefik", "running", source, writes=True, direct=found),)
    assert facts.user == 1000


@pytest.mark.parametrize("source", ["/opt/traefik/acme2", "/opt/traefik/acme/other.json", "", "acme", None, 3])
async def test_other_mounts_are_none(tmp_path: Path, source: object) -> None:
    assert (await look(tmp_path, [container({"Source": source}, "odd", None), {"Id": "x"}])).holders == ()


async def test_one_that_is_mounted_read_only(tmp_path: Path) -> None:
    (one,) = (await look(tmp_path, [container({"Source": FILE, "RW": False})])).holders
    assert not one.writes


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"HostConfig": {"AutoRemove": True}}, (0, True, False)),
        ({"Config": {"User": "traefik", "Labels": {"com.docker.swarm.task.id": "x"}}}, (0, False, True)),
        ({"Config": None, "HostConfig": []}, (0, False, False)),
    ],
)
async def test_how_it_comes_back(tmp_path: Path, own: object, expected: tuple[int, bool, bool]) -> None:
    facts = await look(tmp_path, [], own)
    assert (facts.user, facts.removed_when_stopped, facts.swarm) == expected


@pytest.mark.parametrize(("listed", "own"), [({"a": 1}, None), (["odd"], None), ([], ["odd"])])
async def test_an_odd_answer_is_no_answer(tmp_path: Path, listed: object, own: object) -> None:
    with pytest.raises(SourceError):
        await look(tmp_path, listed, own)


async def test_an_odd_log_is_unread(tmp_path: Path) -> None:
    def odd(handler: Handler) -> None:
        handler.give_bytes(b"\x09\x00\x00\x01" + b"x" * 40)

    with fake_engine(tmp_path) as engine:
        engine.answers["/abc/json"] = lambda handler: handler.give({"Config": {"Tty": False}})
        engine.answers["/abc/logs"] = odd
        told = await OrderLogs("", DockerSettings(host=engine.host)).read("abc", NOW)
    assert "the log of Traefik's container can't be read: what came is no log stream" in told.unread


async def test_a_log_tells_how_far_it_reaches(tmp_path: Path) -> None:
    """By the engine's own times: the first line is of an access log."""
    access = b"2026-10-01T00:00:00.000000001Z 10.0.0.1 - - GET /\n"
    own = b"2026-11-22T15:00:00.000000001Z 2026-11-22T15:00:00Z INF Testing certificate renew...\n"
    framed = b"".join(b"\x01\x00\x00\x00" + len(line).to_bytes(4, "big") + line for line in (access, own))
    with fake_engine(tmp_path) as engine:
        engine.answers["/abc/json"] = lambda handler: handler.give({"Config": {"Tty": False}})
        engine.answers["/abc/logs"] = lambda handler: handler.give_bytes(framed)
        told = await OrderLogs("", DockerSettings(host=engine.host)).read("abc", NOW)
    assert told.begins is not None
    assert (told.begins.month, told.unread, [one.level for one in told.entries]) == (10, "", ["info"])

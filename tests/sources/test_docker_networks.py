"""Which networks put containers on the LAN: as a real engine tells it, and as an odd one does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker.errors import APIError

from specter_tui.core.settings import DockerSettings
from specter_tui.sources.docker_engine import DockerEngine
from specter_tui.sources.docker_networks import LanNetworks
from tests.fake_engine import FakeEngine, fake_engine

LAN = {"Name": "lan", "Driver": "macvlan"}


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeEngine]:
    with fake_engine(tmp_path) as engine:
        yield engine


def container(*networks: str) -> dict[str, Any]:
    return {
        "Id": "a" * 64,
        "Names": ["/app"],
        "Image": "x",
        "State": "running",
        "Status": "Up",
        "Created": 1,
        "NetworkSettings": {"Networks": {name: {"NetworkID": f"id-{name}", "IPAddress": ""} for name in networks}},
    }


async def test_they_are_asked_for_when_containers_are_on_other_networks_than_before(fake: FakeEngine) -> None:
    listing = [container("lan")]
    fake.answers["/containers/json"] = lambda h: h.give(listing)
    fake.answers["/networks"] = lambda h: h.give(
        [LAN, {"Name": "b", "Driver": "bridge"}, {"Name": "v", "Driver": "ipvlan"}]
    )
    source = DockerEngine(DockerSettings(host=fake.host), 5.0, environment={})
    read = await source.read()
    assert read.lan_networks == ("lan", "v")
    assert await source.read() is read
    assert sum(path.endswith("/networks") for path in fake.asked) == 1
    listing[0] = container("lan", "other")
    await source.read()
    assert sum(path.endswith("/networks") for path in fake.asked) == 2
    await source.close()


async def test_a_proxy_that_does_not_tell_costs_nothing_else(fake: FakeEngine) -> None:
    fake.answers["/containers/json"] = lambda h: h.give([container("lan")])
    fake.answers["/networks"] = lambda h: h.give({"message": "forbidden"}, 403)
    source = DockerEngine(DockerSettings(host=fake.host), 5.0, environment={})
    read = await source.read()
    assert ([one.name for one in read.containers], read.lan_networks) == (["app"], ())
    await source.close()


class Client:
    """An engine that answers with anything."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def networks(self, **_: object) -> object:
        if isinstance(self.answer, APIError):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    "listing",
    [None, {}, [None], [{"NetworkSettings": None}], [{"NetworkSettings": {"Networks": [1]}}], json.loads("[[]]")],
)
@pytest.mark.parametrize(
    "answer", [None, {}, "x", [None, 5, {"Driver": ["macvlan"]}, {"Driver": "macvlan", "Name": 5}]]
)
def test_odd_answers_name_no_network(listing: object, answer: object) -> None:
    assert LanNetworks().of(Client(answer), listing) == ()  # type: ignore[arg-type]  # stands for the SDK's client

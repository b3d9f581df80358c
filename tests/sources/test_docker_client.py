"""One client of the engine that several threads use at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from specter_tui.core.errors import SourceError
from specter_tui.core.settings import DockerSettings
from specter_tui.sources import docker_client
from specter_tui.sources.docker_client import EngineClient
from specter_tui.sources.docker_host import EngineAddress


class Client:
    api_version = "1.47"

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1

    def info(self) -> dict[str, str]:
        return {"Name": "host"}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Client]:
    clients: list[Client] = []

    def connect(_address: EngineAddress, _deadline: float) -> tuple[Client, dict[str, str]]:
        clients.append(Client())
        return clients[-1], {"Version": "28"}

    monkeypatch.setattr(docker_client, "connect", connect)
    return clients


@pytest.fixture
def engine() -> EngineClient:
    return EngineClient(DockerSettings(host="tcp://127.0.0.1:1"), 1.0, environment={})


def fail(_client: object) -> None:
    raise OSError("gone")


def test_a_failed_call_leaves_the_client_to_those_who_still_use_it(engine: EngineClient, made: list[Client]) -> None:
    def while_another_fails(_client: object) -> None:
        with pytest.raises(SourceError):
            engine.asked(fail)
        engine.asked(lambda _: None)
        assert [one.closed for one in made] == [0, 0]

    engine.asked(while_another_fails)
    assert (made[0].closed > 0, made[1].closed) == (True, 0)
    engine.close()
    assert made[1].closed > 0


def test_a_call_connects_once_for_all(engine: EngineClient, made: list[Client]) -> None:
    engine.asked(lambda _: engine.asked(lambda _: None))
    engine.asked(lambda _: None)
    assert [one.closed for one in made] == [0]


def test_two_that_connect_at_once_leave_one_client(
    engine: EngineClient, made: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = vars(docker_client)["connect"]

    def slow(address: EngineAddress, deadline: float) -> object:
        monkeypatch.setattr(docker_client, "connect", plain)
        engine.asked(lambda _: None)
        return plain(address, deadline)

    monkeypatch.setattr(docker_client, "connect", slow)
    engine.asked(lambda _: None)
    assert [one.closed > 0 for one in made] == [True, False]


def test_an_engine_that_can_no_longer_be_found_is_let_go(made: list[Client], tmp_path: Path) -> None:
    socket = tmp_path / "docker.sock"
    socket.touch()
    engine = EngineClient(DockerSettings(), 1.0, environment={}, default_socket=socket)
    engine.asked(lambda _: None)
    socket.unlink()
    with pytest.raises(SourceError):
        engine.asked(lambda _: None)
    assert [one.closed > 0 for one in made] == [True]

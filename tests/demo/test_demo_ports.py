"""Ports that are free when they are looked for, and somebody else's a moment later."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from specter_tui.demo.folder import DemoError
from specter_tui.demo.ports import free_ports, on_free_ports

DOCKERS = "docker compose could not bring the demo up (Bind for 127.0.0.1:8080 failed: port is already allocated)"


def test_a_taken_port_is_replaced() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wanted = int(taken.getsockname()[1])
        ports = free_ports(wanted, 0, 0, 0)
    assert len(set(ports)) == 4
    assert wanted not in ports


class Starter:
    """Fails with each of the errors, then starts; remembers the ports that it was given."""

    def __init__(self, *errors: DemoError) -> None:
        self.errors = list(errors)
        self.given: list[tuple[int, ...]] = []
        self.ended = False

    @contextlib.asynccontextmanager
    async def __call__(self, ports: tuple[int, ...]) -> AsyncIterator[tuple[int, ...]]:
        self.given.append(ports)
        if self.errors:
            raise self.errors.pop(0)
        yield ports
        self.ended = True


@pytest.mark.parametrize(
    "error", [DemoError("traefik does not run", "its log ends: bind: address already in use"), DemoError(DOCKERS)]
)
async def test_a_port_that_was_taken_meanwhile_is_replaced(error: DemoError) -> None:
    start = Starter(error)
    wanted = free_ports(0, 0)
    async with on_free_ports(start, *wanted) as ports:
        assert start.given == [wanted, ports]
        assert not set(ports) & set(wanted)
    assert start.ended


async def test_any_other_error_is_told_at_once() -> None:
    start = Starter(DemoError("no such image"))
    with pytest.raises(DemoError, match="no such image"):
        async with on_free_ports(start, 0):
            pass
    assert len(start.given) == 1


async def test_it_does_not_try_for_ever() -> None:
    start = Starter(*(DemoError(DOCKERS) for _ in range(9)))
    with pytest.raises(DemoError, match="already allocated"):
        async with on_free_ports(start, 0):
            pass
    assert len(start.given) == 3

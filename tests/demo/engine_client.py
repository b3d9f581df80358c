"""An aiohttp client of a local engine in the same loop, and the engine with containers made from shell scripts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from specter_tui.demo.engine import ContainerSpec, LocalEngine

PATIENCE = 20.0


def scripted(name: str, script: str, **more: Any) -> ContainerSpec:
    """A container that runs a shell script."""
    return ContainerSpec(name=name, image=f"{name}:1", command=("sh", "-c", script), **more)


@asynccontextmanager
async def asked(*specs: ContainerSpec, folder: Path) -> AsyncIterator[tuple[LocalEngine, aiohttp.ClientSession]]:
    """The engine, and a session whose URLs begin with http://engine/."""
    sock = folder / "e" / "d.sock"
    async with (
        LocalEngine(specs, sock) as engine,
        aiohttp.ClientSession("http://engine/", connector=aiohttp.UnixConnector(str(sock))) as session,
    ):
        yield engine, session


async def until(condition: Callable[[], object]) -> None:
    """Waits for a condition."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  a state has no event
            await asyncio.sleep(0.01)

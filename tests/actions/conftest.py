"""One engine and one Traefik for this folder's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.actions.world import World, running_world
from tests.live_engine import running_engine


@pytest.fixture(scope="package")
def acting_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_engine() as engine, running_world(engine, tmp_path_factory.mktemp("acting")) as running:
        yield running


@pytest.fixture
def world(acting_world: World) -> Iterator[World]:
    """Without containers, with an empty journal."""
    yield acting_world
    acting_world.clear()
    if acting_world.state.exists():
        acting_world.state.rename(acting_world.folder / f"state-{len(list(acting_world.folder.iterdir()))}")

"""Fixtures of the live suite: one engine, and the whole stack once for each Traefik version that is asked for.

They end with this folder's tests, since tests elsewhere use the same engine and expect nobody else's containers in it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from docker.models.containers import Container

from tests.live.harness import Stack, running_stack
from tests.live.images import traefik_versions
from tests.live_engine import Engine, running_engine


@pytest.fixture(scope="package")
def engine() -> Iterator[Engine]:
    """A real Docker Engine."""
    with running_engine() as running:
        yield running


@pytest.fixture(scope="package", params=traefik_versions())
def stack(request: pytest.FixtureRequest, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack, up and healthy, without a verify service."""
    with running_stack(engine, tmp_path_factory.mktemp("stack"), request.param) as running:
        yield running


@pytest.fixture
def verify(stack: Stack) -> Iterator[Container]:
    """The answerer in the verify service's place, for one test."""
    with stack.verify() as container:
        yield container

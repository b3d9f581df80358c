"""Fixtures of the live suite: one engine, and the whole stack once for each Traefik version that is asked for.

They end with this folder's tests, since tests elsewhere use the same engine and expect nobody else's containers in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from docker.models.containers import Container

from tests.live.dashboard import Dashboard, running_dashboard
from tests.live.harness import DOMAIN, Stack, running_stack
from tests.live.images import traefik_binary, traefik_versions
from tests.live.told import Told, write_config
from tests.live.verify_site import VerifySite, running_site
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


@pytest.fixture(scope="module")
def verified(stack: Stack) -> Iterator[Container]:
    """The answerer for a module: without one, Traefik answers 500 on every protected host, and that is told."""
    with stack.verify() as container:
        yield container


@pytest.fixture
def told(stack: Stack, verified: Container, tmp_path: Path) -> Told:
    """The command line over the stack and a verify service."""
    return Told(write_config(stack, tmp_path / "config.toml"))


@pytest.fixture
def dashboard(told: Told) -> Iterator[Dashboard]:
    """The dashboard over the same, in a wide terminal, on Routes, once nothing is wrong."""
    with running_dashboard(told.config) as running:
        running.view("2", "Routes")
        running.wait_for_row("●", f"whoami.{DOMAIN}", "2/2")
        yield running


@pytest.fixture(scope="package", params=traefik_versions())
def verified_site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VerifySite]:
    """Traefik, the real verify service and an emulated Descope as processes, without an engine."""
    with running_site(tmp_path_factory.mktemp("site"), binary=str(traefik_binary(request.param))) as running:
        yield running


@pytest.fixture
def site(verified_site: VerifySite) -> Iterator[VerifySite]:
    """The same, for one test that may stop parts and change settings."""
    yield verified_site
    verified_site.recover()

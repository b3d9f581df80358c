"""Fixtures of the live suite: one engine, and the whole stack once for each Traefik version that is asked for.

They end with this folder's tests, since tests elsewhere use the same engine and expect nobody else's containers in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from docker.models.containers import Container

from tests.live.dashboard import Dashboard, running_dashboard
from tests.live.deploying import Deploying, deploying_over
from tests.live.harness import DOMAIN, Stack, running_stack
from tests.live.images import traefik_binary, traefik_versions
from tests.live.python_image import base_image, verify_image, wheels
from tests.live.told import Told, write_config
from tests.live.verify_container import running_containers
from tests.live.verify_process import running_processes
from tests.live.verify_site import Form, VerifySite
from tests.live_engine import Engine, running_engine
from tests.real import WHOLE_MATRIX


@pytest.fixture(scope="package")
def engine() -> Iterator[Engine]:
    """A real Docker Engine."""
    with running_engine() as running:
        yield running


@pytest.fixture(scope="package", params=traefik_versions())
def version(request: pytest.FixtureRequest) -> str:
    """Which Traefik the tests run with."""
    return str(request.param)


@pytest.fixture(scope="package")
def stack(version: str, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack, up and healthy, without a verify service."""
    with running_stack(engine, tmp_path_factory.mktemp("stack"), version) as running:
        yield running


@pytest.fixture(scope="package")
def image(engine: Engine) -> str:
    """The verify service's image, built as its Dockerfile says."""
    return verify_image(engine)


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


@pytest.fixture(scope="package")
def wheel_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the verify service's image is built of."""
    folder = tmp_path_factory.mktemp("wheels")
    wheels(folder)
    return folder


@pytest.fixture
def deploying(stack: Stack, wheel_folder: Path, tmp_path: Path) -> Iterator[Deploying]:
    """What is there before the first `deploy verify`; what one test deploys is gone with it."""
    base_image(stack.engine)
    with deploying_over(stack, tmp_path, wheel_folder) as running:
        yield running


@pytest.fixture
def dashboard(told: Told) -> Iterator[Dashboard]:
    """The dashboard over the same, in a wide terminal, on Routes, once nothing is wrong."""
    with running_dashboard(told.config) as running:
        running.view("2", "Routes")
        running.wait_for_row("●", f"whoami.{DOMAIN}", "2/2")
        yield running


@pytest.fixture(scope="module")
def verified_site(
    request: pytest.FixtureRequest, form: Form, version: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VerifySite]:
    """Traefik, the real verify service and an emulated Descope; an engine is asked for only where containers are."""
    if form is Form.CONTAINERS:
        stack, image = request.getfixturevalue("stack"), request.getfixturevalue("image")
        with running_containers(stack, image) as running:
            yield running
    else:
        with running_processes(tmp_path_factory.mktemp("site"), binary=str(traefik_binary(version))) as running:
            yield running


@pytest.fixture
def site(verified_site: VerifySite) -> Iterator[VerifySite]:
    """The same, for one test that may stop parts and change settings."""
    yield verified_site
    verified_site.recover()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test of a protected site runs in both forms; in containers only a few where time is short."""
    if "form" in metafunc.fixturenames:
        both = bool(WHOLE_MATRIX or metafunc.definition.get_closest_marker("in_containers"))
        metafunc.parametrize("form", list(Form) if both else [Form.PROCESSES], ids=str, scope="module")

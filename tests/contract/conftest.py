"""The engines that the same tests are run against."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.subject import Subject, local_subject, real_subject
from tests.live_engine import running_engine


@pytest.fixture(scope="package")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    """The local engine."""
    with local_subject(tmp_path_factory.mktemp("engine")) as running:
        yield running


@pytest.fixture(scope="package")
def real() -> Iterator[Subject]:
    """A real engine."""
    with running_engine() as engine, real_subject(engine) as running:
        yield running


@pytest.fixture(params=["local", pytest.param("real", marks=pytest.mark.live)])
def subject(request: pytest.FixtureRequest) -> Subject:
    """Each engine, with everything running and healthy."""
    found: Subject = request.getfixturevalue(request.param)
    found.reset()
    return found

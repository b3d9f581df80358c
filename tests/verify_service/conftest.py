"""Fixtures: one emulator and one service for all tests of a module, since a start costs more than most tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from specter_tui.demo.descope import PEOPLE, DescopeEmulator
from tests.verify_service.service import Browser, Service, running, settings_for


@pytest.fixture(autouse=True, scope="module")
def _no_settings_of_ours() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DESCOPE_BASE_URI", "DESCOPE_PROJECT_ID", "DESCOPE_PUBLIC_KEY"):
            patch.delenv(name, raising=False)
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def _emulator() -> AsyncIterator[DescopeEmulator]:
    async with DescopeEmulator() as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def _service(_emulator: DescopeEmulator) -> AsyncIterator[Service]:
    async with running(settings_for(_emulator)) as one:
        yield one


@pytest.fixture
def emulator(_emulator: DescopeEmulator) -> Iterator[DescopeEmulator]:
    """The emulator; what a test changes of it is as before afterwards."""
    yield _emulator
    _emulator.faults.clear()
    project = _emulator.project
    project.rotate_refresh = project.tokens_in_cookies = False
    project.people = {person.id: person for person in PEOPLE}
    project.issuer = project.id


@pytest.fixture
def service(_service: Service) -> Service:
    """The service, with an empty log."""
    _service.log.seek(0)
    _service.log.truncate(0)
    return _service


@pytest.fixture
def browser(service: Service) -> Browser:
    """A browser that holds no cookie yet."""
    return Browser(service)

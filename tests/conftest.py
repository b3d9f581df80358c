"""What every test stands on: no deadline for generated examples, and nothing of the developer's own machine."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes, or its making, says nothing on a shared machine.
settings.register_profile("specter", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("specter")

# A shell lets what it starts in the background ignore SIGINT, and every program that a test starts would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

_FOREIGN = ("SPECTER_", "CLOUDFLARE_", "CF_", "DOCKER_HOST", "DOCKER_CONTEXT", "NO_COLOR", "XDG_")


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hides the settings of whoever runs the tests; those that steer the tests themselves stay."""
    for name in list(os.environ):
        if name.startswith(_FOREIGN) and not name.startswith(("SPECTER_TEST_", "SPECTER_REQUIRE_", "SPECTER_LIVE_")):
            monkeypatch.delenv(name)

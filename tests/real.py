"""Real parts that a test needs: missing ones skip it, or fail it where everything has to be there."""

from __future__ import annotations

import os
from typing import Final

import pytest

WHOLE_MATRIX: Final = os.environ.get("SPECTER_LIVE_ALL") == "1"
takes_long = pytest.mark.skipif(not WHOLE_MATRIX, reason="takes long: runs with SPECTER_LIVE_ALL=1")


def require(name: str, *, found: bool) -> None:
    """Skips the running test when `name` was not found; with SPECTER_REQUIRE_REAL=1 it fails instead."""
    if found:
        return
    if os.environ.get("SPECTER_REQUIRE_REAL") == "1":
        pytest.fail(f"{name} is missing, and SPECTER_REQUIRE_REAL=1 asks for every real part")
    pytest.skip(f"{name} is not installed here")

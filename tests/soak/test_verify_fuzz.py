"""The verify service fuzzed for SPECTER_SOAK_SECONDS each: bytes on a socket, and every parser guided by coverage.

atheris is in the dependency group `fuzz` and in no lock file: install it with pip where it is wanted.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.verify_service.fuzz_targets import TARGETS
from tests.verify_service.test_raw_bytes import bend, fuzzed, known_to, unremarkable

_SECONDS = int(os.environ.get("SPECTER_SOAK_SECONDS", "120"))
_ROUND = 20_000  # requests with one seed
ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.soak, pytest.mark.timeout(_SECONDS + 600)]


async def test_no_bytes_on_a_socket_name_somebody_else_for_long(unused_tcp_port_factory: Any) -> None:
    sent = named = 0
    async with fuzzed(unused_tcp_port_factory) as running:
        for left in range(_SECONDS, 0, -60):  # then the token expires soon, and bent requests have signed people out
            anew = running._replace(known=known_to(running.emulator))
            done, passed = await bend(anew, secrets.randbits(64), _ROUND, min(left, 60))
            sent, named = sent + done, named + passed
        unremarkable(running)
    print(f"{sent} bent requests, {named} answers that name somebody")  # noqa: T201  for `make soak`
    assert named


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed: pip install atheris")
@pytest.mark.parametrize("name", TARGETS)
def test_whatever_comes_is_read_or_refused_for_long(name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.atheris_target", name, str(_SECONDS), str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    figures = dict(re.findall(r"stat::(\w+):\s+(\d+)", done.stderr))
    print(f"{name}: {figures['number_of_executed_units']} executions")  # noqa: T201  for `make soak`

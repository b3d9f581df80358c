"""Runs programs and measures them whole: with their interpreter, their imports and their end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from tests.bench.figure import Cost

PYTHON = sys.executable


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """One run with its output thrown away; a program that fails breaks the benchmark."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=clean_environment() | dict(environment or {}))
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command))
    return Cost(wall, used.ru_utime + used.ru_stime)


def output_of(*command: str) -> str:
    """What a program writes."""
    return subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=True).stdout


def clean_environment() -> dict[str, str]:
    """This process's environment without what would configure the measured programs."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("SPECTER_", "DOCKER_", "CLOUDFLARE_"))
    }

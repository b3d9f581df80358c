"""How quick this machine is right now: figures in seconds mean little without it."""

from __future__ import annotations

import os
import platform
import time
from statistics import median

from tests.bench.figure import Cost

_ROUNDS = 5


def calibrate() -> Cost:
    """The median of some runs of a fixed loop of the interpreter, in seconds."""
    costs = [_loop() for _ in range(_ROUNDS)]
    return Cost(median(one.wall for one in costs), median(one.cpu for one in costs))


def describe() -> str:
    """One line about the machine."""
    took = calibrate()
    return (
        f"python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        f"calibration loop {took.wall * 1000:.0f} ms, {took.cpu * 1000:.0f} ms of processor time"
    )


def _loop() -> Cost:
    started, used = time.perf_counter(), time.process_time()
    found: dict[str, int] = {}
    for number in range(100_000):
        key = f"app{number % 997}"
        found[key] = found.get(key, 0) + (number * number) % 7
    assert len(found) == 997
    return Cost(time.perf_counter() - started, time.process_time() - used)

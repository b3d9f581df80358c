"""Decoding Traefik's answer and joining its 5,000 routes, in a process that does nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from statistics import median
from typing import Any

from tests.bench.figure import Cost, Figure, middle, spread
from tests.bench.machine import calibrate
from tests.bench.process import PYTHON, output_of

RUNS = 5
ROUTES, CONTAINERS = 5000, 500
COMMAND = (PYTHON, "-m", "tests.bench.parsing_process", str(ROUTES), str(CONTAINERS))


def figures() -> Iterator[Figure]:
    """Milliseconds, cold and warm; between the runs the machine is calibrated."""
    runs: list[dict[str, Any]] = []
    machine: list[Cost] = []
    for _ in range(RUNS):
        machine.append(calibrate())
        runs.append(json.loads(output_of(*COMMAND)))
    loop = median(one.cpu for one in machine)
    for state, what in (("cold", "first time"), ("warm", "one router changed")):
        steps = {step: [Cost(*run[state][step]) for run in runs] for step in ("decode", "join")}
        both = [Cost(a.wall + b.wall, a.cpu + b.cpu) for a, b in zip(steps["decode"], steps["join"], strict=True)]
        took = middle(both)
        note = (
            f"processor time {took.cpu * 1000:.0f} ms = {took.cpu / loop:.1f} calibration loops: "
            f"decode {middle(steps['decode']).cpu * 1000:.0f}, join {middle(steps['join']).cpu * 1000:.0f}; "
            f"{spread([one.wall * 1000 for one in both], 'ms')}"
        )
        yield Figure(f"decode and join 5,000 routes, {what}", took.wall * 1000, "ms", 150, note)

"""A container that writes 20,000 lines a second, and one that writes as much as is read: the loop, the memory."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.figure import Figure, spread
from tests.bench.process import PYTHON, clean_environment, output_of

RUNS = 3
SECONDS = 10
STALL = 100  # ms
GROWTH = 4  # MiB
KINDS: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("20,000 lines a second", 21_000, ()),
    ("lines as fast as they are taken", 2_000_000, ()),
    ("20,000 lines a second, on the screen", 21_000, ("app",)),
)


def figures() -> Iterator[Figure]:
    """The medians over the runs, after the ring was filled once."""
    for name, rate, more in KINDS:
        with flood(rate) as host:
            command = (PYTHON, "-m", "tests.bench.logs_process", host, str(SECONDS), *more)
            runs: list[dict[str, Any]] = [json.loads(output_of(*command)) for _ in range(RUNS)]
        note = (
            f"{median(run['rate'] for run in runs):,.0f} lines/s taken with {median(run['cpu'] for run in runs):.0f} % "
            f"of a core; without waiting for a core {spread([run['own'] for run in runs], 'ms')}"
        )
        yield Figure(f"event loop: {name}", median(run["longest"] for run in runs), "ms", STALL, note)
        grown = [run["grown"] for run in runs]
        note = f"{SECONDS} s, from {median(run['before'] for run in runs):.1f} MiB; {spread(grown, 'MiB')}"
        yield Figure(f"memory gained: {name}", median(grown), "MiB", GROWTH, note)


@contextmanager
def flood(rate: int) -> Iterator[str]:
    """The address of an engine whose container writes so many lines a second."""
    with TemporaryDirectory(prefix="spf-") as folder:
        process = subprocess.Popen(
            [PYTHON, "-m", "tests.bench.log_flood", folder, str(rate)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=clean_environment(),
        )
        with process:
            assert process.stdout is not None
            process.stdout.readline()
            yield f"unix://{folder}/docker.sock"
            process.communicate()

"""A container that writes 20,000 lines a second, and one that writes as much as is read: the loop, the memory."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.figure import Figure
from tests.bench.process import PYTHON, clean_environment, output_of

SECONDS = 30
STALL = 100  # ms
GROWTH = 4  # MiB
KINDS: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("20,000 lines a second", 21_000, ()),
    ("lines as fast as they are taken", 2_000_000, ()),
    ("20,000 lines a second, on the screen", 21_000, ("app",)),
)


def figures() -> Iterator[Figure]:
    """Each kind once, after the ring was filled once."""
    for name, rate, more in KINDS:
        with flood(rate) as host:
            command = (PYTHON, "-m", "tests.bench.logs_process", host, str(SECONDS), *more)
            run: dict[str, Any] = json.loads(output_of(*command))
        note = f"{run['rate']:,.0f} lines/s taken with {run['cpu']:.0f} % of a core; {run['own']:.1f} ms of its own"
        yield Figure(f"event loop: {name}", run["longest"], "ms", STALL, note)
        yield Figure(f"memory gained: {name}", run["grown"], "MiB", GROWTH, f"from {run['before']:.1f} MiB")


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

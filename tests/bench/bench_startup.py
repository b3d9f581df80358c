"""What it costs to start: `--help` against an interpreter that imports what a command line needs at least."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

from tests.bench.figure import Figure

RUNS = 20
FLOOR = (sys.executable, "-c", "import argparse, json, asyncio")
HELP = (sys.executable, "-m", "specter_tui", "--help")
SHOW = (sys.executable, "-m", "specter_tui", "config", "show")


def figures() -> Iterator[Figure]:
    """The best of many alternating runs of each, so that what else the machine does hits both."""
    best = dict.fromkeys((FLOOR, HELP, SHOW), float("inf"))
    for _ in range(RUNS):
        for command in best:
            best[command] = min(best[command], _seconds(command))
    yield Figure("specter-tui --help over python with argparse, json and asyncio", best[HELP] / best[FLOOR], 1.6)
    yield Figure("specter-tui config show over the same", best[SHOW] / best[FLOOR], 1.6)


def _seconds(command: tuple[str, ...]) -> float:
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start

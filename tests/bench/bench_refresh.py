"""How long one refresh of 1,000 routers and 500 containers keeps the event loop from coming round."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from statistics import median
from typing import Any

from tests.bench.figure import Figure
from tests.bench.process import PYTHON, clean_environment
from tests.bench.stand_in import StandIn, stand_in

RUNS = 4
TURNS = 3
BUDGET = 30  # ms
NAMES = {
    "cold": "first refresh",
    "changed": "refresh, one router and one container changed",
    "same": "refresh, nothing changed",
}


def figures() -> Iterator[Figure]:
    """Milliseconds: the median over all runs of the longest standstill in each."""
    found: defaultdict[str, list[dict[str, float]]] = defaultdict(list)
    with stand_in(1000, 500) as stack:
        for _ in range(RUNS):
            _run(stack, [], found)
            _run(stack, ["app"], found)
    idle = found.pop("idle") + found.pop("app idle")
    yield Figure("event loop: idle, for comparison", *_longest(idle))
    for prefix, where in (("", "collector"), ("app ", "collector and dashboard")):
        for kind, what in NAMES.items():
            value, unit, _, note = _longest(found[prefix + kind])
            yield Figure(f"event loop: {where}, {what}", value, unit, BUDGET, note)


def _longest(watches: list[dict[str, float]]) -> tuple[float, str, None, str]:
    longest = [one["longest"] for one in watches]
    own = [one["own"] for one in watches]
    note = (
        f"{min(longest):.0f} to {max(longest):.0f} in {len(longest)} runs; "
        f"without waiting for a core {median(own):.1f}, {min(own):.0f} to {max(own):.0f}"
    )
    return median(longest), "ms", None, note


def _run(stack: StandIn, arguments: list[str], found: defaultdict[str, list[dict[str, float]]]) -> None:
    process = subprocess.Popen(
        [PYTHON, "-m", "tests.bench.refresh_process", str(stack.config), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=clean_environment() | {"TERM": "xterm-256color"},
        text=True,
    )
    prefix = " ".join([*arguments, ""]) if arguments else ""
    with process:
        found[f"{prefix}idle"].append(_ask(process, "idle"))
        found[f"{prefix}cold"].append(_ask(process, "refresh"))
        for _ in range(TURNS):
            found[f"{prefix}same"].append(_ask(process, "refresh"))
            stack.tell("change")
            found[f"{prefix}changed"].append(_ask(process, "refresh"))


def _ask(process: subprocess.Popen[str], command: str) -> Any:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{command}\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())

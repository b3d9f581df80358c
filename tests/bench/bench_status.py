"""`specter-tui status --json` over an API with a thousand routes, as a whole process."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.figure import Figure, middle, spread
from tests.bench.process import PYTHON, run
from tests.bench.stand_in import stand_in

RUNS = 5
COMMAND = (PYTHON, "-m", "specter_tui", "status", "--json")


def figures() -> Iterator[Figure]:
    """Seconds: what a person waits."""
    with stand_in(1000, 500) as stack:
        costs = [run(COMMAND, stack.environment) for _ in range(RUNS)]
    took = middle(costs)
    note = f"processor time {took.cpu:.2f} s; {spread([one.wall for one in costs], 's')}"
    yield Figure("status --json: 1,000 routes, 500 containers", took.wall, "s", 2, note)

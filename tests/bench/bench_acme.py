"""Reading an acme.json with 2,000 certificates, and how long the event loop stands still meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from statistics import median
from typing import Any

from tests.bench.figure import Figure, spread
from tests.bench.process import PYTHON, output_of

RUNS = 3
CERTIFICATES = 2000
COMMAND = (PYTHON, "-m", "tests.bench.acme_process", str(CERTIFICATES))


def figures() -> Iterator[Figure]:
    """Seconds for a first read and for one after which a single entry has changed; milliseconds for the loop."""
    runs: list[dict[str, Any]] = [json.loads(output_of(*COMMAND)) for _ in range(RUNS)]
    for state, what, budget in (("cold", "first time", 1.5), ("warm", "one entry changed", None)):
        found = [run[state] for run in runs]
        yield Figure(f"read 2,000 certificates, {what}", median(found), "s", budget, spread(found, "s"))
    still = [run["still"] * 1000 for run in runs]
    yield Figure("longest stand of the event loop meanwhile", median(still), "ms", None, spread(still, "ms"))

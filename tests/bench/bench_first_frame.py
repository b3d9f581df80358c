"""The first painted frame, from the start of the process, against a Textual app with header, table and footer."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.figure import Cost, Figure, middle, ratio
from tests.bench.process import PYTHON
from tests.bench.stand_in import StandIn, stand_in
from tests.bench.terminal import first_frame

RUNS = 9
BARE = (PYTHON, "-m", "tests.bench.bare_app")
WAITING = (PYTHON, "-m", "tests.bench.waiting_dashboard")
WHOLE = (PYTHON, "-m", "specter_tui")
NOTHING_YET = b"nothing read yet"


def figures() -> Iterator[Figure]:
    """Ratios of three programs, started in turn, each killed at its first frame."""
    with stand_in(200, 200) as stack:
        bare, waiting, whole = zip(*(_round(stack) for _ in range(RUNS)), strict=True)
    for name, costs, budget in (
        ("first frame: dashboard without a collector over a bare app", waiting, 1.25),
        ("first frame: the command specter-tui over a bare app", whole, 1.25),
    ):
        over = ratio(costs, bare)
        took = (
            f"{middle(costs).wall * 1000:.0f} ms over {middle(bare).wall * 1000:.0f} ms; processor time {over.cpu:.2f}"
        )
        yield Figure(name, over.wall, "times", budget, took)


def _round(stack: StandIn) -> tuple[Cost, Cost, Cost]:
    return (
        first_frame(BARE, b"BARE-RULE"),
        first_frame(WAITING, NOTHING_YET),
        first_frame(WHOLE, NOTHING_YET, stack.environment),
    )

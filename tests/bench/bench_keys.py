"""From a key to what it paints, through a real terminal, while 5,000 routes are read anew every two seconds."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from tests.bench.bench_dashboard import DASHBOARD
from tests.bench.figure import Figure
from tests.bench.stand_in import StandIn, stand_in
from tests.bench.terminal import Terminal, terminal

ROUTES, CONTAINERS = 5000, 200
KEYS = 300
BUDGET = 50  # ms
CHANGE = 2.0  # seconds between two changes of the world
PAUSE = (0.05, 0.15)  # seconds between two keys
SHOWN = b"app0003"


def figures() -> Iterator[Figure]:
    """The 99th percentile in a table of all routes, and the middle to read it by."""
    with stand_in(ROUTES, CONTAINERS) as stack:
        # 5,000 probes a minute would measure the stand-in, whose TLS they keep busy.
        stack.config.write_text(stack.config.read_text().replace("[probe]\n", "[probe]\nenabled = false\n"))
        yield from _figures(stack)


def _figures(stack: StandIn) -> Iterator[Figure]:
    with terminal(DASHBOARD, stack.environment) as one:
        one.wait_for(b"Routes")
        one.settle(1.0, 10.0)
        one.mark_frames()
        one.press(b"2")
        one.wait_for(SHOWN)
        one.settle(2.0, 15.0)
        pairs = list(_times(one, stack))
    times, own = sorted(took for took, _ in pairs), sorted(took - queued for took, queued in pairs)
    name = f"key to paint: {ROUTES} routes, one changes every {CHANGE:.0f} s"
    place = len(times) * 99 // 100
    note = f"of {len(times)} keys; without waiting for a core {own[place]:.1f}; the longest {times[-1]:.1f} ms"
    yield Figure(f"{name}, median", times[len(times) // 2], "ms", None, f"without waiting {own[len(own) // 2]:.1f}")
    yield Figure(f"{name}, 99th percentile", times[place], "ms", BUDGET, note)


def _times(one: Terminal, stack: StandIn) -> Iterator[tuple[float, float]]:
    """Milliseconds from each key to the last byte of the frame that it makes, and how much of it was waiting.

    The second is other processes' doing: a thread of the dashboard could have run and no core was free.
    """
    chance = random.Random(1)
    changed = time.monotonic()
    for number in range(KEYS):
        if time.monotonic() - changed > CHANGE:
            stack.tell("change")
            changed = time.monotonic()
        one.read(chance.uniform(*PAUSE))
        queued = one.queued()
        took = one.answer(b"j" if number % 40 < 20 else b"k")
        yield took * 1000, min(took, one.queued() - queued) * 1000

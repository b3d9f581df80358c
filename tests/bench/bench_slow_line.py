"""Over a line of 300 ms there and back: how much later than that a key's frame is there, and what it costs the line."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Final

from tests.bench.bench_dashboard import DASHBOARD
from tests.bench.figure import Figure
from tests.bench.stand_in import stand_in
from tests.bench.terminal import Terminal, terminal

ROUTES, CONTAINERS = 200, 100
ONE_WAY: Final = 0.150  # seconds
SMALL: Final = (80, 24)
BUDGET: Final = 50  # ms, as without the line
STEPS: Final = 20
SHOWN: Final = b"app0003"
_KEYS: Final[tuple[tuple[str, tuple[bytes, ...], bytes], ...]] = (  # the last ones lead back, and are not measured
    ("a step of the cursor", (b"j",), b""),
    ("another view", (b"3", b"4", b"2"), b""),
    ("a detail", (b"d",), b"\x1b"),
)


def figures() -> Iterator[Figure]:
    """Each kind of key: the middle and the longest over the line, and the bytes that its frame takes."""
    with stand_in(ROUTES, CONTAINERS) as stack, terminal(DASHBOARD, stack.environment, SMALL, ONE_WAY) as one:
        one.wait_for(b"Routes")
        one.settle(1.0, 10.0)
        one.mark_frames()
        one.press(b"2")
        one.wait_for(SHOWN)
        one.settle(1.0, 10.0)
        for name, keys, back in _KEYS:
            yield from _figures(one, name, keys, back)


def _figures(one: Terminal, name: str, keys: tuple[bytes, ...], back: bytes) -> Iterator[Figure]:
    taken, written = [], []
    for number in range(STEPS):
        one.written = b""
        taken.append((one.answer(keys[number % len(keys)]) - 2 * ONE_WAY) * 1000)
        one.settle(0.5, 5.0)
        written.append(len(one.written))
        one.press(back)
        one.settle(0.5, 5.0)
    where = f"{2 * ONE_WAY * 1000:.0f} ms there and back"
    longest = f"the longest of {STEPS}: {max(taken):.1f} ms"
    yield Figure(f"{where}: {name}, beyond that", median(taken), "ms", BUDGET, longest)
    yield Figure(f"{where}: {name}, written", median(written), "bytes", None, f"at the most {max(written)}")

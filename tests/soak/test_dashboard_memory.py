"""The dashboard over thousands of refreshes, with every view and page visited meanwhile: its memory stays flat."""

from __future__ import annotations

import sys

import pytest

from tests.bench.bench_dashboard import CONTAINERS, DASHBOARD, ROUTES, SHOWN
from tests.bench.stand_in import stand_in
from tests.bench.terminal import Terminal, terminal

REFRESHES = 2_000
WARM_UP = 600  # refreshes after which all that is kept on purpose is kept: rich's widths of 4,096 texts come last
REST = 40  # seconds in which the last proofs come in, their connections are there, and what is garbage goes
GROWTH = 1.03
CHANGES = 10  # refreshes between two changes of a router and a container
# Each view, with steps, the detail as a page, the raw page, related rows, help and a filter, left again by escape.
_WALK = (b"1jj", b"2jjd", b"\x1b", b"jy", b"\x1b", b"u", b"\x1b", b"3jG", b"4jd", b"\x1b", b"5j", b"6", b"7jd", b"\x1b")
_ROUND = (*_WALK, b"8jj", b"?", b"\x1b", b"2/app01\r", b"\x1b", b"]", b"[")
_REFRESH = b"\x12"  # ctrl-r


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_memory_stays_flat_with_every_view_visited() -> None:
    with stand_in(ROUTES, CONTAINERS) as stack, terminal(DASHBOARD, stack.environment) as one:
        one.wait_for(SHOWN)
        one.settle(3.0, 12.0)
        before = 0.0
        for turn in range(WARM_UP + REFRESHES):
            if turn == WARM_UP:
                before = _at_rest(one)
            if turn % CHANGES == 0:
                stack.tell("change")
            one.press(_ROUND[turn % len(_ROUND)])
            one.read(0.1)
            one.press(_REFRESH)
            one.read(0.1)
            one.written = b""
        assert one.process.poll() is None
        after = _at_rest(one)
    sys.stdout.write(f"{before:.1f} MiB before, {after:.1f} MiB after {REFRESHES} refreshes\n")
    assert after <= before * GROWTH


def _at_rest(one: Terminal) -> float:
    """MiB of memory when nothing is under way: the least in the rest, since each refresh leaves garbage for a while."""
    found = []
    for _ in range(REST):
        one.read(1.0)
        found.append(one.memory()["VmRSS"])
    sys.stdout.write(f"at rest {min(found):.1f} to {max(found):.1f} MiB\n")
    return min(found[REST // 2 :])

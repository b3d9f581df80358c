"""The dashboard at work for a minute in a real terminal: its memory, and what it writes when nothing changes."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.bench.as_installed import hidden
from tests.bench.figure import Figure
from tests.bench.process import PYTHON
from tests.bench.stand_in import stand_in
from tests.bench.terminal import Terminal, terminal

ROUTES, CONTAINERS = 200, 100
SECONDS = 60.0  # in which every source is read, and every proof asked for once
TICK = 10  # seconds between two ages, which is what may be written
DASHBOARD = (PYTHON, "-m", "tests.bench.as_installed", hidden())
SHOWN = b".example.org"
ESCAPE = re.compile(rb"\x1b(?:\[[0-9;?:]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


def figures() -> Iterator[Figure]:
    """Two dashboards at once, since neither is timed: one in which all is well, one whose engine fails."""
    with ThreadPoolExecutor(2) as pool:
        steady, stale = pool.submit(_steady), pool.submit(_stale)
        memory, written, used = steady.result()
        bursts = stale.result()
    at_most = f"at the most {memory['VmHWM']:.1f}"
    yield Figure(f"memory: dashboard, {ROUTES} routes, after {SECONDS:.0f} s", memory["VmRSS"], "MiB", 90, at_most)
    yield Figure(f"processor: dashboard, {ROUTES} routes, nothing changed", used * 100 / SECONDS, "%", 1.5, "of a core")
    yield Figure(f"terminal: written in {SECONDS:.0f} s, nothing changed", len(written), "bytes", 0, _shown(written))
    yield Figure(
        f"terminal: times written in {SECONDS:.0f} s, one source stale",
        len(bursts),
        "times",
        SECONDS // TICK,
        _listed(bursts),
    )


def _steady() -> tuple[dict[str, float], bytes, float]:
    """Memory at the end, what was written, and the seconds of processor time it took."""
    with stand_in(ROUTES, CONTAINERS) as stack, terminal(DASHBOARD, stack.environment) as one:
        _until_quiet(one)
        used = one.used()
        written = one.read(SECONDS)
        return one.memory(), written, one.used() - used


def _stale() -> list[bytes]:
    """What is written at a time, once the banner says that the engine fails."""
    with stand_in(ROUTES, CONTAINERS) as stack, terminal(DASHBOARD, stack.environment) as one:
        _until_quiet(one)
        stack.tell("break")
        one.wait_for(b"out of order")
        one.settle(1.0, 5.0)
        bursts, ends = [b""], time.monotonic() + SECONDS
        while (left := ends - time.monotonic()) > 0:
            written = one.read(min(0.25, left))
            if written and bursts[-1]:
                bursts[-1] += written
            elif written or bursts[-1]:
                bursts.append(written)
        return [burst for burst in bursts if burst]


def _until_quiet(one: Terminal) -> None:
    """Until the routes are shown, and then until the first proofs are in."""
    one.wait_for(SHOWN)
    one.settle(3.0, 12.0)


def _shown(written: bytes) -> str:
    text = ESCAPE.sub(b" ", written).decode(errors="replace")
    return " ".join(text.split())[:100]


def _listed(bursts: list[bytes]) -> str:
    """Each one's size, and whether it brought the age or only another time of the next try."""
    return ", ".join(f"{'age' if b' old' in one else 'next try'} {len(one)} bytes" for one in bursts)

"""Twenty thousand log lines a second for half a minute: memory is held to a bound, rate and stalls are told.

`make bench` holds the stalls to their budget, where the load of the machine stands beside the figure.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import aclosing

import pytest
from docker.types import LogConfig

from specter_tui.core.collection import keep_what_there_is
from specter_tui.core.logs import FollowRequest, LogBuffer, LogTarget
from specter_tui.core.settings import DockerSettings
from specter_tui.sources.docker_tools import DockerTools
from tests.bench.bench_logs import flood
from tests.bench.logs_process import resident
from tests.bench.loop_watch import watched
from tests.bench.process import PYTHON, output_of
from tests.live_engine import build_busybox_image, running_engine

IMAGE = "specter-flood:1"
SECONDS = 30.0
RATE = 20_000
_GROWTH = 8 * 2**20  # bytes: less than a tenth of the lines that went through
# A part of the lines at once, then a rest, as long as the shell needs to come out at the rate or a little above.
_FLOOD = (
    "while :; do i=0; while [ $i -lt 1000 ]; do "
    'echo "$i GET /api/v1/things/4711?page=3 200 12ms request of a client that is never tired of asking"; '
    "i=$((i+1)); done; busybox usleep 20000; done"
)


@pytest.mark.soak
@pytest.mark.live
@pytest.mark.timeout(300)
async def test_a_flood_of_lines_stalls_nothing_and_takes_no_memory() -> None:
    with running_engine() as engine:
        build_busybox_image(engine, IMAGE)
        client = engine.client()
        container = client.containers.run(
            IMAGE,
            ["/bin/sh", "-c", _FLOOD],
            detach=True,
            log_config=LogConfig(type="local", config={"max-size": "10m"}),
        )
        tools = DockerTools(DockerSettings(host=engine.host))
        buffer = LogBuffer()
        seen, begun, before = 0, 0.0, 0
        try:
            async with (
                watched() as watch,
                aclosing(tools.follow(FollowRequest((LogTarget(str(container.id), "flood"),)))) as batches,
            ):
                async for batch in batches:
                    buffer.extend(batch.lines)
                    seen += len(batch.lines)
                    if not begun and len(buffer) == 20_000:  # the ring is full by now
                        keep_what_there_is()  # as the dashboard does: pytest's own objects are none of its
                        begun, before, seen = time.monotonic(), resident(), 0
                        watch.late.clear()
                        watch.queued.clear()
                    if begun and time.monotonic() - begun > SECONDS:
                        break
            elapsed = time.monotonic() - begun
        finally:
            await tools.close()
            await asyncio.to_thread(container.remove, force=True)
            client.close()
    grown = resident() - before
    sys.stdout.write(
        f"{seen / elapsed:,.0f} lines/s for {elapsed:.0f} s; longest stall {watch.longest:.1f} ms "
        f"({watch.longest_own:.1f} without waiting for a core); {grown / 2**20:+.1f} MiB from {before / 2**20:.1f}\n"
    )
    assert seen > len(buffer)
    assert grown < _GROWTH


@pytest.mark.soak
@pytest.mark.timeout(300)
def test_the_dashboard_shows_a_flood_and_still_answers() -> None:
    with flood(RATE + RATE // 20) as host:
        found = json.loads(output_of(PYTHON, "-m", "tests.bench.logs_process", host, str(SECONDS), "app"))
    sys.stdout.write(
        f"{found['rate']:,.0f} lines/s on the screen with {found['cpu']:.0f} % of a core; longest stall "
        f"{found['longest']:.1f} ms ({found['own']:.1f} without waiting for a core); {found['grown']:+.1f} MiB\n"
    )
    assert found["rate"] > 0
    assert found["grown"] * 2**20 < _GROWTH

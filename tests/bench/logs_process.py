"""Follows a flood of lines in a fresh interpreter and writes what it did to the loop and to the memory, as JSON.

`python -m tests.bench.logs_process ENGINE SECONDS [app]`: with `app` the dashboard shows the lines, headless at 160x48.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from contextlib import aclosing
from dataclasses import replace
from itertools import cycle
from pathlib import Path

from specter_tui.core.collection import keep_what_there_is
from specter_tui.core.logs import FollowRequest, LogBuffer, LogTarget
from specter_tui.core.settings import DockerSettings
from specter_tui.sources.docker_tools import DockerTools
from tests.bench.log_flood import CONTAINER
from tests.bench.loop_watch import watched


def resident() -> int:
    """This process's resident memory in bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def follow(host: str, seconds: float) -> dict[str, float]:
    """Fills the ring, then measures."""
    tools = DockerTools(DockerSettings(host=host))
    buffer = LogBuffer()
    batches = tools.follow(FollowRequest((LogTarget(CONTAINER, "flood"),)))
    async with aclosing(batches):
        async for batch in batches:
            buffer.extend(batch.lines)
            if buffer.dropped > len(buffer):
                break
        keep_what_there_is()
        before, begun, used, seen = resident(), time.monotonic(), time.process_time(), 0
        async with watched() as watch:
            async for batch in batches:
                buffer.extend(batch.lines)
                seen += len(batch.lines)
                if time.monotonic() - begun > seconds:
                    break
        elapsed = time.monotonic() - begun
        found = {
            "rate": seen / elapsed,
            "cpu": 100 * (time.process_time() - used) / elapsed,
            "longest": watch.longest,
            "own": watch.longest_own,
            "before": before / 2**20,
            "grown": (resident() - before) / 2**20,
        }
    await tools.close()
    return found


async def show(host: str, seconds: float) -> dict[str, float]:
    """The same with the lines on the screen, and a key now and then."""
    from specter_tui.ui.app import SpecterApp
    from specter_tui.ui.keymap import Keymap
    from specter_tui.ui.launch import settle_interpreter
    from specter_tui.ui.options import UiOptions
    from specter_tui.ui.views.logs_view import LogsView
    from tests.builders import a_container, a_snapshot
    from tests.ui.fakes import FakeCollector

    world = a_snapshot(containers=(replace(a_container("flood"), id=CONTAINER),))
    tools = DockerTools(DockerSettings(host=host))
    app = SpecterApp(lambda: FakeCollector(world), UiOptions(keymap=Keymap()), make_tools=lambda: tools)
    settle_interpreter()
    async with app.run_test(size=(160, 48)) as pilot:
        while app.view is None or app.snapshot is None:
            await pilot.pause(0.01)
        await app.open_logs([CONTAINER])
        view = app.view
        assert isinstance(view, LogsView)
        while view._feed.buffer.dropped <= len(view._feed.buffer):
            await pilot.pause(0.1)
        keep_what_there_is()
        before, begun, used, seen = resident(), time.monotonic(), time.process_time(), view._feed.buffer.dropped
        keys = cycle(("t", "k", "G", "w", "pageup", "s"))
        async with watched() as watch:
            while time.monotonic() - begun < seconds:
                app.simulate_key(next(keys))
                await asyncio.sleep(0.25)
        elapsed = time.monotonic() - begun
        return {
            "rate": (view._feed.buffer.dropped - seen) / elapsed,
            "cpu": 100 * (time.process_time() - used) / elapsed,
            "longest": watch.longest,
            "own": watch.longest_own,
            "before": before / 2**20,
            "grown": (resident() - before) / 2**20,
        }


def main() -> None:
    """Writes one JSON object."""
    measure = show if "app" in sys.argv else follow
    sys.stdout.write(json.dumps(asyncio.run(measure(sys.argv[1], float(sys.argv[2])))))


if __name__ == "__main__":
    main()

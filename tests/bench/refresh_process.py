"""Refreshes the real collector in a fresh interpreter and writes how long the event loop stood still, as JSON.

`python -m tests.bench.refresh_process CONFIG [app]` reads commands on its standard input and answers each with one
line: `idle` does nothing for a second; `refresh` reads everything once. The first refresh is the cold one. With `app`
the dashboard shows each snapshot, headless, so that its own work on the loop counts too.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterator

from specter_tui.collect import Collector
from specter_tui.config import LoadedConfig, Options, load
from specter_tui.ui.collector import CollectorLike
from specter_tui.wiring.collector import build
from tests.bench.loop_watch import Watch, watched

_IDLE = 1.0  # seconds
_SHOWN = 1.5  # until all sources have answered and the last of it is drawn


async def _collector_alone(config: LoadedConfig) -> None:
    made: list[Collector] = []
    async for command in _commands():
        async with watched() as watch:
            if command == "idle":
                await asyncio.sleep(_IDLE)
            else:
                made = made or [await asyncio.to_thread(build, config, probe=False)]
                made[0].wake()
                await made[0].collect()
        _answer(watch)
    for collector in made:
        await collector.close()


async def _with_app(config: LoadedConfig) -> None:
    from specter_tui.ui.app import SpecterApp
    from specter_tui.ui.keymap import Keymap
    from specter_tui.ui.launch import settle_interpreter
    from specter_tui.ui.options import UiOptions
    from specter_tui.ui.present.base import UNICODE

    begin = threading.Event()

    def make() -> CollectorLike:
        begin.wait()
        return build(config, probe=False)

    settle_interpreter()
    app = SpecterApp(make, UiOptions(UNICODE, Keymap({})), context="bench")
    async with app.run_test(size=(160, 48)) as pilot:
        await pilot.pause(0.5)
        async for command in _commands():
            async with watched() as watch:
                if command == "idle":
                    await asyncio.sleep(_IDLE)
                else:
                    begin.set()
                    app.action_refresh()
                    await asyncio.sleep(_SHOWN)
            _answer(watch)
        begin.set()
        app.exit()


async def _commands() -> AsyncIterator[str]:
    while line := await asyncio.to_thread(sys.stdin.readline):
        yield line.strip()


def _answer(watch: Watch) -> None:
    sys.stdout.write(json.dumps({"longest": watch.longest, "own": watch.longest_own}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    settings = load(Options(sys.argv[1]), {})
    asyncio.run((_with_app if sys.argv[2:] == ["app"] else _collector_alone)(settings))

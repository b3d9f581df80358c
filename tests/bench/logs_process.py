"""Follows a flood of lines in a fresh interpreter and writes what it did to the loop and to the memory, as JSON.

`python -m tests.bench.logs_process ENGINE SECONDS`
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from contextlib import aclosing
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


def main() -> None:
    """Writes one JSON object."""
    sys.stdout.write(json.dumps(asyncio.run(follow(sys.argv[1], float(sys.argv[2])))))


if __name__ == "__main__":
    main()

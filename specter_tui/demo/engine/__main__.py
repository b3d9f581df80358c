"""The engine as a program: `python -m specter_tui.demo.engine SPECS.json SOCKET`."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from specter_tui.demo.engine import ContainerSpec, LocalEngine, SpecError, read_specs


async def _run(specs: tuple[ContainerSpec, ...], socket: Path) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with LocalEngine(specs, socket) as engine:
        sys.stdout.write(f"{engine.host}\n")
        sys.stdout.flush()
        await stop.wait()


def main(arguments: list[str]) -> int:
    """0, or 2 with a sentence on the error stream."""
    try:
        specs, socket = map(Path, arguments)
    except ValueError:
        sys.stderr.write("usage: python -m specter_tui.demo.engine SPECS.json SOCKET\n")
        return 2
    try:
        asyncio.run(_run(read_specs(specs.read_text(encoding="utf-8")), socket))
    except (SpecError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

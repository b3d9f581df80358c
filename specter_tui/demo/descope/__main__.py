"""`python -m specter_tui.demo.descope`: the emulator as a process of its own, until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence

from specter_tui.demo.descope.keys import Algorithm
from specter_tui.demo.descope.server import PROJECT, DescopeEmulator
from specter_tui.demo.descope.sessions import Lifetimes
from specter_tui.demo.loopback_site import LOOPBACK


def main(arguments: Sequence[str]) -> int:
    """Prints the settings for the verify service once it listens; 1 when the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m specter_tui.demo.descope", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--address", default=LOOPBACK, help="another one only in a container of its own")
    parser.add_argument("--project", default=PROJECT, help="the project's id")
    parser.add_argument("--algorithm", type=Algorithm, choices=list(Algorithm), default=Algorithm.RS256)
    parser.add_argument("--session-seconds", type=int, default=Lifetimes().session)
    parser.add_argument("--refresh-seconds", type=int, default=Lifetimes().refresh)
    parser.add_argument("--rotate-refresh", action="store_true", help="a refresh token is good once")
    return asyncio.run(_serve(parser.parse_args(arguments)))


async def _serve(options: argparse.Namespace) -> int:
    emulator = DescopeEmulator(options.port, options.project, address=options.address)
    emulator.project.lifetimes = Lifetimes(options.session_seconds, options.refresh_seconds)
    emulator.project.rotate_refresh = options.rotate_refresh
    if options.algorithm is not Algorithm.RS256:
        emulator.project.keys.rotate(options.algorithm)
        emulator.project.keys.revoke_old()
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    try:
        await emulator.resume()
    except OSError as error:
        print(f"cannot listen on port {options.port}: {error.strerror}; choose another --port", file=sys.stderr)  # noqa: T201  a program's own output
        return 1
    print(f"DESCOPE_BASE_URI={emulator.base_url} DESCOPE_PROJECT_ID={options.project}", flush=True)  # noqa: T201  likewise
    await ended.wait()
    await emulator.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

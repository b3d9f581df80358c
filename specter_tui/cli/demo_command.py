"""`specter-tui demo`: the real Traefik with sample applications on loopback, and the dashboard over it."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.output import Output
from specter_tui.core.errors import ConfigError, SpecterError


def run(args: argparse.Namespace, output: Output) -> int:
    """Runs the demo until the dashboard is left, or with --headless until ctrl-c or SIGTERM."""
    parent = Path(args.dir) if args.dir else None
    if parent is not None and not parent.is_dir():
        raise ConfigError(f"{args.dir} is not a folder", "name one that exists; the demo makes its own inside it")
    _demand_parts()
    if args.headless:
        return asyncio.run(_headless(parent, output))
    with _in_background(parent) as folder:
        return _dashboard(folder)


def _demand_parts() -> None:
    if find_spec("aiohttp") is None:
        raise ConfigError("the demo's parts are not installed", "pip install 'specter-tui[demo]'")


async def _headless(parent: Path | None, output: Output) -> int:
    from specter_tui.demo.system import running

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    async with running(parent) as demo:
        output.line(f"export SPECTER_CONFIG={demo.folder / 'config.toml'}")
        for line in demo.addresses:
            output.line(line)
        output.flush()
        await stop.wait()
    return ExitCode.OK


def _dashboard(folder: Path) -> int:
    from specter_tui.cli.dashboard import open_dashboard
    from specter_tui.config import Options, load

    return open_dashboard(load(Options(str(folder / "config.toml"), "", read_only=False), os.environ))


@contextmanager
def _in_background(parent: Path | None) -> Iterator[Path]:
    """The demo in a thread with a loop of its own, so that the dashboard has the main thread to itself."""
    started: Future[Path] = Future()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=_serve, args=(loop, parent, started, stop), name="demo")
    thread.start()
    try:
        yield started.result()
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def _serve(loop: asyncio.AbstractEventLoop, parent: Path | None, started: Future[Path], stop: asyncio.Event) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(_until_stopped(parent, started, stop))
    except (SpecterError, OSError) as error:
        if started.done():
            raise
        started.set_exception(error)


async def _until_stopped(parent: Path | None, started: Future[Path], stop: asyncio.Event) -> None:
    from specter_tui.demo.system import running

    async with running(parent) as demo:
        started.set_result(demo.folder)
        await stop.wait()

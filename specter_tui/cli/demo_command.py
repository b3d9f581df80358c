"""`specter-tui demo`: Traefik with sample applications on loopback, and the dashboard over it.

With --headless this process is the demo. Without, the demo is a process of its own beside the dashboard, which ends
when the dashboard's end of a pipe is closed, and the kernel closes that however the dashboard ended.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.output import Output
from specter_tui.core.errors import ConfigError

if TYPE_CHECKING:
    from specter_tui.core.stack import StackFile
    from specter_tui.demo.layout import Demo

_READY: Final = "export SPECTER_CONFIG="
_EMAIL: Final = "ops@specter.localhost"
_READ_ONLY: Final = "SPECTER_READ_ONLY"
_OWN: Final = ("SPECTER_", "CLOUDFLARE_", "CF_")
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(args: argparse.Namespace, output: Output) -> int:
    """Runs the demo until the dashboard is left, or with --headless until ctrl-c or SIGTERM."""
    parent = Path(args.dir) if args.dir else None
    if parent is not None and not parent.is_dir():
        raise ConfigError(f"{args.dir} is not a folder", "name one that exists; the demo makes its own inside it")
    if find_spec("aiohttp") is None:
        raise ConfigError("the demo's parts are not installed", "pip install 'specter-tui[demo]'")
    if args.headless:
        return asyncio.run(_until_told(_demo(args, parent, output), output, leashed=args.leashed))
    with _beside(args, output) as config:
        return _dashboard(config, read_only=args.read_only) if config else ExitCode.USAGE


def _demo(args: argparse.Namespace, parent: Path | None, output: Output) -> AbstractAsyncContextManager[Demo]:
    if not args.docker:
        from specter_tui.demo.system import running

        return running(parent)
    from specter_tui.cli.stack_files import stack_sources
    from specter_tui.core.stack import StackParameters, render
    from specter_tui.demo.layout import NOWHERE
    from specter_tui.demo.on_docker.system import running_on_docker
    from specter_tui.demo.on_docker.verify_image import VerifySources
    from specter_tui.demo.sample import DOMAIN
    from specter_tui.effects.wheel_fetcher import WheelContainer
    from specter_tui.wiring.deploy import image_sources

    def say(line: str) -> None:
        output.line(f"# {line}")  # a comment to the shell that evaluates what is printed
        output.flush()

    files = render(stack_sources(), StackParameters(DOMAIN, _EMAIL, NOWHERE))
    verify = VerifySources(*image_sources(), WheelContainer().fetch)
    return running_on_docker(files, _lay_out, verify, say, parent)


def _lay_out(root: Path, files: Sequence[StackFile]) -> None:
    from specter_tui.cli.stack_files import stack_entries
    from specter_tui.core.layout import decide
    from specter_tui.effects.layout_files import look, put

    entries = stack_entries(root, files)
    put(decide(entries, look(entries), force=False))


async def _until_told(demo: AbstractAsyncContextManager[Demo], output: Output, *, leashed: bool) -> int:
    """Runs the demo until a signal comes or, when leashed, until stdin ends; a second signal changes nothing."""
    loop = asyncio.get_running_loop()
    work = asyncio.create_task(_show(demo, output))
    told = False

    def stop() -> None:
        nonlocal told
        if not told:
            told = True
            work.cancel()

    for number in _SIGNALS:
        loop.add_signal_handler(number, stop)
    if leashed:
        loop.add_reader(sys.stdin.fileno(), stop)  # nobody writes there: what comes is the end
    try:
        await work
    except asyncio.CancelledError:
        if not told:
            raise
    finally:
        if leashed:
            loop.remove_reader(sys.stdin.fileno())
    return ExitCode.OK


async def _show(demo: AbstractAsyncContextManager[Demo], output: Output) -> None:
    async with demo as running:
        output.line(f"{_READY}{shlex.quote(str(running.folder / 'config.toml'))}")
        if running.note:
            output.line(f"# {running.note}")
        for line in running.addresses:
            output.line(line)
        output.flush()
        await asyncio.get_running_loop().create_future()


@contextmanager
def _beside(args: argparse.Namespace, output: Output) -> Iterator[str]:
    """The demo as a process of its own; the path of its configuration, empty when it has failed and said why."""
    command = [sys.executable, "-m", "specter_tui", "demo", "--headless", "--leashed"]
    command += [*(["--docker"] if args.docker else []), *(["--dir", args.dir] if args.dir else [])]
    with tempfile.TemporaryFile("w+") as errors:  # on the terminal they would tear the screen
        process = subprocess.Popen(  # noqa: S603  this program itself
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True
        )
        try:
            if not args.docker:  # which tells more by itself
                output.line("starting Traefik and the sample applications ...")
                output.flush()
            _import_dashboard()
            yield _ready(process.stdout, output)
        finally:
            process.communicate()  # closes its stdin
            errors.seek(0)
            sys.stderr.write(errors.read())


def _import_dashboard() -> None:
    """Takes its time while the demo starts beside it, so that the first screen comes as soon as there is data."""
    import specter_tui.ui.launch
    import specter_tui.wiring.collector  # noqa: F401  as above


def _ready(lines: IO[str] | None, output: Output) -> str:
    for line in lines or ():
        if line.startswith(_READY):
            return shlex.split(line.removeprefix(_READY))[0]
        output.line(line.strip().removeprefix("# "))
        output.flush()
    return ""


def _dashboard(config: str, *, read_only: bool) -> int:
    """Over the demo alone: no setting and no token of the person's own server, only what keeps hands off it."""
    from specter_tui.cli.dashboard import open_dashboard
    from specter_tui.config import Options, load

    os.environ["XDG_STATE_HOME"] = str(Path(config).parent / "state")  # its journal goes when the demo goes
    for name in [one for one in os.environ if one != _READ_ONLY and one.startswith(_OWN)]:
        del os.environ[name]  # also for the processes that carry actions out
    return open_dashboard(load(Options(config, "", read_only=read_only), os.environ))

"""`specter-tui logs`: what containers write, of several at once, filtered, and followed."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from contextlib import aclosing

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.output import Output
from specter_tui.cli.parsers import UsageError
from specter_tui.cli.session import demand, take_snapshot
from specter_tui.config import LoadedConfig
from specter_tui.core.actions.containers import find_containers
from specter_tui.core.logs import FollowRequest, LogBuffer, LogLine, LogNotice, LogTarget, LogWindow, Standing
from specter_tui.core.logs.window import TAIL
from specter_tui.core.snapshot import SourceName
from specter_tui.core.text import visible


def run(args: argparse.Namespace, config: LoadedConfig, output: Output) -> int:
    """Writes the lines that there are, in the order of time; with -f those to come, until it is interrupted."""
    keep = _test(args.grep) if args.grep else None
    snapshot = take_snapshot(config)
    demand(snapshot, SourceName.DOCKER)
    found = {one.id: one.name for name in args.targets for one in find_containers(snapshot, name)}
    targets = tuple(LogTarget(*one) for one in found.items())
    window = LogWindow("", f"since {args.since} s", seconds=args.since) if args.since else TAIL
    request = FollowRequest(targets, window, follow=args.follow, keep=keep)
    return asyncio.run(_write(config, request, output, timestamps=args.timestamps))


def _test(expression: str) -> Callable[[LogLine], bool]:
    import re2  # linear in time, whatever the expression

    options = re2.Options()
    options.log_errors = False
    try:
        pattern = re2.compile(expression, options)
    except re2.error as error:
        raise UsageError(f"--grep is no regular expression: {visible(str(error), 200)}") from error
    return lambda line: pattern.search(line.text) is not None


async def _write(config: LoadedConfig, request: FollowRequest, output: Output, *, timestamps: bool) -> int:
    from specter_tui.wiring.collector import build_container_tools

    tools = build_container_tools(config)
    names = len(request.targets) > 1
    waiting = LogBuffer(merge=True)
    code = ExitCode.OK
    try:
        async with aclosing(tools.follow(request)) as batches:
            async for batch in batches:
                waiting.extend(batch.lines)
                if request.follows:
                    _flush(waiting, output, names=names, timestamps=timestamps)
                for notice in batch.notices:
                    code = max(code, _tell(notice, output))
        _flush(waiting, output, names=names, timestamps=timestamps)
    finally:
        await tools.close()
    return code


def _flush(lines: LogBuffer, output: Output, *, names: bool, timestamps: bool) -> None:
    for line in lines:
        before = f"{line.timestamp} " if timestamps else ""
        name = f"{visible(line.container, 200)} | " if names else ""
        output.line(f"{before}{name}{visible(line.text)}")
    lines.clear()
    output.flush()


def _tell(notice: LogNotice, output: Output) -> ExitCode:
    """What goes wrong with one container is told; only one that can't be read is a failure."""
    if notice.text:
        output.error(f"{notice.container}: {notice.text}")
    return ExitCode.UNREACHABLE if notice.standing is Standing.FAILED else ExitCode.OK

"""The commands that change something: plan, show, confirm, carry out, say how it ended."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Final

from specter_tui.actions.desk import READ_ONLY, ActionDesk
from specter_tui.cli.action_output import CODES, confirm, write_outcome, write_plan, write_step
from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.output import Output
from specter_tui.cli.session import demand, take_snapshot
from specter_tui.config import LoadedConfig
from specter_tui.core.actions import Entry, Outcome, Plan, Result, Standing, Wish
from specter_tui.core.actions.document import action_document
from specter_tui.core.actions.ports import Progress
from specter_tui.core.errors import RefusedError
from specter_tui.core.snapshot import Snapshot, SourceName
from specter_tui.core.text import visible
from specter_tui.wiring.actions import build_desk

_SOURCES: Final = {
    "protect": (SourceName.TRAEFIK, SourceName.DOCKER),
    "unprotect": (SourceName.TRAEFIK, SourceName.DOCKER),
    "dns": (SourceName.CLOUDFLARE,),
    "renew": (SourceName.ACME, SourceName.TRAEFIK, SourceName.DOCKER),
}
_TO_UNDO: Final[Mapping[str, tuple[SourceName, ...]]] = {**_SOURCES, "dns": ()}  # the records are read one by one
_DOCKER: Final = (SourceName.DOCKER,)
_SHOWN: Final = 200
Begin = Callable[[Plan], AsyncGenerator[Progress, None]]


def act(args: argparse.Namespace, config: LoadedConfig, output: Output) -> int:
    """`restart`, `start`, `stop` and all others that begin with a wish."""
    wish = Wish(
        args.command,
        args.target,
        getattr(args, "via", ""),
        getattr(args, "include_pending", False),
        getattr(args, "adopt", False),
        getattr(args, "force", False),
        os.path.abspath(wheels) if (wheels := getattr(args, "wheels", "")) else "",  # noqa: PTH100  a text, links kept
        getattr(args, "orders", None),
    )
    desk = _desk(args, config)
    snapshot = take_snapshot(config)
    for name in _SOURCES.get(args.command, _DOCKER):
        demand(snapshot, name)
    return _carry(args, output, snapshot, lambda: desk.plan(wish, snapshot), desk.carry_out)


def undo(args: argparse.Namespace, config: LoadedConfig, output: Output) -> int:
    """`undo [ID]`: takes an ended action back, or rolls an interrupted one back."""
    desk = _desk(args, config)
    entry = _interrupted(desk, args.id)
    snapshot = take_snapshot(config)
    if entry is not None:
        return _carry(args, output, snapshot, _ready(entry), lambda _: desk.take_back(entry.id))
    for name in _TO_UNDO.get(desk.to_undo(args.id).plan.action, _DOCKER):
        demand(snapshot, name)
    return _carry(args, output, snapshot, lambda: desk.plan_undo(args.id, snapshot), desk.carry_out)


def finish(args: argparse.Namespace, config: LoadedConfig, output: Output) -> int:
    """`finish [ID]`: goes on with an interrupted action."""
    desk = _desk(args, config)
    entry = _interrupted(desk, args.id)
    if entry is None:
        why = f"{visible(args.id, _SHOWN)} is not interrupted" if args.id else "nothing is interrupted"
        raise RefusedError(why, "see specter-tui history")
    return _carry(args, output, take_snapshot(config), _ready(entry), lambda _: desk.finish(entry.id))


def _desk(args: argparse.Namespace, config: LoadedConfig) -> ActionDesk:
    if config.settings.read_only and not args.dry_run:
        raise READ_ONLY
    return build_desk(config)


def _interrupted(desk: ActionDesk, journal_id: str) -> Entry | None:
    """The interrupted entry that is meant; without an id the latest one."""
    found = (one for one in desk.history() if one.standing is Standing.INTERRUPTED)
    return next((one for one in found if not journal_id or one.id == journal_id), None)


def _ready(entry: Entry) -> Callable[[], Awaitable[Plan]]:
    async def plan() -> Plan:
        return entry.plan

    return plan


def _carry(
    args: argparse.Namespace, output: Output, snapshot: Snapshot, plan: Callable[[], Awaitable[Plan]], begin: Begin
) -> int:
    made = asyncio.run(_awaited(plan))
    if not args.json:
        write_plan(output, made)
        output.flush()
    outcome = Outcome(Result.PLANNED)
    if not args.dry_run:
        try:
            confirm(output, made, yes=args.yes, opened=getattr(args, "open", None) or ())
            outcome = asyncio.run(_watched(begin(made), output, quiet=args.json))
        except RefusedError as error:
            outcome = Outcome(Result.REFUSED, error.sentence())
        except KeyboardInterrupt:
            output.error("it goes on without this terminal: specter-tui history")
            return ExitCode.INTERRUPTED
    if args.json:
        output.json(action_document(snapshot, made, outcome))
    write_outcome(output, made, outcome, quiet=args.json)
    return CODES[outcome.result]


async def _awaited(plan: Callable[[], Awaitable[Plan]]) -> Plan:
    return await plan()


async def _watched(progress: AsyncGenerator[Progress, None], output: Output, *, quiet: bool) -> Outcome:
    outcome = Outcome(Result.ROLLBACK_FAILED, "its process told no end", ())
    async with aclosing(progress):
        async for one in progress:
            if isinstance(one, Outcome):
                outcome = one
            elif not quiet:
                write_step(output, one)
    return outcome

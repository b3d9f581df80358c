"""The process that carries one action out: `python -m specter_tui.cli.acting run|finish|undo [ID]`.

It is started in a session of its own by the command line or the dashboard. Its standard input is the plan, its
standard output one JSON document a line: steps, at last the outcome. A terminal that goes away, SIGHUP, SIGINT and
SIGTERM do not end it: it finishes, or rolls back, and the journal has it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
from typing import Final

import msgspec

from specter_tui.core.actions import Outcome, Plan, Result
from specter_tui.core.actions.ports import Progress
from specter_tui.core.errors import SpecterError

_IGNORED: Final = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
_LAST_WORDS: Final = 5.0  # seconds that a reader has to take the outcome
_PAUSE: Final = 0.05


class _Pipe:
    """Standard output that never holds the work up: what nobody reads is lost there, and is in the journal."""

    def __init__(self) -> None:
        os.set_blocking(sys.stdout.fileno(), False)
        self._left = b""

    def tell(self, progress: Progress) -> None:
        """Writes one line as far as it goes."""
        self._left += msgspec.json.encode(progress) + b"\n"
        self._push()

    def finish(self, outcome: Outcome) -> None:
        """Writes the outcome, and gives its reader a moment."""
        self.tell(outcome)
        deadline = time.monotonic() + _LAST_WORDS
        while self._left and time.monotonic() < deadline:
            time.sleep(_PAUSE)
            self._push()

    def _push(self) -> None:
        try:
            while self._left:
                self._left = self._left[os.write(sys.stdout.fileno(), self._left) :]
        except BlockingIOError:
            return
        except OSError:  # nobody reads any more
            self._left = b""


def main() -> int:
    """Does what the arguments and standard input say."""
    for one in _IGNORED:
        signal.signal(one, lambda _number, _frame: None)  # not SIG_IGN, which the commands it starts would inherit
    pipe = _Pipe()
    try:
        outcome = asyncio.run(_act(_arguments(), pipe))
    except SpecterError as error:
        outcome = Outcome(Result.REFUSED, error.sentence())
    pipe.finish(outcome)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--config", default="")
    parser.add_argument("--context", default="")
    parser.add_argument("order", choices=("run", "finish", "undo"))
    parser.add_argument("id", nargs="?", default="")
    return parser.parse_args()


async def _act(args: argparse.Namespace, pipe: _Pipe) -> Outcome:
    from specter_tui.config import Options, load
    from specter_tui.wiring.actions import build_runner

    runner = build_runner(load(Options(args.config, args.context), os.environ))
    if args.order == "finish":
        return await runner.finish(args.id, pipe.tell)
    if args.order == "undo":
        return await runner.take_back(args.id, pipe.tell)
    try:
        plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    except msgspec.MsgspecError:  # whoever began to tell it was ended
        return Outcome(Result.REFUSED, "the plan did not come whole, so nothing was done")
    return await runner.run(plan, pipe.tell)


if __name__ == "__main__":
    sys.exit(main())

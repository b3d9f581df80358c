"""Starts the process that carries an action out, in a session of its own, and reads its progress.

Whoever looks may go away: the process writes into a pipe that nobody reads, ends its work all the same, and leaves it
in the journal.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import IO, Final

import msgspec

from specter_tui.core.actions import Outcome, Result, Step
from specter_tui.core.actions.ports import Progress
from specter_tui.core.errors import RefusedError
from specter_tui.core.text import visible

PROGRAM: Final = "specter_tui.cli.acting"
_LINE: Final = 4 * 1024 * 1024  # bytes; a reason may quote what a command said
_SHOWN: Final = 400
_USAGE: Final = 2  # argparse's exit code
_RUNNING: Final[list[subprocess.Popen[bytes]]] = []  # kept until they end: a lost Popen complains


class ProcessLauncher:
    """`core.actions.ports.Launcher`; `options` stand before every order: --config, --context, --read-only."""

    def __init__(self, options: Sequence[str] = ()) -> None:
        self._options = tuple(options)

    async def launch(self, order: Sequence[str], document: str) -> AsyncGenerator[Progress, None]:
        """The steps of the process and its outcome; leaving it leaves the process alone."""
        with tempfile.TemporaryFile() as errors:  # no pipe: one that nobody empties would hold the process up
            process = _start([sys.executable, "-m", PROGRAM, *self._options, *order], errors)
            async with aclosing(_progress(process, document, errors)) as progress:
                async for one in progress:
                    yield one


async def _progress(
    process: subprocess.Popen[bytes], document: str, errors: IO[bytes]
) -> AsyncGenerator[Progress, None]:
    reader = asyncio.StreamReader(limit=_LINE)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), process.stdout)
    try:
        await asyncio.to_thread(_tell, process, document.encode())
        while line := await reader.readline():
            told = _decoded(line)
            yield told
            if isinstance(told, Outcome):
                return
        yield await asyncio.to_thread(_lost, process, errors)
    finally:
        transport.close()


def _start(command: Sequence[str], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    _RUNNING[:] = [one for one in _RUNNING if one.poll() is None]
    try:
        process = subprocess.Popen(  # noqa: S603  our own program, its arguments as a list
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    except OSError as error:
        raise RefusedError(f"the process for it can't be started: {error.strerror}") from error
    _RUNNING.append(process)
    return process


def _tell(process: subprocess.Popen[bytes], document: bytes) -> None:
    if process.stdin is None:
        return
    try:
        with process.stdin as stream:
            stream.write(document)
    except BrokenPipeError:  # it ended at once: its outcome or its last words say why
        return


def _decoded(line: bytes) -> Progress:
    """A step or, told by its `result`, the outcome."""
    document = msgspec.json.decode(line)
    kind: type[Step | Outcome] = Outcome if "result" in document else Step
    return msgspec.convert(document, type=kind)


def _lost(process: subprocess.Popen[bytes], errors: IO[bytes]) -> Outcome:
    """It ended without an outcome: it was killed or broke, and only its code for wrong arguments means before all."""
    code = process.wait()
    errors.seek(0)
    said = errors.read(_LINE).decode(errors="replace")
    if code == _USAGE and said.strip():
        return Outcome(Result.REFUSED, visible(said.strip().splitlines()[-1], _SHOWN))
    return Outcome(
        Result.ROLLBACK_FAILED,
        "the process that did it ended in the middle: see specter-tui history, then finish it or undo it",
    )

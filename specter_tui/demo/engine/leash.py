"""Holds the process groups that must not outlive the engine, by way of the program in `warden`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

from specter_tui.demo.engine import warden


class Leash:
    """The engine's side of the warden."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Starts the warden in a session of its own, so that a ctrl-c ends it only by way of the engine."""
        null = asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", warden.__file__),
            stdin=asyncio.subprocess.PIPE,
            stdout=null,
            stderr=null,
            start_new_session=True,
        )

    def hold(self, group: int) -> None:
        """From now on this process group does not outlive the engine."""
        self._tell(f"+{group}\n")

    def release(self, group: int) -> None:
        """The group has ended; its number may soon be another's."""
        self._tell(f"-{group}\n")

    async def stop(self) -> None:
        """Lets the warden end what is left, and waits for it."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await self._process.wait()

    def _tell(self, line: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(line.encode())  # goes out at once: a pipe takes far more than one line


def signal_group(group: int, number: int) -> None:
    """Signals a process group; one that is gone is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)

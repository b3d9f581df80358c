"""A program in a session of its own, signalled as a group, its output read in blocks."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from specter_tui.demo.engine.leash import Leash, signal_group

Sink = Callable[[int, bytes], None]  # stream (1 or 2) and a block; an empty block is the stream's end

_BLOCK: Final = 8192  # small, so that a program that floods its output leaves the loop to others in between
_DRAIN_SECONDS: Final = 1.0  # a process that left its group may hold the pipes open for ever
_SIGNALLED: Final = 128
# $0 is the engine's process; what a shell itself puts into the environment is not the container's.
_UNLESS_ORPHANED: Final = '[ "$PPID" = "$0" ] || exit; unset PWD OLDPWD SHLVL _; exec "$@"'


class LaunchError(Exception):
    """The program cannot be started; says why."""


class Run:
    """One life of a program, from its start to the end of its whole process group."""

    def __init__(self, process: asyncio.subprocess.Process, pipes: Sequence[_Pipe], leash: Leash) -> None:
        self._process = process
        self._pipes = pipes
        self._leash = leash
        self.pid = process.pid

    @classmethod
    async def begin(
        cls, command: Sequence[str], environment: Mapping[str, str], folder: str, sink: Sink, leash: Leash
    ) -> Run:
        """Starts the program; the kernel kills it when the engine's thread dies, and the warden its group.

        Between the fork and the request to the kernel the engine may already have died: then it is not started at all.
        """
        program = shutil.which(command[0], path=environment.get("PATH", os.defpath))
        if program is None:
            raise LaunchError(f'exec: "{command[0]}": executable file not found in $PATH')
        setpriv = shutil.which("setpriv")
        tied = [setpriv, "--pdeathsig", "KILL", "/bin/sh", "-c", _UNLESS_ORPHANED, str(os.getpid())] if setpriv else []
        words = [*tied, program, *command[1:]]
        pipes = [_Pipe(1, sink), _Pipe(2, sink)]
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=pipes[0].theirs,
                stderr=pipes[1].theirs,
                env=environment,
                cwd=folder,
                start_new_session=True,
                umask=0o077,
            )
        except (OSError, ValueError) as error:
            for pipe in pipes:
                pipe.close()
            raise LaunchError(f'exec: "{command[0]}": {error}') from error
        finally:
            for pipe in pipes:
                os.close(pipe.theirs)
        leash.hold(process.pid)
        return cls(process, pipes, leash)

    def signal(self, number: int) -> None:
        """Signals the whole group."""
        if self._process.returncode is None:
            signal_group(self.pid, number)

    async def end(self) -> int:
        """Waits until the program has ended; its group ends with it, as a container does, and its output is read.

        Returns the exit code, 128 and the signal's number for one that a signal ended.
        """
        code = await self._process.wait()
        signal_group(self.pid, signal.SIGKILL)
        await asyncio.wait([pipe.ended for pipe in self._pipes], timeout=_DRAIN_SECONDS)
        self.close()
        self._leash.release(self.pid)
        return code if code >= 0 else _SIGNALLED - code

    def kill(self) -> None:
        """Ends the group at once."""
        self.signal(signal.SIGKILL)

    def close(self) -> None:
        """Stops reading the output."""
        for pipe in self._pipes:
            pipe.close()


class _Pipe:
    """Reads one of a program's streams as blocks: a line may be longer than any buffer."""

    def __init__(self, stream: int, sink: Sink) -> None:
        self._stream = stream
        self._sink = sink
        self._loop = asyncio.get_running_loop()
        self._ours, self.theirs = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._ours, False)
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(self._ours, self._read)

    def _read(self) -> None:
        try:
            block = os.read(self._ours, _BLOCK)
        except BlockingIOError:
            return
        if block:
            self._sink(self._stream, block)
        else:
            self.close()

    def close(self) -> None:
        if self.ended.done():
            return
        self._loop.remove_reader(self._ours)
        os.close(self._ours)
        self.ended.set_result(None)
        self._sink(self._stream, b"")

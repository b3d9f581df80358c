"""The line between a person's terminal and a program far away: all that is sent arrives later, in its order."""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from typing import Final

_BLOCK: Final = 1 << 16


class SlowLine:
    """Carries bytes between `person` and the program's end of a pseudo-terminal, `one_way` seconds each."""

    def __init__(self, program: int, one_way: float) -> None:
        self._near, self._far = socket.socketpair()
        self._program = program
        self._one_way = one_way
        self._thread = threading.Thread(target=self._carry, name="slow line", daemon=True)
        self._thread.start()

    @property
    def person(self) -> int:
        """Where the person's terminal reads and writes."""
        return self._near.fileno()

    def close(self) -> None:
        """Ends it; what is under way is lost, as when a line breaks."""
        self._near.close()
        self._thread.join(10)

    def _carry(self) -> None:
        far = self._far.fileno()
        under_way: dict[int, deque[tuple[float, bytes]]] = {self._program: deque(), far: deque()}  # by where it goes
        other = {far: self._program, self._program: far}
        with self._far, suppress(OSError):  # EIO once the program is gone, EPIPE once the person is
            while True:
                due = [sent[0][0] for sent in under_way.values() if sent]
                wait = max(0.0, min(due) - time.monotonic()) if due else None
                for end in select.select(list(other), [], [], wait)[0]:
                    if not (data := os.read(end, _BLOCK)):
                        return
                    under_way[other[end]].append((time.monotonic() + self._one_way, data))
                for end, sent in under_way.items():
                    while sent and sent[0][0] <= time.monotonic():
                        _write(end, sent.popleft()[1])


def _write(end: int, data: bytes) -> None:
    while data:
        data = data[os.write(end, data) :]

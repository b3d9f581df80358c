"""A program that ends what the engine started when the engine itself is gone, killed too.

It reads `+PGID` and `-PGID` lines; at the end of its input, which the kernel brings about however the engine died, it
kills every process group that is still there. It imports next to nothing, since it waits for as long as the demo runs.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys


def main() -> None:
    """Keeps the list, and ends it."""
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()

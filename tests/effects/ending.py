"""A process in the place of the one that acts: it ends as its last argument says, without an outcome."""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Reads the plan, tells one step, and ends."""
    sys.stdin.read()
    sys.stdout.write('{"phase":"apply","text":"wrote wiki.yml","at":"2026-11-22T14:02:00Z"}\n')
    sys.stdout.flush()
    if sys.argv[-1] == "usage":
        sys.stderr.write("unrecognized arguments\n")
        sys.exit(2)
    if sys.argv[-1] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    raise RuntimeError("a fault of its own")


if __name__ == "__main__":
    main()

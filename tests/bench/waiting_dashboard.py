"""The dashboard over a collector that is never there: all it has is its first frame."""

from __future__ import annotations

import sys
import time

from specter_tui.core.settings import Settings
from specter_tui.ui.collector import CollectorLike
from specter_tui.ui.launch import run_dashboard


def never() -> CollectorLike:
    """Answers in an hour; whoever measures has killed the process long before."""
    time.sleep(3600)
    raise TimeoutError


if __name__ == "__main__":
    sys.exit(run_dashboard(never, Settings(), context="bench"))

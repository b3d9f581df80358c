"""The dashboard in a real terminal over a collector that gives the same world every few milliseconds.

`python -m tests.ui.terminal_program fresh|stale|blocked`; used by test_terminal.py, which talks to it through a pty.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta

from specter_tui.core.findings.model import Subject, SubjectKind
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Snapshot, SourceName, SourceStatus
from specter_tui.ui.launch import run_dashboard
from tests.builders import a_finding, a_route, a_snapshot, a_source, all_sources


class SteadyCollector:
    """Each collection is a new snapshot, two seconds later; only a stale source's next try is another one each time."""

    def __init__(self, *, stale: bool) -> None:
        routes = [a_route(f"app{number:03}@docker") for number in range(200)]
        sources = all_sources(docker=a_source(SourceStatus.STALE)) if stale else all_sources()
        found = a_finding(
            subject=Subject(SubjectKind.ROUTE, "app000@docker")
        )  # by which the first screen names its host
        self._snapshot = a_snapshot(*routes, sources=sources, findings=(found,))
        self._stale = stale

    async def collect(self) -> Snapshot:
        now = self._snapshot.taken_at + timedelta(seconds=2)
        sources = {
            name: replace(state, fetched_at=now)
            if state.status is SourceStatus.FRESH
            else replace(state, next_try=now + timedelta(seconds=now.second))
            for name, state in self._snapshot.sources.items()
        }
        assert SourceName.DOCKER in sources
        self._snapshot = replace(self._snapshot, taken_at=now, sources=sources)
        return self._snapshot

    async def wait(self) -> None:
        await asyncio.sleep(0.02)

    def wake(self) -> None:
        pass

    async def close(self) -> None:
        sys.stderr.flush()


class BlockedCollector(SteadyCollector):
    """Its close never ends, like a source that hangs."""

    async def close(self) -> None:
        await asyncio.sleep(3600)


def main() -> int:
    mode = sys.argv[1]
    kind = BlockedCollector if mode == "blocked" else SteadyCollector
    return run_dashboard(lambda: kind(stale=mode == "stale"), Settings(), context="vps1")


if __name__ == "__main__":
    sys.exit(main())

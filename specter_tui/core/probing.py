"""Which anonymous requests prove a route's protection, and what their answers prove."""

from __future__ import annotations

from specter_tui.core.proof import ProbeAnswer, ProbeTarget, Proof
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Snapshot


def plan_probes(snapshot: Snapshot, settings: Settings) -> tuple[ProbeTarget, ...]:
    """One target per enabled HTTP router and entry point for which a request can be built."""
    raise NotImplementedError


def judge(answer: ProbeAnswer, settings: Settings) -> Proof:
    """What an answer proves."""
    raise NotImplementedError

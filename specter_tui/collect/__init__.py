"""The Collector: owns the clock, reads the sources side by side and joins them into one Snapshot after another."""

from __future__ import annotations

from specter_tui.collect.collector import Collector
from specter_tui.collect.reader import Clock, SystemClock
from specter_tui.collect.sources import Sources

__all__ = ["Clock", "Collector", "Sources", "SystemClock"]

"""The dashboard over one configuration: what it reads is built in a thread, after its first frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from specter_tui.config import LoadedConfig

if TYPE_CHECKING:  # imports the model, which the first frame does not wait for
    from specter_tui.collect import Collector


def open_dashboard(config: LoadedConfig) -> int:
    """Runs the dashboard for a configuration until the person leaves it."""
    from specter_tui.ui.launch import run_dashboard

    def make_collector() -> Collector:
        from specter_tui.wiring import build

        return build(config)

    async def propose() -> Sequence[str]:
        from specter_tui.cli.discover import discover

        return (await discover(config.settings.docker)).lines

    return run_dashboard(make_collector, config.settings, context=config.context, propose=propose)

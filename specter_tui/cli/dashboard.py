"""The dashboard over one configuration: what it reads is built in a thread, after its first frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from specter_tui.config import LoadedConfig

if TYPE_CHECKING:  # imports the model, which the first frame does not wait for
    from specter_tui.collect import Collector
    from specter_tui.core.actions.ports import Desk
    from specter_tui.core.ports import ContainerTools


def open_dashboard(config: LoadedConfig) -> int:
    """Runs the dashboard for a configuration until the person leaves it."""
    from specter_tui.ui.launch import run_dashboard

    def make_collector() -> Collector:
        from specter_tui.wiring.collector import build

        return build(config)

    def make_tools() -> ContainerTools:
        from specter_tui.wiring.collector import build_container_tools

        return build_container_tools(config)

    def make_desk() -> Desk:
        from specter_tui.wiring.actions import build_desk

        return build_desk(config)

    async def propose() -> Sequence[str]:
        from specter_tui.cli.discover import discover

        return (await discover(config.settings.docker)).lines

    return run_dashboard(
        make_collector,
        config.settings,
        make_tools=make_tools,
        make_desk=make_desk,
        context=config.context,
        propose=propose,
    )

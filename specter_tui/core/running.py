"""Whether a container can serve, and what Docker says of it."""

from __future__ import annotations

from specter_tui.core.model import Container, ContainerHealth


def is_running(container: Container) -> bool:
    """Whether the container can serve: running, and not failing or still waiting for its health check."""
    return container.state == "running" and container.health in {ContainerHealth.HEALTHY, ContainerHealth.NONE}


def describe(container: Container) -> str:
    """Docker's state, or its health where that is what is wrong."""
    if container.state == "running" and container.health is not ContainerHealth.NONE:
        return str(container.health)
    return container.state

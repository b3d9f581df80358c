"""How often the restart policy has started a container again, which the listing does not tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from specter_tui.core.model import Container

if TYPE_CHECKING:
    from docker import APIClient

_MOST: Final = 5  # inspections beside one listing: when a machine starts, all its containers are young


class RestartCounts:
    """Reads RestartCount of containers that run since less than a minute: of all others it says nothing of now.

    A container in a crash loop is `running` between two crashes. Those that were seen to loop come first.
    """

    def __init__(self) -> None:
        self._looping: frozenset[str] = frozenset()

    def of(self, client: APIClient, containers: Sequence[Container]) -> tuple[Container, ...]:
        """The containers, the young ones with their count; one that is gone meanwhile as it was listed."""
        looping = self._looping
        young = sorted(filter(_is_young, containers), key=lambda one: one.id not in looping)
        counts = {one.id: _count(client, one.id) for one in young[:_MOST]}
        self._looping = frozenset(one.id for one in containers if one.state == "restarting" or counts.get(one.id))
        return tuple(replace(one, restarts=counts[one.id]) if counts.get(one.id) else one for one in containers)


def _is_young(container: Container) -> bool:
    """Docker says `Up Less than a second`, `Up 1 second` and `Up 59 seconds`, then `Up About a minute`."""
    return container.state == "running" and " second" in container.status


def _count(client: APIClient, container_id: str) -> int:
    from docker.errors import NotFound

    try:
        count = client.inspect_container(container_id).get("RestartCount")
    except NotFound:
        return 0
    return count if isinstance(count, int) else 0

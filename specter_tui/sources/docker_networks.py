"""Which networks give containers an address of their own beside the machine's: no port needs to be published there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from docker import APIClient

_ON_THE_LAN: Final = ("macvlan", "ipvlan")


class LanNetworks:
    """The names of the macvlan and ipvlan networks; asked for only when containers are on others than before."""

    def __init__(self) -> None:
        self._seen: frozenset[str] | None = None
        self._names: tuple[str, ...] = ()

    def of(self, client: APIClient, listing: object) -> tuple[str, ...]:
        """Those that a container of the listing may be on, sorted; none where an engine's proxy does not tell.

        The listing of the containers names networks, not their drivers.
        """
        from docker.errors import APIError

        seen = frozenset(_network_ids(listing))
        if seen != self._seen:
            try:
                found: object = client.networks(filters={"driver": list(_ON_THE_LAN)})
            except APIError:
                found = []
            self._names = tuple(sorted(_names(found)))
            self._seen = seen
        return self._names


def _network_ids(listing: object) -> Iterator[str]:
    for container in listing if isinstance(listing, list) else ():
        settings = container.get("NetworkSettings") if isinstance(container, Mapping) else None
        networks = settings.get("Networks") if isinstance(settings, Mapping) else None
        for one in networks.values() if isinstance(networks, Mapping) else ():
            if isinstance(one, Mapping) and isinstance(one.get("NetworkID"), str):
                yield one["NetworkID"]


def _names(listing: object) -> Iterator[str]:
    for one in listing if isinstance(listing, list) else ():
        # An engine that does not know the filter lists all of them.
        if isinstance(one, Mapping) and one.get("Driver") in _ON_THE_LAN and isinstance(one.get("Name"), str):
            yield one["Name"]

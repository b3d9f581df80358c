"""What the engine has: containers, networks, images and the history, and how they are found by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from specter_tui.demo.engine import moments
from specter_tui.demo.engine.container import Container
from specter_tui.demo.engine.documents import image_id, tagged
from specter_tui.demo.engine.errors import BAD_REQUEST, ApiError, no_such
from specter_tui.demo.engine.events import EventLog
from specter_tui.demo.engine.leash import Leash
from specter_tui.demo.engine.network import HOST, NONE, Addresses, Network
from specter_tui.demo.engine.spec import ContainerSpec, SpecError

_BUILT_IN: Final = ("bridge", HOST, NONE)
_LOOPBACK: Final = "127.0.0.1"  # where Traefik looks for a container in the host's network


class Store:
    """All that an engine knows; containers are in the order they were given."""

    def __init__(self, specs: Iterable[ContainerSpec], leash: Leash) -> None:
        self.events = EventLog()
        self.addresses = Addresses()
        self.begun = moments.now()
        self.networks: dict[str, Network] = {name: Network(name) for name in _BUILT_IN}
        self.containers: dict[str, Container] = {}
        for spec in specs:
            if spec.name in self.containers:
                raise SpecError(f"two containers are called {spec.name}")
            self.containers[spec.name] = self._make(spec, leash)

    def container(self, wanted: str) -> Container:
        """By name, id or an unambiguous beginning of an id; ApiError 404."""
        name = wanted.removeprefix("/")
        if name in self.containers:
            return self.containers[name]
        found = [one for one in self.containers.values() if wanted and one.id.startswith(wanted)]
        if len(found) > 1:
            raise ApiError(BAD_REQUEST, f"Multiple IDs found with provided prefix: {wanted}")
        if not found:
            raise no_such("container", wanted)
        return found[0]

    def network(self, wanted: str) -> Network:
        """By name or the beginning of an id; ApiError 404."""
        if wanted in self.networks:
            return self.networks[wanted]
        for network in self.networks.values():
            if wanted and network.id.startswith(wanted):
                return network
        raise no_such("network", wanted)

    def members(self, network: Network) -> list[Container]:
        """The containers that are in a network, running or not."""
        return [one for one in self.containers.values() if network.name in one.networks]

    def images(self) -> list[str]:
        """The references of all containers, each once."""
        return sorted({one.spec.image for one in self.containers.values()})

    def image(self, wanted: str) -> str:
        """The reference that has this name, id or beginning of an id; ApiError 404."""
        for reference in self.images():
            identity = image_id(reference)
            digest = identity.removeprefix("sha256:")
            if tagged(reference) == tagged(wanted) or wanted == identity or (wanted and digest.startswith(wanted)):
                return reference
        raise no_such("image", wanted)

    def _make(self, spec: ContainerSpec, leash: Leash) -> Container:
        for name in spec.networks:
            self.networks.setdefault(name, Network(name))
        networks = {name: self.networks[name] for name in spec.networks}
        address = spec.address or (_LOOPBACK if HOST in networks else self.addresses.take())
        return Container(spec, address, networks, self.events, leash)

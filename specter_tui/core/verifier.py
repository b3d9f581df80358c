"""Who a forwardAuth asks: the containers that its address names, and whether one of them runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from specter_tui.core.backends import split_server
from specter_tui.core.compose import SERVICE
from specter_tui.core.loopback import is_loopback
from specter_tui.core.model import Container, Middleware, Protocol
from specter_tui.core.running import is_running


class Away(NamedTuple):
    """Nobody who runs bears the name; without a `container` nobody does at all, but it may be a network's alias."""

    middleware: str
    host: str
    container: Container | None

    @property
    def told(self) -> str:
        """What Docker says of it."""
        one = self.container
        return f"container {one.name}: {one.status or one.state}" if one else f"no container is called {self.host}"


def away(middleware: Middleware, containers: Sequence[Container]) -> Away | None:
    """None where one runs, and where the address names no container: only a plain name does."""
    host = split_server(middleware.address)[0]
    if not host or "." in host or ":" in host or is_loopback(host):
        return None
    called = [one for one in containers if host in {one.name, one.label(SERVICE)}]
    return None if any(map(is_running, called)) else Away(middleware.name, host, next(iter(called), None))


class Verifiers:
    """The same for the routes of one join, many of which share their guards.

    `complete`: all containers are known, so that a name which nobody bears tells something.
    """

    def __init__(
        self,
        middlewares: Mapping[Protocol, Mapping[str, Middleware]],
        containers: Sequence[Container],
        *,
        complete: bool,
    ) -> None:
        self._middlewares = middlewares
        self._containers = containers
        self._complete = complete
        self._known: dict[tuple[Protocol, tuple[str, ...]], Away | None] = {}

    def away(self, protocol: Protocol, by: tuple[str, ...]) -> Away | None:
        """The first of a route's guards that is."""
        key = (protocol, by)
        if key not in self._known:
            asked = (away(self._middlewares[protocol][name], self._containers) for name in by)
            told = (one for one in asked if one is not None and (self._complete or one.container is not None))
            self._known[key] = next(told, None)
        return self._known[key]

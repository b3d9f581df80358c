"""What a person should know before routers are protected or opened, and their containers made anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from specter_tui.core.exposure import ways_around
from specter_tui.core.protecting.targets import Target, names_of
from specter_tui.core.snapshot import ProtectionState, Route, Snapshot
from specter_tui.core.text import visible

_SHOWN: Final = 200
_MACHINES_CALL: Final = ("hook", "callback", "notify")
_LONG_CONNECTIONS: Final = frozenset({"ws", "websocket", "socket.io", "signalr"})


def risks(snapshot: Snapshot, targets: Sequence[Target], lan_networks: Sequence[str] = ()) -> tuple[str, ...]:
    """What a person should know before the containers are made anew, one sentence each."""
    return (
        *restart_risks(snapshot, targets),
        *(risk for target in targets for risk in _route_risks(target.route)),
        *_ways_left(snapshot, [target.route for target in targets], lan_networks),
    )


def overlay_risks(snapshot: Snapshot, route_ids: Sequence[str], folder: str) -> tuple[str, ...]:
    """What a person should know before the overlay stands before these routers, one sentence each."""
    routes = [one for one in snapshot.routes if one.id in route_ids]
    points = {name for route in routes for name in route.router.entry_points}
    # Without the folder these entry points' own middlewares are missing, and all their routers with them: closed.
    closing = {one.name for one in snapshot.entry_points if any(name.endswith("@file") for name in one.middlewares)}
    told = [f"it holds only while Traefik loads all of {visible(folder, _SHOWN)}: protect it by labels when you can"]
    if points - closing:
        told.append("where Traefik starts with a file there that it can't load, these hosts are open to everyone")
    return (
        *told,
        *(risk for route in routes for risk in _route_risks(route)),
        *_ways_left(snapshot, routes, ()),
    )


def restart_risks(snapshot: Snapshot, targets: Sequence[Target]) -> Iterable[str]:
    """What making their containers anew means to visitors."""
    containers = {one.id: one for target in targets for one in target.containers}
    hosts = sorted(
        {host for route in snapshot.routes if containers.keys() & set(route.containers) for host in route.hosts}
    )
    yield f"makes {names_of(containers.values())} anew: about 3 s without answers, and WebSockets are cut once"
    if hosts:
        yield f"these hosts are behind it: {', '.join(visible(host, _SHOWN) for host in hosts)}"


def _route_risks(route: Route) -> Iterable[str]:
    name = visible(route.id, _SHOWN)
    if route.router.tls is None:
        yield f"{name} answers without TLS on {', '.join(route.router.entry_points)}: sessions would not be sent there"
    told = " ".join((*route.paths, route.router.name)).lower()
    if any(word in told for word in _MACHINES_CALL):
        yield f"{name} looks like one that other services call (webhooks): they can't sign in and get 401"
    if _LONG_CONNECTIONS & set(told.replace("/", " ").split()):
        yield f"{name} looks like one for WebSockets: clients without a session get 401"


def _ways_left(snapshot: Snapshot, routes: Sequence[Route], lan_networks: Sequence[str]) -> Iterable[str]:
    """What stays open although these routers are protected."""
    changed = {route.id for route in routes}
    hosts = {host for route in routes for host in route.hosts}
    open_routes = {one.id for one in snapshot.routes if one.protection.state is ProtectionState.UNPROTECTED}
    for host in snapshot.hosts:
        for left in host.routes if host.name in hosts else ():
            if left in open_routes and left not in changed:
                where = visible(host.name, _SHOWN)
                yield f"{visible(left, _SHOWN)} may still answer for {where} without authentication"
    for route in routes:
        behind = [one for one in snapshot.containers if one.id in route.containers]
        for way in ways_around(behind, route.service.servers, lan_networks):
            yield f"{visible(way, _SHOWN)}, past Traefik"

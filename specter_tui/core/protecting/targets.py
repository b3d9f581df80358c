"""Which routers a wish to protect or unprotect means, and by which containers' labels they are made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from specter_tui.core.compose import PROJECT, SERVICE
from specter_tui.core.errors import NotFoundError, RefusedError
from specter_tui.core.model import ConfigStatus, Container
from specter_tui.core.near import near
from specter_tui.core.protecting.refusals import refuse_middleware, refuse_route
from specter_tui.core.settings import ProtectionSettings
from specter_tui.core.shadow_names import is_shadow
from specter_tui.core.snapshot import ProtectionState, Route, Snapshot
from specter_tui.core.text import visible

_SHOWN: Final = 200
_ROUTER_LABEL: Final = "traefik.http.routers."


class Target(NamedTuple):
    """One router to change: its name in labels, and the containers of the one service whose labels make it."""

    route: Route
    router: str
    containers: tuple[Container, ...]


def named_routes(snapshot: Snapshot, name: str) -> tuple[Route, ...]:
    """The route of this id, or all routes whose rules name the host. Raises NotFoundError."""
    wanted = name.lower().rstrip(".")
    found = tuple(one for one in snapshot.routes if one.id == name or wanted in one.hosts)
    if not found:
        known = [text for one in snapshot.routes for text in (one.id, *one.hosts)]
        remedy = near(name, known, "see specter-tui status")
        raise NotFoundError(f"no host or route is called {visible(name, _SHOWN)}", remedy)
    return found


def to_protect(snapshot: Snapshot, name: str, settings: ProtectionSettings) -> tuple[Target, ...]:
    """The routers that protecting a host or a route by labels means.

    Of a host, those that redirect, are not mounted or are guarded already count as done. Raises RefusedError with the
    reason when one of the others can't be protected so, or none is left; OverlayNeeded where the overlay still may.
    """
    refuse_middleware(snapshot, settings)
    routes = named_routes(snapshot, name)
    wanted = [one for one in routes if len(routes) == 1 or not is_done(one, settings)]
    if not wanted:
        raise RefusedError(f"{visible(name, _SHOWN)} is protected already")
    for route in wanted:
        refuse_route(route, settings)
    return tuple(_target(snapshot, one) for one in wanted)


def to_unprotect(snapshot: Snapshot, name: str, settings: ProtectionSettings) -> tuple[Target, ...]:
    """The routers that our middleware is to be taken from. Raises RefusedError when none has it."""
    wanted = [one for one in named_routes(snapshot, name) if settings.middleware in one.router.middlewares]
    if not wanted:
        raise RefusedError(f"{visible(name, _SHOWN)} is not protected by {visible(settings.middleware, _SHOWN)}")
    return tuple(_target(snapshot, one) for one in wanted)


def made_by_labels(snapshot: Snapshot, route_ids: Iterable[str]) -> tuple[Target, ...]:
    """The routers of these ids as they are made now. Raises RefusedError when one is gone."""
    routes = {one.id: one for one in snapshot.routes}
    found = []
    for name in route_ids:
        if name not in routes:
            raise RefusedError(f"Traefik has no {visible(name, _SHOWN)} any more", "see specter-tui status")
        found.append(_target(snapshot, routes[name]))
    return tuple(found)


def is_done(route: Route, settings: ProtectionSettings) -> bool:
    """Whether a host's protection need not touch this router: the overlay's own ones too."""
    return (
        is_shadow(route.id)
        or route.protection.state is ProtectionState.NOT_APPLICABLE
        or route.router.status is ConfigStatus.DISABLED
        or settings.middleware in route.router.middlewares
    )


def _target(snapshot: Snapshot, route: Route) -> Target:
    names = _label_names(route)
    for name in names:
        makers = tuple(one for one in snapshot.containers if _labels_router(one, name))
        if makers:
            return Target(route, name, _one_service(route, makers))
    behind = [one for one in snapshot.containers if one.id in route.containers]
    makers = tuple(one for one in behind if not any(key.lower().startswith(_ROUTER_LABEL) for key, _ in one.labels))
    if not makers:
        raise RefusedError(f"no container's labels make {visible(route.id, _SHOWN)}", "protect it where it is made")
    return Target(route, names[-1], _one_service(route, makers))


def _label_names(route: Route) -> tuple[str, ...]:
    """The names that the router may have in labels: Traefik writes an entry point before some (`web-name`)."""
    name = route.router.name.rpartition("@")[0]
    found = [name]
    for point in route.router.entry_points:
        found += [
            name.removeprefix(prefix)
            for prefix in (f"{point}-conflicted-", f"{point}-")
            if name.startswith(prefix) and len(name) > len(prefix)
        ]
    return tuple(dict.fromkeys(found))


def _labels_router(container: Container, name: str) -> bool:
    prefix = f"{_ROUTER_LABEL}{name}.".lower()
    return any(key.lower().startswith(prefix) for key, _ in container.labels)


def _one_service(route: Route, makers: tuple[Container, ...]) -> tuple[Container, ...]:
    services = {(one.label(PROJECT), one.label(SERVICE)) for one in makers}
    if len(services) > 1:
        raise RefusedError(
            f"several services make {visible(route.id, _SHOWN)}: {names_of(makers)}", "give each a router of its own"
        )
    return makers


def names_of(containers: Iterable[Container]) -> str:
    """Their names for a sentence."""
    return ", ".join(sorted(visible(one.name, _SHOWN) for one in containers))

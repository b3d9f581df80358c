"""Which routers the overlay stands before, and how: all that decides the answer copied, authentication first.

What has to be copied and why is read in Traefik's source (pkg/server/router, pkg/tls): other TLS options for one host
put both routers on the default ones, a router without `tls` answers no TLS, and the Docker provider wins equal
priorities from 3.7 on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, NamedTuple

from specter_tui.core.errors import RefusedError
from specter_tui.core.guard import is_verify_address
from specter_tui.core.model import ConfigStatus, EntryPoint, Middleware, Protocol, RouterTls
from specter_tui.core.overlay.document import Entry, Tls
from specter_tui.core.protecting.refusals import why_never
from specter_tui.core.protecting.targets import is_done, named_routes
from specter_tui.core.secrets import MASK
from specter_tui.core.settings import ProtectionSettings
from specter_tui.core.shadow_names import is_shadow, shadow_id, shadow_name
from specter_tui.core.snapshot import ProtectionState, Route, Snapshot
from specter_tui.core.text import visible

_SHOWN: Final = 200
_HIGHEST: Final = 9223372036854774807  # MaxInt64 - 1000, what Traefik leaves to users since 2.11.1 and 3.0
_SEPARATOR: Final = "\u2551"  # joins the members of a list inside Traefik's reader of files (paerser, file/raw_node.go)
# Each of them exists in 2.11 and in every 3.x.
_DEFINITION: Final = {
    "authResponseHeaders": [
        "X-Auth-User",
        "X-Auth-Email",
        "X-Auth-Name",
        "X-Auth-Roles",
        "X-Auth-Permissions",
        "X-Auth-Tenant",
        "Cookie",
    ],
    "trustForwardHeader": False,
}


class Shadow(NamedTuple):
    """A router, and the one of the overlay that stands before it."""

    route: Route
    entry: Entry


def to_cover(snapshot: Snapshot, name: str, settings: ProtectionSettings) -> tuple[Shadow, ...]:
    """The overlay's routers for a host or a route; of a host, those that are guarded already count as done.

    Raises NotFoundError, and RefusedError with the reason when one of the others can't be protected so.
    """
    routes = [one for one in named_routes(snapshot, name) if not is_shadow(one.id)]
    covered = {one.id for one in snapshot.routes if is_shadow(one.id)}
    wanted = [one for one in routes if len(routes) == 1 or not _is_covered(one, settings, covered)]
    if not wanted:
        raise RefusedError(f"{visible(name, _SHOWN)} is protected already")
    auth = _definition(snapshot, settings)
    targets = {one.id for one in wanted}
    found = []
    for route in wanted:
        why = "the overlay stands before it already" if shadow_id(route.id) in covered else ""
        why = why or why_never(route, settings) or _why_not(route, snapshot, targets)
        if why:
            raise RefusedError(f"{visible(route.id, _SHOWN)} can't be protected by the overlay: {why}")
        found.append(Shadow(route, made(route, snapshot, auth)))
    return tuple(found)


def to_uncover(snapshot: Snapshot, name: str, entries: Sequence[Entry]) -> tuple[Shadow, ...]:
    """The overlay's routers of a host or a route, out of those that the file has.

    What stands behind one may be gone: then its own router is named. Raises NotFoundError and RefusedError.
    """
    by_name = {one.name: one for one in entries}
    found = {}
    for route in named_routes(snapshot, name):
        own = route.id.partition("@")[0] if is_shadow(route.id) else shadow_name(route.id)
        if own in by_name and (own not in found or not is_shadow(route.id)):
            found[own] = Shadow(route, by_name[own])
    if not found:
        raise RefusedError(
            f"{visible(name, _SHOWN)} is not protected by the overlay", "see specter-tui status, or use --via labels"
        )
    return tuple(found.values())


def made(route: Route, snapshot: Snapshot, auth: str) -> Entry:
    """The router that stands before this one."""
    router = route.router
    points = [one for one in snapshot.entry_points if one.name in router.entry_points]
    return Entry(
        name=shadow_name(route.id),
        rule=router.rule,
        priority=_above(route),
        entry_points=router.entry_points,
        service=router.service,
        auth=auth,
        middlewares=_own_middlewares(route, points),
        rule_syntax=router.rule_syntax if router.rule_syntax in {"v2", "v3"} else "",
        tls=_copied(router.tls, router.provider) if router.tls is not None else None,
    )


def missing(entry: Entry, snapshot: Snapshot) -> str:
    """What Traefik does not show of an entry (yet); empty when it is just as it was written."""
    name = f"{entry.name}@file"
    route = next((one for one in snapshot.routes if one.id == name), None)
    if route is None:
        return f"Traefik does not show {name}"
    router = route.router
    if router.status is not ConfigStatus.ENABLED:
        told = "; ".join(visible(one, _SHOWN) for one in router.errors)
        return f"Traefik has {name} {router.status}: {told or 'it does not say why'}"
    shown = (
        router.rule,
        route.priority,
        set(router.entry_points),
        router.service,
        router.middlewares[-len(entry.chain) :],
        None if router.tls is None else _copied(router.tls, "file"),
    )
    wanted = (entry.rule, entry.priority, set(entry.entry_points), entry.service, entry.chain, entry.tls)
    return "" if shown == wanted else f"Traefik shows {name} otherwise than it was written"


def _is_covered(route: Route, settings: ProtectionSettings, covered: set[str]) -> bool:
    return (
        is_done(route, settings)
        or shadow_id(route.id) in covered
        or (route.protection.state is ProtectionState.PROTECTED)
    )


def _why_not(route: Route, snapshot: Snapshot, targets: set[str]) -> str:
    """Why no router can be put before this one."""
    router = route.router
    if router.secret_rule is not None or MASK in router.rule:
        return "its rule holds a secret, which is not written into another file"
    if router.parents:
        return "it stands behind other routers (parentRefs), which a router of another provider can't"
    if any(_SEPARATOR in one for one in (*router.entry_points, *router.middlewares)):
        return f"a name of it holds {_SEPARATOR}, at which Traefik would cut it in two"
    points = [one for one in snapshot.entry_points if one.name in router.entry_points]
    plain = next((name for one in points for name in one.middlewares if "@" not in name), "")
    if plain:
        return f"its entry point has the middleware {visible(plain, _SHOWN)} without a provider, not the same elsewhere"
    if len(router.entry_points) > 1 and any(one.middlewares for one in points):
        return "it is on several entry points with middlewares of their own"
    priority = _above(route)
    if priority > _HIGHEST:
        return "its priority is the highest that there is"
    rival = next((one for one in snapshot.routes if _is_rival(one, route, priority, targets)), None)
    return f"{visible(rival.id, _SHOWN)} has the very next priority" if rival is not None else ""


def _above(route: Route) -> int:
    """The next priority; 0 is none, but Traefik's word for the length of the rule."""
    return route.priority + 1 or 1


def _is_rival(other: Route, route: Route, priority: int, targets: set[str]) -> bool:
    """Whether a router that won against this one would only share with the overlay's."""
    if other.id in targets or is_shadow(other.id) or other.protocol is not Protocol.HTTP:
        return False
    mounted = other.router.status is not ConfigStatus.DISABLED
    meets = not other.hosts or bool(other.host_patterns) or bool(set(other.hosts) & set(route.hosts))
    shares = bool(set(other.router.entry_points) & set(route.router.entry_points))
    return mounted and meets and shares and other.priority == priority


def _own_middlewares(route: Route, points: Sequence[EntryPoint]) -> tuple[str, ...]:
    """Those of the router itself: what the entry point puts before all routers would run twice."""
    found = route.router.middlewares
    for one in points:
        if one.middlewares and found[: len(one.middlewares)] == one.middlewares:
            return found[len(one.middlewares) :]
    return found


def _copied(tls: RouterTls, provider: str) -> Tls:
    options = "" if tls.options in {"", "default"} else tls.options
    if options and "@" not in options:
        options = f"{options}@{provider}"
    return Tls(options, tls.cert_resolver, tuple((one.main, one.sans) for one in tls.domains))


def _definition(snapshot: Snapshot, settings: ProtectionSettings) -> str:
    """The forwardAuth as JSON: that of the configured middleware as this Traefik itself shows it, else a plain one.

    So it never has an option that is newer than the running Traefik. Raises RefusedError where it can't be copied.
    """
    known = next((one for one in snapshot.middlewares if _is_ours(one, settings)), None)
    if known is None:
        return json.dumps({**_DEFINITION, "address": settings.verify_url}, sort_keys=True)
    sections = json.loads(known.options)
    found = sections.get("forwardAuth") if isinstance(sections, dict) else None
    if not isinstance(found, dict) or MASK in known.options:
        name = visible(known.name, _SHOWN)
        raise RefusedError(f"the definition of {name} holds secrets, which are not copied", "protect it by labels")
    return json.dumps(found, sort_keys=True)


def _is_ours(middleware: Middleware, settings: ProtectionSettings) -> bool:
    return (
        middleware.name == settings.middleware
        and middleware.protocol is Protocol.HTTP
        and middleware.type == "forwardauth"
        and is_verify_address(middleware.address, settings.verify_url)
    )

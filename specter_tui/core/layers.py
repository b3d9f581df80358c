"""What a router inherits: from the routers before it (`parentRefs`, Traefik 3.6) and from its service (3.7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from specter_tui.core.model import Protocol, Router, Service

_MAX_LAYERS: Final = 20  # Traefik refuses cycles; this bounds what an answer may claim


class Layers:
    """Routers as requests meet them: the parents' middlewares before their own, the service's behind."""

    def __init__(self, routers: Sequence[Router], services: Iterable[Service]) -> None:
        self._parents = {name for router in routers for name in router.parents}
        # Routers of other protocols may have the same names; only HTTP routers have parents.
        self._by_name = {router.name: router for router in routers if self.is_parent(router)} if self._parents else {}
        self._done: dict[str, Router] = {}
        self._behind = {(one.protocol, one.name): one.middlewares for one in services if one.middlewares}

    @property
    def inherited(self) -> bool:
        """Whether some router inherits something."""
        return bool(self._parents or self._behind)

    def is_parent(self, router: Router) -> bool:
        """Whether the router only hands requests on to child routers."""
        return router.name in self._parents and router.protocol is Protocol.HTTP

    def effective(self, router: Router) -> Router:
        """The router with all that it inherits; itself where that is nothing.

        Of several parents only the middlewares that all of them have count, and the strongest priority: a child
        must not seem better guarded than by its weakest way in, nor easier to outrank.
        """
        behind = self._behind.get((router.protocol, router.service), ()) if self._behind else ()
        if not behind and not router.parents:
            return router
        inherited = self._inherit(router, frozenset())
        return replace(inherited, middlewares=(*inherited.middlewares, *behind))

    def _inherit(self, router: Router, seen: frozenset[str]) -> Router:
        names = [name for name in router.parents if name in self._by_name and name not in seen]
        known = [self._by_name[name] for name in names] if len(seen) < _MAX_LAYERS else []
        if not known:
            return router
        parents = [self._inherited(parent, seen | {router.name}) for parent in known]
        shared = [name for name in parents[0].middlewares if all(name in one.middlewares for one in parents)]
        points = dict.fromkeys(point for one in (*parents, router) for point in one.entry_points)
        return replace(
            router,
            middlewares=(*shared, *router.middlewares),
            entry_points=tuple(points),
            priority=max(one.priority or len(one.true_rule.encode()) for one in parents),
            tls=router.tls or next((one.tls for one in parents if one.tls), None),
        )

    def _inherited(self, parent: Router, seen: frozenset[str]) -> Router:
        """A parent with what it inherits, worked out once."""
        if parent.name not in self._done:
            self._done[parent.name] = parent  # what a cycle finds of itself
            self._done[parent.name] = self._inherit(parent, seen)
        return self._done[parent.name]

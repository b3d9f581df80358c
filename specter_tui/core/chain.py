"""Middleware chains, unfolded: the links that a request passes, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from specter_tui.core.model import Middleware
from specter_tui.core.snapshot import ChainLink

# A chain of chains of chains grows exponentially; Traefik itself builds no chain of this length in practice.
MAX_LINKS: Final = 500


def unfold(names: Sequence[str], middlewares: Mapping[str, Middleware]) -> tuple[ChainLink, ...]:
    """The links of a router's middleware list with every `chain` replaced by its members.

    `middlewares` are those of the router's own protocol, by name. A chain that contains itself, or members past
    `MAX_LINKS`, stay as the one link of type `chain` that they are.
    """
    links: list[ChainLink] = []
    pending: list[tuple[str, tuple[str, ...]]] = [(name, ()) for name in reversed(names)]
    while pending:
        name, via = pending.pop()
        middleware = middlewares.get(name)
        if middleware is None:
            links.append(ChainLink(name, "", name.rpartition("@")[2] if "@" in name else "", None, via))
        elif middleware.chain and name not in via and len(links) + len(pending) < MAX_LINKS:
            pending.extend((member, (*via, name)) for member in reversed(middleware.chain))
        else:
            links.append(ChainLink(name, middleware.type, middleware.provider, middleware.status, via))
    return tuple(links)

"""What containers' labels ask Traefik for, whether or not Traefik has it: a dropped router leaves no other trace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from specter_tui.core.model import Container, Protocol, Router
from specter_tui.core.routing import rule_of
from specter_tui.core.rules import Request, Rule
from specter_tui.core.snapshot import Snapshot

_RULE: Final = re.compile(r"traefik\.http\.routers\.([^.]+)\.rule", re.IGNORECASE)
_PROVIDERS: Final = ("docker", "swarm")


@dataclass(frozen=True, slots=True)
class Claim:
    """An HTTP router in a container's labels."""

    container: Container
    router: str  # without provider
    rule: Rule
    entry_points: tuple[str, ...]  # empty: Traefik's default ones


def is_enabled(container: Container) -> bool:
    """Whether its labels tell Traefik to serve the container."""
    return container.label("traefik.enable").strip().lower() in {"true", "1", "t"}


def lost_claims(snapshot: Snapshot, container: Container) -> tuple[Claim, ...]:
    """The routers in a container's labels that Traefik does not have; labels that Traefik ignores ask for nothing."""
    if not is_enabled(container):
        return ()
    known = {route.id.lower() for route in snapshot.routes}
    return tuple(one for one in _claims(snapshot, container) if not _is_known(one, known))


def claim_for(snapshot: Snapshot, request: Request, entry_point: str) -> Claim | None:
    """The first lost router that would take the request."""
    for container in snapshot.containers:
        for claim in lost_claims(snapshot, container):
            there = not claim.entry_points or entry_point in claim.entry_points
            if there and claim.rule.matches(request):
                return claim
    return None


def _is_known(claim: Claim, known: set[str]) -> bool:
    return any(f"{claim.router}@{provider}".lower() in known for provider in _PROVIDERS)


def _claims(snapshot: Snapshot, container: Container) -> Iterator[Claim]:
    labels = {key.lower(): value for key, value in container.labels}
    for key, text in container.labels:
        found = _RULE.fullmatch(key)
        if found is None:
            continue
        prefix = f"traefik.http.routers.{found[1].lower()}"
        router = Router(
            name=f"{found[1]}@docker",
            protocol=Protocol.HTTP,
            provider="docker",
            rule=text,
            service="",
            rule_syntax=labels.get(f"{prefix}.rulesyntax", ""),
        )
        rule, _ = rule_of(router, snapshot.traefik_version, snapshot.default_rule_syntax)
        if rule is not None:
            points = labels.get(f"{prefix}.entrypoints", "").split(",")
            yield Claim(container, found[1], rule, tuple(one.strip() for one in points if one.strip()))

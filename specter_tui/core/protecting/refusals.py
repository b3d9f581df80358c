"""Why a router can't be protected, or the middleware not be used for it."""

from __future__ import annotations

from typing import Final

from specter_tui.core.errors import MoreNeeded, RefusedError
from specter_tui.core.guard import is_verify_address
from specter_tui.core.model import ConfigStatus, Protocol
from specter_tui.core.settings import ProtectionSettings
from specter_tui.core.snapshot import ProtectionState, Route, Snapshot
from specter_tui.core.text import visible

_SHOWN: Final = 200


class OverlayNeeded(MoreNeeded):
    """No label can say it, because none that a compose file writes makes the router; the overlay could.

    It is only taken where a person names it: labels fail closed, the overlay does not.
    """

    def __init__(self, why: str) -> None:
        super().__init__((why,), why, "protect it where it is made, or add --via overlay")


def refuse_middleware(snapshot: Snapshot, settings: ProtectionSettings) -> None:
    """Raises RefusedError unless the middleware that labels name works: with a broken one the router would vanish."""
    name = visible(settings.middleware, _SHOWN)
    found = next(
        (one for one in snapshot.middlewares if one.name == settings.middleware and one.protocol is Protocol.HTTP), None
    )
    if found is None:
        raise RefusedError(f"Traefik has no middleware {name}", "define it by labels on the Traefik container")
    if found.status is ConfigStatus.DISABLED or found.type != "forwardauth":
        raise RefusedError(f"the middleware {name} does not work", "see specter-tui doctor")
    if not is_verify_address(found.address, settings.verify_url):
        address = visible(found.address, _SHOWN)
        raise RefusedError(
            f"the middleware {name} asks {address}, which is not protection.verify_url", "correct one of the two"
        )


def refuse_route(route: Route, settings: ProtectionSettings) -> None:
    """Raises RefusedError, with the reason, unless a label can protect the router.

    It is OverlayNeeded where another provider made it.
    """
    name, why = visible(route.id, _SHOWN), why_never(route, settings)
    if why:
        raise RefusedError(f"{name} can't be protected: {why}")
    if route.router.provider != "docker":
        provider = visible(route.router.provider, _SHOWN)
        raise OverlayNeeded(f"the provider {provider} made {name}, not a container's labels")


def why_never(route: Route, settings: ProtectionSettings) -> str:
    """Why a router can't be protected at all, whatever the way; empty when it can."""
    if route.protocol is not Protocol.HTTP:
        return f"{route.protocol.upper()} carries no sign-in"
    if route.router.provider == "internal":
        return "it is Traefik's own"
    if route.router.status is ConfigStatus.DISABLED:
        return "Traefik does not mount it"
    if settings.middleware in route.router.middlewares:
        return f"it passes {settings.middleware} already"
    return _sign_in_fails(route, settings)


def _sign_in_fails(route: Route, settings: ProtectionSettings) -> str:
    """Why visitors sent to sign in would not come back to this router's hosts with a session."""
    auth_host = settings.auth_host.lower().partition(":")[0]
    if not auth_host:
        return "protection.auth_host is not set, so nobody can tell whether visitors could sign in"
    if auth_host in route.hosts:
        return "it is the sign-in host itself, which has to stay open"
    if route.protection.state is ProtectionState.NOT_APPLICABLE:
        return "; ".join(route.protection.reasons) or "protection does not apply to it"
    if not route.hosts or route.host_patterns:
        return "its rule takes hosts that it does not name, so nobody can tell whether visitors could sign in"
    domain = auth_host.partition(".")[2]
    outside = next((host for host in route.hosts if host != domain and not host.endswith(f".{domain}")), "")
    if outside:
        return f"{outside} is outside the cookie domain {domain}: visitors would be sent to sign in for ever"
    return ""

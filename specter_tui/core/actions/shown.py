"""Whether Traefik shows what a container's action has done."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from specter_tui.core.actions.containers import ContainerWork, Verb
from specter_tui.core.actions.ports import ContainerFacts
from specter_tui.core.model import ConfigStatus, Router, TraefikRead
from specter_tui.core.text import visible

_SHOWN = 200


def container_shown(read: TraefikRead, work: ContainerWork, facts: Sequence[ContainerFacts]) -> str:
    """Why Traefik does not show it (yet); empty when it does.

    A stopped container has to be out of all servers; else each router has to be enabled and, where its service is a
    plain load balancer with addresses, to send to one of the containers.
    """
    routers = {one.id: one for one in read.routers}
    addresses = {address for one in facts for address in one.addresses}
    for name in work.routes:
        router = routers.get(name)
        enabled = router is not None and router.status is not ConfigStatus.DISABLED
        has = router is not None and bool(addresses & _addresses(read, router))
        if work.verb is Verb.STOP:
            if enabled and has:
                return f"Traefik still sends requests of {visible(name, _SHOWN)} to it"
        elif not enabled:
            return f"Traefik does not have {visible(name, _SHOWN)} enabled"
        elif router is not None and _addresses(read, router) and not has:
            return f"Traefik sends requests of {visible(name, _SHOWN)} elsewhere"
    return ""


def _addresses(read: TraefikRead, router: Router) -> set[str]:
    service = next(
        (one for one in read.services if (one.name, one.protocol) == (router.service, router.protocol)), None
    )
    return {_host(one.url) for one in service.servers} if service is not None else set()


def _host(url: str) -> str:
    try:
        return urlsplit(url if "://" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""

"""Whether the verify service answers as one, asked at its container's own address before anything depends on it."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from specter_tui.core.errors import RefusedError
from specter_tui.core.model import Container
from specter_tui.core.probing import judge
from specter_tui.core.proof import ProbeAnswer, ProbeTarget, ProofVerdict
from specter_tui.core.running import is_running
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Snapshot
from specter_tui.core.text import visible
from specter_tui.core.urls import DEFAULT_PORTS

_SHOWN: Final = 200
_BAD_REQUEST: Final = 400  # also its answer to an address outside TRUSTED_PROXIES, which this machine's may be


def verify_target(snapshot: Snapshot, settings: Settings, host: str) -> ProbeTarget | None:
    """What to ask the verify service, as Traefik would for an anonymous visitor of `host`.

    None when no container on the shared network bears its name: then nobody can tell from here. Raises RefusedError
    when there is one that does not run, since protected hosts would answer 500.
    """
    called = _called(snapshot, settings)
    if called and not any(map(is_running, called)):
        name = visible(called[0].name, _SHOWN)
        message = f"the verify service does not run: {name} is {called[0].state}"
        raise RefusedError(message, f"first: specter-tui start {name}, or specter-tui deploy verify")
    return next(iter(verify_targets(snapshot, settings, host)), None)


def verify_targets(snapshot: Snapshot, settings: Settings, host: str) -> tuple[ProbeTarget, ...]:
    """The same for each of its containers that runs and has an address on the shared network."""
    parts = urlsplit(settings.protection.verify_url)
    port = parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    path = parts.path or "/"
    asked = {"X-Forwarded-Method": "GET", "X-Forwarded-Proto": "https", "X-Forwarded-Host": host}
    return tuple(
        ProbeTarget(
            router_id=parts.netloc,
            entry_point=settings.docker.network,
            address=f"[{address}]:{port}" if ":" in address else f"{address}:{port}",
            tls=parts.scheme == "https",
            host=host,
            path=path,
            method="GET",
            # The same path as asked for, since a sign-in has to lead back to what was asked for.
            headers=tuple({**asked, "X-Forwarded-Uri": path}.items()),
        )
        for one in _called(snapshot, settings)
        if (address := _address(one, settings.docker.network))
    )


def _called(snapshot: Snapshot, settings: Settings) -> list[Container]:
    name = urlsplit(settings.protection.verify_url).hostname or ""
    return [one for one in snapshot.containers if _is_called(one, name)]


def verify_doubt(answer: ProbeAnswer, settings: Settings) -> str:
    """Why it is not known whether the verify service answers; empty when it does.

    Raises RefusedError when something else than a verify service answers there.
    """
    proof = judge(answer, settings)
    if proof.verdict is ProofVerdict.TURNED_AWAY:
        return ""
    where = visible(answer.target.address, _SHOWN)
    if not answer.status or answer.status == _BAD_REQUEST:
        told = visible(answer.error, _SHOWN) or f"{where} answers {answer.status} to this machine"
        return f"whether the verify service answers is not known: {told}"
    raise RefusedError(
        f"what answers at protection.verify_url ({where}) is no verify service: {visible(proof.reason, _SHOWN)}",
        "deploy it first (specter-tui deploy verify), or correct protection.verify_url and protection.auth_host",
    )


def _is_called(container: Container, name: str) -> bool:
    """By its name, its service's, or one of its addresses."""
    addresses = {address for one in container.networks for address in (one.ip, one.ipv6)}
    return bool(name) and name in {container.name, container.label("com.docker.compose.service"), *addresses}


def _address(container: Container, network: str) -> str:
    if not is_running(container):
        return ""
    return next((one.ip or one.ipv6 for one in container.networks if one.name == network), "")
